"""Folders and command lines as people read them, and as they work when pasted into a shell."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blueprint_cli.creating.create import NewProject


def command_line(request: NewProject, *options: str) -> str:
    """Return a command line for the same project with other options."""
    words = ["blueprint", "new", request.name, *options]
    if request.example is not None:
        words += ["--example", request.example]
    if request.pattern:
        words += ["--pattern", request.pattern]
    if request.template:
        words += ["--template", request.template]
    if request.ref:
        words += ["--ref", request.ref]
    if request.standard:
        words += ["--standard", request.standard]
    if request.standard_ref:
        words += ["--standard-ref", request.standard_ref]
    if request.output:
        words += ["--output", str(request.output)]
    if not request.git:
        words += ["--no-git"]
    return shlex.join(words)


def next_commands(project: Path, *, ours: bool = True) -> list[str]:
    """Return what to type next; it works when pasted into a shell.

    Of a project that is not of our own templates nobody knows what starts it.
    """
    commands = ["make dev", "make test"] if ours else []  # The first runs until it is stopped.
    if project == Path.cwd():
        return commands
    folder = from_here(project)
    if folder.startswith("-"):
        folder = f"./{folder}"
    return [f"cd {shlex.quote(folder)}", *commands]


def from_here(path: Path) -> str:
    """Return a path relative to the current folder where it is below it, else in full."""
    here = Path.cwd()
    return os.path.relpath(path, here) if path.is_relative_to(here) else str(path)
