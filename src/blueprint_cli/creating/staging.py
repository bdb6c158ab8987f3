"""Writing a project aside and putting it in place in one step: no half of one is ever seen."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import DestinationRefused
from blueprint_cli.locks import try_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PREFIX: Final = ".blueprint-new-"
LOCK: Final = "lock"
# A folder that has no lock yet may be one that is just being made.
GRACE_SECONDS: Final = 60
# Where the file system knows no locks, only age tells what is abandoned from what is at work.
ABANDONED_SECONDS: Final = 3600


@contextlib.contextmanager
def staging_folder(parent: Path) -> Iterator[Path]:
    """A folder beside the destination; whatever happens, it is gone afterwards.

    What a killed process left behind is recognised by its released lock and removed first.
    """
    remove_abandoned(parent)
    folder = parent / f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}"
    lock = -1
    try:
        folder.mkdir(mode=0o700)
        lock = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR | os.O_EXCL, 0o600)
        try_lock(lock)
        yield folder
    finally:
        if lock >= 0:
            os.close(lock)
        _remove(folder)


def remove_abandoned(parent: Path) -> None:
    """Remove the staging folders whose process is gone."""
    try:
        names = os.listdir(parent)  # noqa: PTH208 - the names alone are needed
    except OSError:
        return  # The destination's own check says what is wrong with the folder.
    for name in names:
        folder = parent / name
        if name.startswith(PREFIX) and folder.is_dir() and not folder.is_symlink():
            with contextlib.suppress(OSError):
                if _is_abandoned(folder):
                    _remove(folder)


def _is_abandoned(folder: Path) -> bool:
    age = time.time() - folder.stat().st_mtime
    try:
        lock = os.open(folder / LOCK, os.O_RDWR)
    except FileNotFoundError:
        return age > GRACE_SECONDS
    try:
        return try_lock(lock, unknown=age > ABANDONED_SECONDS)
    finally:
        os.close(lock)


def _remove(folder: Path) -> None:
    for _ in range(3):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.05)  # A program that was stopped may still have been writing.


def put_in_place(project: Path, destination: Path) -> None:
    """Move a finished folder to a place that does not exist yet, making the folders above it.

    Raises:
        DestinationRefused: where something has appeared there meanwhile.
        OSError: where it cannot be written.
    """
    made: list[Path] = []
    try:
        for folder in [*reversed(destination.parents)]:
            if not folder.exists():
                folder.mkdir()
                made.append(folder)
        _refuse_if_there(destination)
        project.rename(destination)
    except BaseException:
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def move_in(project: Path, destination: Path) -> None:
    """Move what is in a finished folder into one that exists; take it back where one step fails.

    Raises:
        DestinationRefused: where something has appeared there meanwhile.
        OSError: where it cannot be written.
    """
    moved: list[str] = []
    try:
        for entry in sorted(project.iterdir()):
            _refuse_if_there(destination / entry.name)
            entry.rename(destination / entry.name)
            moved.append(entry.name)
    except BaseException:
        for name in moved:
            (destination / name).rename(project / name)
        raise


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep two runs out of the same existing folder.

    Raises:
        DestinationRefused: where another run is in it.
    """
    if os.name == "nt":  # pragma: no cover - a folder cannot be opened there
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if not try_lock(descriptor):
            raise DestinationRefused(f"another blueprint is writing into {folder}")
        yield
    finally:
        os.close(descriptor)


def _refuse_if_there(path: Path) -> None:
    if os.path.lexists(path):
        raise DestinationRefused(
            f"{path} has appeared in the meantime",
            hint="Nothing was written. Look at it and try again.",
        )
