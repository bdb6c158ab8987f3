"""A new project: where it stands, what it holds, and how it gets there whole or not at all."""
