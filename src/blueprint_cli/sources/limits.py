"""What a source may hold: bounds that no honest template or standard comes near."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import SourceRefused

if TYPE_CHECKING:
    from collections.abc import Iterable

FILES: Final = 20_000
BYTES: Final = 200 * 1024 * 1024
MEBIBYTE: Final = 1024 * 1024


class Budget:
    """Counts what a source brings, and refuses it beyond the bounds."""

    def __init__(self, given: str) -> None:
        self._given = given
        self._files = 0
        self._bytes = 0

    def take(self, size: int) -> None:
        """Count one file of so many bytes.

        Raises:
            SourceRefused: where there are too many, or they are too large together.
        """
        self._files += 1
        self._bytes += size
        if self._files > FILES:
            raise SourceRefused(f"the source {self._given} has more than {FILES:,} files")
        if self._bytes > BYTES:
            raise SourceRefused(
                f"the source {self._given} has more than {BYTES // MEBIBYTE} MiB in its files"
            )


def count(folder: Path, given: str) -> None:
    """Count what is in a folder.

    Raises:
        SourceRefused: where it is too much.
    """
    budget = Budget(given)
    for place, folders, files in os.walk(folder):
        if ".git" in folders:
            folders.remove(".git")
        for name in files:
            budget.take(Path(place, name).lstat().st_size)


def refuse_links_out(folder: Path, given: str) -> None:
    """Refuse a folder in which a link leads out of it, or to nowhere.

    Raises:
        SourceRefused: naming the link.
    """
    root = folder.resolve()
    for link in _links(folder):
        try:
            target = link.resolve()
        except (OSError, RuntimeError):  # It leads to itself.
            target = Path(link.anchor)
        if not target.is_relative_to(root):
            raise SourceRefused(
                f"the source {given} has a link that leads out of it: {link.relative_to(folder)}"
            )


def _links(folder: Path) -> Iterable[Path]:
    for place, folders, files in os.walk(folder):
        if ".git" in folders:
            folders.remove(".git")
        for name in (*folders, *files):
            path = Path(place, name)
            if path.is_symlink():
                yield path
