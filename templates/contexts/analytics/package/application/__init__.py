"""What can be done with the facts, and the ports that it needs."""
