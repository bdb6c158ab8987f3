"""What a project is, a folder with ``blueprint.yaml`` and ``.blueprint/``: finding, reading it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import NotAProject, Problem
from blueprint_cli.git.command import submodules, unignored_files
from blueprint_cli.layout import FOLDER, IDENTITY, SPEC_FILE
from blueprint_cli.record.journal import refuse_unfinished
from blueprint_cli.record.record import read_base

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from blueprint_cli.record.record import Record
    from blueprint_cli.spec.model import Spec

NONE: Final = "Give the PATH of one, or make one: blueprint new NAME --defaults"
# What Copier and cruft leave in a project.
MADE_OTHERWISE: Final = (".copier-answers.yml", ".cruft.json")
# Where package managers put what others wrote; virtual environments are known by their pyvenv.cfg.
DEPENDENCIES: Final = frozenset(
    {"node_modules", "bower_components", "vendor", "site-packages", "__pycache__"}
)
# What every spec has, and a file that only happens to have its name has not.
LOOKS_LIKE_A_SPEC: Final = re.compile(rb"(?m)^(?:blueprint|project)[ \t]*:")
LOOKED_INTO: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class RecordedProject:
    """A project that is whole: its folder, what it is to be, and what it was rendered from."""

    root: Path
    spec: Spec
    record: Record


def is_project(folder: Path) -> bool:
    """Whether a folder is a project: it has a spec and a record."""
    return not missing_parts(folder)


def missing_parts(folder: Path) -> list[str]:
    """Return what a folder lacks of what makes a project; of a damaged project, one of the two."""
    parts = {SPEC_FILE: (folder / SPEC_FILE).is_file(), f"{FOLDER}/": (folder / FOLDER).is_dir()}
    return [name for name, there in parts.items() if not there]


def was_project(folder: Path) -> bool:
    """Whether a folder is a project that has lost its spec, or its record."""
    missing = missing_parts(folder)
    if missing == [SPEC_FILE]:
        return (folder / IDENTITY).is_file()
    if len(missing) > 1 or not missing:
        return False
    try:
        with (folder / SPEC_FILE).open("rb") as stream:
            keys = LOOKS_LIKE_A_SPEC.findall(stream.read(LOOKED_INTO))
    except OSError:
        return False
    return len({key.rstrip(b" \t:") for key in keys}) > 1


def project_around(folder: Path) -> Path | None:
    """Return the nearest project that a folder is inside of, itself not counted."""
    return next((parent for parent in folder.parents if is_project(parent)), None)


def project_root(path: Path | None, *, damaged: bool = False) -> Path:
    """Return a project's folder, by default the current one.

    Args:
        path: the folder.
        damaged: take one of which only the spec or only the record is left.

    Raises:
        NotAProject: where it is none, naming the project that it is inside of.
    """
    root = (Path.cwd() if path is None else path).resolve()
    missing = missing_parts(root)
    if not missing or (damaged and len(missing) == 1):
        return root
    around = project_around(root)
    hint = f"It is inside of one: {around}" if around else _way(root)
    if not root.exists():
        raise NotAProject(f"there is no folder {root}", hint=hint)
    raise NotAProject(
        f"{root} is no blueprint project: it has no {' and '.join(missing)}", hint=hint
    )


def _way(folder: Path) -> str:
    """Say how a folder becomes a project."""
    if was_project(folder) and not (folder / IDENTITY).is_file():
        return "Render its record again: blueprint adopt"
    if any((folder / name).is_file() for name in MADE_OTHERWISE):
        return "Copier or cruft made it; take it over: blueprint adopt"
    return NONE


def find_projects(paths: Sequence[Path]) -> list[Path]:
    """Return the projects at some paths, each once: what a path is, is inside of, or has below it.

    Below a path those count that git does not ignore; without git all but those in hidden folders
    and among dependencies. One that has lost its spec or its record is a project still.

    Raises:
        NotAProject: where a path has none, with every such path.
    """
    found: dict[Path, None] = {}
    refused: list[NotAProject] = []
    for path in paths or [Path()]:
        try:
            found |= dict.fromkeys(_projects_at(path.resolve()))
        except NotAProject as error:
            refused.append(error)
    if len(refused) == 1:
        raise refused[0]
    if refused:
        problems = [Problem(error.message, "PATH") for error in refused]
        raise NotAProject(
            f"{len(refused)} paths have no project", hint=refused[0].hint, problems=problems
        )
    return list(found)


def _projects_at(path: Path) -> list[Path]:
    folder = path.parent if path.is_file() else path
    if not folder.is_dir():
        return [project_root(folder)]
    around = next((one for one in (folder, *folder.parents) if _is_or_was(one)), None)
    if around is not None:
        return [around]
    below = list(_below(folder)) if folder == path else []
    return below or [project_root(folder, damaged=True)]


def _is_or_was(folder: Path) -> bool:
    return is_project(folder) or was_project(folder)


def _below(folder: Path) -> Iterator[Path]:
    """Yield the projects below a folder, itself counted, in the order of their paths."""
    listed = unignored_files(folder)
    if not listed:  # None without git; empty where all that is here is ignored.
        yield from _walk(folder)
        return
    names = (SPEC_FILE, IDENTITY)
    places = {
        folder / path.removesuffix(name)
        for path in listed
        for name in names
        if path == name or path.endswith(f"/{name}")
    }
    nested = [folder / path for path in listed if path.endswith("/")]
    nested += [folder / path for path in submodules(folder)]
    inner = (one for place in nested if place.is_dir() for one in _below(place))
    yield from sorted({*(place for place in places if _is_or_was(place)), *inner})


def _walk(folder: Path) -> Iterator[Path]:
    if _is_or_was(folder):
        yield folder
        return
    for below in _folders(folder):
        yield from _below(below) if (below / ".git").exists() else _walk(below)


def _folders(folder: Path) -> Iterable[Path]:
    """Return the folders in a folder that people work in; none where it may not be listed."""
    try:
        with os.scandir(folder) as entries:
            names = [each.name for each in entries if each.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    kept = (folder / name for name in sorted(names) if name[0] != "." and name not in DEPENDENCIES)
    return (below for below in kept if not (below / "pyvenv.cfg").exists())


def read_project(path: Path | None) -> RecordedProject:
    """Read a project that nothing is under way in, by default the current folder's.

    Raises:
        NotAProject: where there is none.
        UpdateUnfinished: where an update is under way.
        RecordDamaged: where the base is lost or is not what was recorded, with the way back.
        ProjectFromTheFuture: where a later version rendered it.
        SpecInvalid: where ``blueprint.yaml`` cannot be understood.
    """
    from blueprint_cli.spec.reading import read_spec  # noqa: PLC0415 - 60 ms that finding needs not

    root = project_root(path)
    refuse_unfinished(root)
    record = read_base(root)
    return RecordedProject(root, read_spec(root / SPEC_FILE), record)
