"""The database of consumers on MySQL."""
