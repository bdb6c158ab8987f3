"""The catalog's ports on PostgreSQL."""
