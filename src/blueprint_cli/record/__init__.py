"""``.blueprint/``: what a project was rendered from, and the pristine render itself."""
