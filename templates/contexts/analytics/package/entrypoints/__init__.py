"""How events reach analytics."""
