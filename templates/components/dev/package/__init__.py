"""What runs the project on a developer's machine. Nothing in here is shipped."""
