"""The catalog's ports on PostgreSQL, and their twins in memory."""
