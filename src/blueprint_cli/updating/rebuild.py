"""Rendering a base again that was lost."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from blueprint_cli.errors import ProjectRefused, RecordDamaged
from blueprint_cli.files import write_whole
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.project import project_root
from blueprint_cli.record.journal import refuse_unfinished
from blueprint_cli.record.pristine import pristine
from blueprint_cli.record.record import read_record
from blueprint_cli.record.render import how_to_rebuild, read_render
from blueprint_cli.spec.reading import read_spec
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.updating.history import with_migrations_of
from blueprint_cli.version import installed_version

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A base that was rendered again; ``same`` where it is the lost one, byte for byte."""

    path: Path
    version: str
    same: bool


def rebuild_base(path: Path | None, templates: Path | None = None) -> Rebuilt:
    """Render the base again and put it where it was; one that is whole stays.

    Raises:
        ProjectRefused: where another version rendered it.
        UpdateUnfinished: where an update is under way.
    """
    project = project_root(path)
    refuse_unfinished(project)
    render = read_render(project)
    if render.version != installed_version():
        raise ProjectRefused(
            f"blueprint {render.version} rendered {project}, and this is {installed_version()}",
            hint=how_to_rebuild(render, project),
        )
    with contextlib.suppress(RecordDamaged):
        read_record(project)
        return Rebuilt(project, render.version, same=True)
    place = project / SPEC_FILE
    spec = read_spec(place).model_copy(update={"pattern": render.pattern})
    template = find_template(render.name, templates)
    history = partial(with_migrations_of, project=project)
    made = pristine(spec, place.read_bytes(), template, scratch=None, history=history)
    for name, file in made.files.items():
        write_whole(project / name, file.content)
    return Rebuilt(project, render.version, same=read_render(project).base == render.base)
