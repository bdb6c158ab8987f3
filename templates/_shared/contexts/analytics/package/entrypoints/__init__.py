"""How analytics is told."""
