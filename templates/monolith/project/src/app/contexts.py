"""The contexts in the order in which their schemas are made."""

CONTEXTS = ("identity", "catalog", "orders", "notifications")
