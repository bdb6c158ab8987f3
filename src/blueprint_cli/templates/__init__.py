"""From a spec and a template to a tree of files."""
