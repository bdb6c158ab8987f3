"""What is recorded and sent, and the ports for it. Imports the domain and itself only."""
