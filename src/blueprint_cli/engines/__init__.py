"""A team's own templates, each rendered by the program that it was written for."""
