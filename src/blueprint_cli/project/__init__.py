"""A project on disk: its record, its git, and how it gets there whole or not at all."""
