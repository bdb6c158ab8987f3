"""What a project is, a folder with ``blueprint.yaml`` and ``.blueprint/``; where its files lie."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from blueprint_cli.errors import NotAProject

SPEC_FILE: Final = "blueprint.yaml"
FOLDER: Final = ".blueprint"
IDENTITY: Final = f"{FOLDER}/template.json"
# Inside the archive of the pristine render, beside the files that it lists.
MANIFEST: Final = f"{FOLDER}/manifest.json"
# Exists while an update is under way.
STATE: Final = f"{FOLDER}/update"
# Written once by `new` and the project's own from then on: no part of the base.
DECISION: Final = "docs/decisions/0001-architecture.md"


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
