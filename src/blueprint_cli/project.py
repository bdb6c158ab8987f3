"""What a project is, a folder with ``blueprint.yaml`` and ``.blueprint/``, and reading one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from blueprint_cli.errors import NotAProject
from blueprint_cli.layout import FOLDER, SPEC_FILE
from blueprint_cli.record.journal import refuse_unfinished
from blueprint_cli.record.record import read_base

if TYPE_CHECKING:
    from blueprint_cli.record.record import Record
    from blueprint_cli.spec.model import Spec


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
    hint = (
        f"It is inside of one: {around}"
        if around
        else "Give the PATH of one, or make one: blueprint new NAME --defaults"
    )
    if not root.exists():
        raise NotAProject(f"there is no folder {root}", hint=hint)
    raise NotAProject(
        f"{root} is no blueprint project: it has no {' and '.join(missing)}", hint=hint
    )


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
