"""Places in a text."""

from __future__ import annotations


def line_of(text: str, offset: int) -> int:
    """Return the line of an offset, counting from 1."""
    return text.count("\n", 0, offset) + 1


def line_with(text: str, *words: str) -> int:
    """Return the first line that holds one of the words, the earlier words first; else 1."""
    for word in words:
        offset = text.find(word) if word else -1
        if offset >= 0:
            return line_of(text, offset)
    return 1
