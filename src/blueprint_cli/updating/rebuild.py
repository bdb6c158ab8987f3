"""A base that was lost: how to get it back, and rendering it again."""

from __future__ import annotations

import contextlib
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blueprint_cli.errors import ProjectRefused, RecordDamaged
from blueprint_cli.project.pristine import pristine
from blueprint_cli.record.record import FOLDER, archive_path, read_record, read_render
from blueprint_cli.spec.reading import read_spec
from blueprint_cli.spec.writing import SPEC_FILE
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.version import DISTRIBUTION, installed_version

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A base that was rendered again; ``same`` where it is the lost one, byte for byte."""

    path: Path
    version: str
    same: bool


def how_to_rebuild(project: Path) -> str:
    """Return the commands that bring the base back."""
    render = read_render(project)
    archive = archive_path(render.base)
    where = shlex.quote(str(project))
    history = f"git log --all --oneline -- {archive}"
    if render.version == installed_version():
        steps = [f"blueprint update --rebuild-base {where}"]
    else:
        place = f"/tmp/blueprint-{render.version}"  # noqa: S108 - a suggestion that can be changed
        steps = [
            f"python3 -m venv {place}",
            f"{place}/bin/pip install {DISTRIBUTION}=={render.version}",
            f"{place}/bin/blueprint update --rebuild-base {where}",
        ]
    return "\n".join(
        [
            f"Where git has it (`{history}`), restore {FOLDER}/ from there.",
            f"Otherwise blueprint {render.version} renders it again:",
            *(f"  {step}" for step in steps),
        ]
    )


def rebuild_base(project: Path, templates: Path | None = None) -> Rebuilt:
    """Render the base again and put it where it was; one that is whole stays.

    Raises:
        ProjectRefused: where another version rendered it.
    """
    render = read_render(project)
    if render.version != installed_version():
        raise ProjectRefused(
            f"blueprint {render.version} rendered {project}, and this is {installed_version()}",
            hint=how_to_rebuild(project),
        )
    with contextlib.suppress(RecordDamaged):
        read_record(project)
        return Rebuilt(project, render.version, same=True)
    path = project / SPEC_FILE
    spec = read_spec(path).model_copy(update={"pattern": render.name})
    template = find_template(render.name, templates)
    made = pristine(spec, path.read_bytes(), template, scratch=None)
    for name, file in made.record.items():
        beside = project / f"{name}.new"
        beside.write_bytes(file.content)
        beside.replace(project / name)
    return Rebuilt(project, render.version, same=read_render(project).base == render.base)
