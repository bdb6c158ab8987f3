"""Git: its command, a project's repository, and the temporary one that merges happen in."""
