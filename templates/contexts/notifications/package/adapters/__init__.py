"""How the notifications context's ports are provided."""
