"""A project moves to another render: what would change, the change itself, and the way back."""
