"""What a project is, and where its files lie."""
