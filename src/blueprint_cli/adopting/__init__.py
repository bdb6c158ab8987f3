"""``adopt``: taking over what Copier or cruft made, and what has lost its record."""
