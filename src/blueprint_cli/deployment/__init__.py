"""What runs of a project, and what it is rendered for."""
