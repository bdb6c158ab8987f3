"""Rendering a base again that was lost."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from blueprint_cli.errors import ProjectRefused, RecordDamaged
from blueprint_cli.files import write_whole
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.project import project_root
from blueprint_cli.record.journal import refuse_unfinished
from blueprint_cli.record.pristine import pristine
from blueprint_cli.record.record import read_record
from blueprint_cli.record.render import BUILTIN, how_to_rebuild, read_render
from blueprint_cli.spec.reading import read_spec
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.updating.history import with_migrations_of
from blueprint_cli.updating.target import Target
from blueprint_cli.version import installed_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.engines.choosing import Chosen
    from blueprint_cli.record.render import Render
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.source import Template


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A base that was rendered again; ``same`` where it is the lost one, byte for byte."""

    path: Path
    version: str
    same: bool


def rebuild_base(
    path: Path | None, templates: Path | None = None, *, target: Target | None = None
) -> Rebuilt:
    """Render the base again and put it where it was; one that is whole stays.

    ``target`` says whether code of a team's template may run, and its secret answers.

    Raises:
        ProjectRefused: where another version rendered it.
        UpdateUnfinished: where an update is under way.
    """
    project = project_root(path)
    refuse_unfinished(project)
    render = read_render(project)
    if render.source == BUILTIN and render.version != installed_version():
        raise ProjectRefused(
            f"blueprint {render.version} rendered {project}, and this is {installed_version()}",
            hint=how_to_rebuild(render, project),
        )
    with contextlib.suppress(RecordDamaged):
        read_record(project)
        return Rebuilt(project, render.version, same=True)
    place = project / SPEC_FILE
    spec = read_spec(place)
    if render.pattern:
        spec = spec.model_copy(update={"pattern": render.pattern})
    history = partial(with_migrations_of, project=project)
    with tempfile.TemporaryDirectory(prefix="blueprint-", ignore_cleanup_errors=True) as folder:
        template = _recorded(spec, render, Path(folder), templates, target or Target())
        made = pristine(
            spec,
            place.read_bytes(),
            template,
            scratch=None,
            history=history,
            standard=standard_files(spec),
        )
    for name, file in made.files.items():
        write_whole(project / name, file.content)
    return Rebuilt(project, render.version, same=read_render(project).base == render.base)


def _recorded(
    spec: Spec, render: Render, scratch: Path, templates: Path | None, target: Target
) -> Template:
    """Return the template at the version that a record names."""
    if render.source == BUILTIN:
        return find_template(render.name, templates)
    chosen = template_at(spec, scratch, ref=render.commit or render.ref, target=target)
    fetched = replace(chosen.template.fetched, ref=render.ref)
    return replace(chosen.template, fetched=fetched).for_pattern(spec.pattern)


def standard_files(spec: Spec) -> Mapping[str, bytes]:
    """Return what a record keeps of the standard that a spec names, at the commit named there.

    Raises:
        BlueprintError: where it cannot be had.
    """
    if spec.standard is None:
        return {}
    from blueprint_cli.standards.opening import open_standard  # noqa: PLC0415 - only where it is

    return open_standard(spec.standard.source, spec.standard.commit or spec.standard.ref).files


def template_at(spec: Spec, scratch: Path, *, ref: str, target: Target) -> Chosen:
    """Return the team's template that a spec names, at some version; its answers were checked.

    Raises:
        BlueprintError: in one of its kinds.
    """
    from blueprint_cli.engines.choosing import open_chosen  # noqa: PLC0415 - only for a team's

    chosen = open_chosen(
        spec.template,
        scratch,
        ref=ref,
        trusted=target.trusted,
        given=target.answers,
        offline=target.offline,
    )
    chosen.completed(spec.template, spec.project.name)
    return chosen
