"""A recommendation and its cost for people and programs: text, Markdown, HTML and JSON."""
