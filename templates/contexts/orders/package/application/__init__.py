"""What can be done with orders, and the ports that it needs. Imports the domain and itself only."""
