"""Products, reservations and their rules; standard library only."""
