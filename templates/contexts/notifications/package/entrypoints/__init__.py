"""How the notifications context is reached."""
