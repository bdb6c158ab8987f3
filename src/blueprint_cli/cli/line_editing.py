"""Lines that are edited with arrow keys, Home, End and a history, on terminals that can."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import Final

# These cannot move a cursor.
PLAIN_TERMINALS: Final = frozenset({"", "dumb", "unknown", "emacs"})
# A pasted block stays several answers, and no terminal is asked for what it may not understand.
SETTINGS: Final = ("enable-bracketed-paste off", "enable-meta-key off", "bell-style none")


def is_possible() -> bool:
    """Return whether lines can be edited here.

    readline writes where results go: so only where that is the same terminal as the messages'.
    ``ACCESSIBLE`` asks for plain lines, as it does of other programs.
    """
    if os.environ.get("TERM", "") in PLAIN_TERMINALS or os.environ.get("ACCESSIBLE"):
        return False
    return _one_terminal() and _prepare()


def read_line(prompt: str) -> str:
    """Return a line without its end.

    Raises:
        EOFError: on Ctrl-D in an empty line.
    """
    return input(prompt)


def _one_terminal() -> bool:
    try:
        streams = [stream.fileno() for stream in (sys.stdin, sys.stdout, sys.stderr)]
        if streams != [0, 1, 2] or not all(os.isatty(one) for one in streams):
            return False
        return len({os.fstat(one).st_rdev for one in streams}) == 1
    except (AttributeError, OSError, ValueError):
        return False


@cache
def _prepare() -> bool:
    """Load readline, where this Python has it; the console of Windows edits lines by itself."""
    try:
        import readline
    except ImportError:
        return False
    for setting in SETTINGS:
        readline.parse_and_bind(f"set {setting}")
    readline.clear_history()
    return True
