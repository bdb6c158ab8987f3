"""The catalog's use cases and the ports that they need."""
