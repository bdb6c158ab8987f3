"""How calls and events reach the catalog."""
