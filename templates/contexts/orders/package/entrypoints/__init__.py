"""How the orders context is reached."""
