"""A running project under load, held to its SLO and to what was predicted for it."""
