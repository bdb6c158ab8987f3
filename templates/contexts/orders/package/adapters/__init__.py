"""How the orders context's ports are provided."""
