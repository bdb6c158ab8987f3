"""Which files belong to a project: what git says, or the ignore files where git does not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from blueprint_cli.git.command import unignored_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pathspec import GitIgnoreSpec


class Listing(NamedTuple):
    """A project's files, relative, with ``/``, in order; and whether git said so."""

    paths: tuple[str, ...]
    by_git: bool


def list_files(root: Path) -> Listing:
    """Return every file that is tracked or would be.

    Without git, outside of a repository or ignored by it, and where git refuses a folder of another
    user, the project's own ``.gitignore`` files say what does not count.
    """
    tracked = unignored_files(root)
    found = tracked or _walk(root, "", [])
    there = sorted(path for path in found if os.path.lexists(f"{root}/{path}"))
    return Listing(tuple(there), by_git=bool(tracked))


def _walk(folder: Path, prefix: str, ignoring: list[tuple[str, GitIgnoreSpec]]) -> Iterator[str]:
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - 30 ms, only without git

    rules = folder / ".gitignore"
    if rules.is_file():
        lines = rules.read_text(encoding="utf-8", errors="replace").splitlines()
        ignoring = [*ignoring, (prefix, GitIgnoreSpec.from_lines(lines))]
    try:
        entries = os.scandir(folder)
    except PermissionError:  # As git does: what cannot be listed holds nothing of the project.
        return
    with entries:
        for entry in entries:
            path = prefix + entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if entry.name == ".git" or _ignored(f"{path}/" if is_folder else path, ignoring):
                continue
            if is_folder:
                yield from _walk(folder / entry.name, f"{path}/", ignoring)
            else:
                yield path


def _ignored(path: str, ignoring: list[tuple[str, GitIgnoreSpec]]) -> bool:
    """The nearest ignore file that says anything decides."""
    for prefix, spec in reversed(ignoring):
        included = spec.check_file(path[len(prefix) :]).include
        if included is not None:
            return included
    return False
