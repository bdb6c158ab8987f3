"""Globs over a project's paths: ``*`` within a name, ``**`` for any folders."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def select(paths: Iterable[str], globs: Iterable[str]) -> frozenset[str]:
    """Return the paths that one of the globs matches as a whole.

    ``?`` and ``*`` stand for one and for any characters but ``/``; ``**`` as a whole name for any
    number of folders, and at the end for everything below. Case counts on every system.
    """
    pattern = re.compile("|".join(as_expression(glob) for glob in globs) or r"(?!)")
    return frozenset(path for path in paths if pattern.fullmatch(path))


def as_expression(glob: str) -> str:
    """Return the regular expression that a whole path matches."""
    names = glob.split("/")
    text = ""
    for number, name in enumerate(names):
        last = number == len(names) - 1
        if name == "**":
            text += r".+" if last else r"(?:[^/]+/)*"
        else:
            text += "".join({"*": "[^/]*", "?": "[^/]"}.get(c, re.escape(c)) for c in name)
            text += "" if last else "/"
    return f"(?:{text})"
