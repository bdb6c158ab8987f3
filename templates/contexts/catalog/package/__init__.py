"""What the shop sells, and what of it is reserved for whom."""
