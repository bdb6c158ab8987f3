"""What Alembic runs for every context; it is loaded by its path."""
