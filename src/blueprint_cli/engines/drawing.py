"""Whether two renders of one template can differ: it draws at random, or says when."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# Filters, functions and variables of Jinja, of its extensions, and of both engines.
DRAWN: Final = re.compile(
    rb"\b(?:"
    rb"ans_random|lipsum|make_secret|now|password_hash|random|random_ascii_string|random_mac"
    rb"|shuffle|strftime|uuid4|utcnow|today"
    rb"|_copier_python"
    rb")\b"
)
# Larger files are data.
LARGEST: Final = 1024 * 1024


def may_draw(text: str) -> bool:
    """Whether a text could come out otherwise the next time; seldom, but wrongly, yes."""
    return DRAWN.search(text.encode(errors="replace")) is not None


def draws(folder: Path, delimiters: Mapping[str, Any]) -> bool:
    """Whether something that is filled in could come out otherwise the next time.

    Args:
        folder: the template's files.
        delimiters: Jinja's settings, where they are not its own.
    """
    holes = _holes(delimiters)
    return any(DRAWN.search(hole) for text in _texts(folder) for hole in holes.findall(text))


def _holes(delimiters: Mapping[str, Any]) -> re.Pattern[bytes]:
    pairs = (
        ("variable_start_string", "{{", "variable_end_string", "}}"),
        ("block_start_string", "{%", "block_end_string", "%}"),
    )
    parts = []
    for start, first, end, last in pairs:
        opening = re.escape(str(delimiters.get(start, first)).encode())
        closing = re.escape(str(delimiters.get(end, last)).encode())
        parts.append(opening + rb".*?" + closing)
    if prefix := delimiters.get("line_statement_prefix"):
        parts.append(rb"^\s*" + re.escape(str(prefix).encode()) + rb"[^\n]*")
    return re.compile(rb"|".join(parts), re.DOTALL | re.MULTILINE)


def _texts(folder: Path) -> Iterator[bytes]:
    for place in sorted(folder.rglob("*")):
        parts = place.relative_to(folder).parts
        if parts[0] == ".git":
            continue
        yield str(place.name).encode(errors="replace")
        if place.is_file() and place.stat().st_size <= LARGEST:
            yield place.read_bytes()
