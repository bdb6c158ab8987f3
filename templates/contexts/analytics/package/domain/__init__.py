"""Rules; the standard library only."""
