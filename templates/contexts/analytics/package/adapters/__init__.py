"""Analytics' ports on PostgreSQL."""
