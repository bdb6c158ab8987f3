"""Folders as they are said to somebody who stands in one, and typed into a shell."""

from __future__ import annotations

import os
import shlex
from pathlib import Path


def next_commands(project: Path) -> list[str]:
    """Return what to type next; it works when pasted into a shell."""
    commands = ["make test", "make dev"]  # The second runs until it is stopped.
    if project == Path.cwd():
        return commands
    folder = from_here(project)
    if folder.startswith("-"):
        folder = f"./{folder}"
    return [f"cd {shlex.quote(folder)}", *commands]


def from_here(path: Path) -> str:
    """Return a path as short as it can be said in this folder."""
    here = Path.cwd()
    return os.path.relpath(path, here) if path.is_relative_to(here) else str(path)
