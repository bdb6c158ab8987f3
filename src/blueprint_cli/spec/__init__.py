"""``blueprint.yaml``: its model, its text and everything that may be said about it."""
