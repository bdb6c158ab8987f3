"""Where a new project would stand, and whether it can."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.creating.staging import remove_abandoned
from blueprint_cli.errors import DestinationRefused, UsageError, some
from blueprint_cli.project import is_project, project_around
from blueprint_cli.spec.names import check_project_name

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE: Final = "."
SHOWN: Final = 3


def name_and_destination(name: str, output: Path | None) -> tuple[str, Path]:
    """Return the project's name and its folder, absolute.

    Raises:
        UsageError: where two places are named.
        NameRefused: where the name will not do.
        DestinationRefused: where the folder cannot be reached.
    """
    if name == HERE:
        if output is not None:
            raise UsageError("'.' is a place already: give a NAME with --output")
        name, output = Path.cwd().name, Path.cwd()
    check_project_name(name)
    destination = Path(name) if output is None else output
    with explained(destination):
        if destination.is_symlink() and not destination.exists():
            raise DestinationRefused(f"{destination} is a dangling symlink")
        return name, destination.resolve()


def check_destination(destination: Path) -> None:
    """Refuse a place where no project can stand; what a killed run left there is removed first.

    Raises:
        DestinationRefused: saying why, and what to do.
    """
    with explained(destination):
        remove_abandoned(destination)
        _check_free(destination)


def _check_free(destination: Path) -> None:
    around = project_around(destination)
    if around is not None:
        raise DestinationRefused(
            f"{destination} is inside the project {around}",
            hint="A project cannot hold another one: choose a place outside with --output.",
        )
    if not os.path.lexists(destination):
        _check_parent(destination)
    elif not destination.is_dir():
        raise DestinationRefused(
            f"{destination} is a file", hint="Choose another place with --output."
        )
    elif is_project(destination):
        raise DestinationRefused(f"{destination} is a blueprint project already")
    elif found := sorted(entry.name for entry in destination.iterdir() if entry.name != ".git"):
        raise DestinationRefused(
            f"{destination} is not empty: it holds {some(found, SHOWN)}",
            hint="Choose another place with --output; an empty folder or repository is fine.",
        )


def _check_parent(destination: Path) -> None:
    parent = nearest_folder(destination)
    if not parent.is_dir():
        raise DestinationRefused(
            f"{destination} cannot be made: {parent} is a file",
            hint="Choose another place with --output.",
        )


def nearest_folder(path: Path) -> Path:
    """Return the nearest path above that exists."""
    return next(parent for parent in path.parents if os.path.lexists(parent))


@contextlib.contextmanager
def explained(destination: Path) -> Iterator[None]:
    """A disk that is full or a folder that is closed to us is said in words.

    Raises:
        DestinationRefused: instead of an `OSError`.
    """
    try:
        yield
    except OSError as error:
        match error.errno:
            case errno.ENOSPC | errno.EDQUOT:
                reason = "the disk is full"
            case errno.EACCES | errno.EPERM | errno.EROFS:
                reason = "you may not write there"
            case errno.ENAMETOOLONG:
                reason = "the path is too long"
            case _:
                reason = error.strerror or str(error)
        raise DestinationRefused(
            f"{destination} cannot be written: {reason}", hint="Nothing was left there."
        ) from error
