"""Base, the user's tree and a new render, merged by git: nothing here writes into a project."""
