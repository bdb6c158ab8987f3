"""Text in lines of a terminal's width, broken between words and nowhere else.

Nobody has a width where the output goes into a pipe or a file (None): there it is one line.
What is to be copied (a command, a path) stays whole, be it longer than the line.
"""

from __future__ import annotations

import os
import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import TextIO

Width = int | None

# Longer lines are hard to read, however wide the screen is.
WIDEST: Final = 120
# Of a path in a message; longer names with spaces are not looked for.
MOST_WORDS: Final = 12
STYLES: Final = re.compile(r"\x1b\[[\d;]*m")
# `in backticks`, or a command after "then", "or", a colon or a bracket, up to the next mark.
_GIT: Final = "add|checkout|commit|config|init|log|rm|sparse-checkout|stash|update-index"
_WHOLE: Final = re.compile(
    r"`[^`]+`"
    r"|(?:(?<=: )|(?<=\()|(?<=\bthen )|(?<=\bor ))"
    rf"(?:blueprint|git (?:{_GIT})\b|pipx? install|python3? -m|(?:sudo )?[a-z-]+ install|sudo)"
    r"[^;,()]*?(?=[;,()]|\.?$|\. )"
)
# Stands for a space at which no line ends; nothing that is written has one.
_JOINED: Final = "\x00"


def columns(stream: TextIO | None) -> Width:
    """Return how many columns whoever reads a stream has; None where that is nobody.

    ``COLUMNS`` says it where somebody has set it, as it does everywhere else.
    """
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and int(asked) > 0:
        return min(int(asked), WIDEST)
    try:
        if stream is None or not stream.isatty():
            return None
        found = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):  # A stream that is closed, or that only looks like a terminal.
        return None
    return min(found, WIDEST) if found > 0 else None


def cells(text: str) -> int:
    """Return how many columns a text takes: styles take none, some letters take two."""
    text = STYLES.sub("", text)
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.combining(letter)
        else 2
        if unicodedata.east_asian_width(letter) in "WF"
        else 1
        for letter in text
    )


def whole(text: str) -> str:
    """Return a part of a text that `wrapped` is to leave in one piece, such as a path."""
    return text.replace(" ", _JOINED)


def with_whole_paths(text: str) -> str:
    """Return a message in which the paths stay whole that have spaces and lead somewhere here."""
    words = text.split(" ")
    parts: list[str] = []
    while words:
        length = _path_length(words) if words[0].startswith("/") else 1
        parts.append(whole(" ".join(words[:length])))
        del words[:length]
    return " ".join(parts)


def _path_length(words: list[str]) -> int:
    """Return how many of the first words are one path: what exists, or stands in what exists."""
    found = 1
    for length in range(2, min(len(words), MOST_WORDS) + 1):
        path = " ".join(words[:length]).rstrip(".,:;")
        inside = "/" in words[length - 1] and os.path.isdir(os.path.dirname(path))  # noqa: PTH112, PTH120 - text in and out
        if inside or os.path.lexists(path):
            found = length
    return found


def wrapped(text: str, width: Width, indent: str = "", first: str | None = None) -> str:
    """Return a paragraph in lines of at most this width, as far as its words allow that.

    Args:
        text: the words; how they were separated is lost.
        width: None where nobody has one.
        indent: what stands before each line.
        first: what stands before the first line, if that is another thing.
    """
    line = indent if first is None else first
    used, begins = cells(line), True
    lines = []
    for word in _WHOLE.sub(lambda found: whole(found[0]), text).split():
        size = cells(word)
        if not begins and width is not None and used + 1 + size > width:
            lines.append(line)
            line, used, begins = indent, cells(indent), True
        line += word if begins else f" {word}"
        used += size if begins else size + 1
        begins = False
    return "\n".join([*lines, line]).replace(_JOINED, " ")


def wrapped_lines(text: str, width: Width) -> str:
    """Return a text of several lines, of which those that are indented are left as they are."""
    return "\n".join(
        line
        if line[:1].isspace() or width is None or cells(line) <= width
        else wrapped(line, width)
        for line in text.split("\n")
    )
