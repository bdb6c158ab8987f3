"""``blueprint check``: whether a project still is what it was rendered to be."""
