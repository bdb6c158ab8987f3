"""A team's standard: what it asks of its projects, read from `standard.yaml`."""
