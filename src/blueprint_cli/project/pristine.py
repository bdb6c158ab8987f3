"""A pristine render: what the template makes of a spec, the spec, and the record of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blueprint_cli.errors import TemplateBroken
from blueprint_cli.record.record import record_files
from blueprint_cli.spec.writing import SPEC_FILE
from blueprint_cli.tree import File, PathClash, Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.source import Template


@dataclass(frozen=True, slots=True)
class Pristine:
    """The base, the files of ``.blueprint/``, and which template file each path was made of."""

    base: Tree
    record: Mapping[str, File]
    sources: Mapping[str, str]


def pristine(spec: Spec, text: bytes, template: Template, *, scratch: Path | None) -> Pristine:
    """Render a spec whose ``blueprint.yaml`` has this text.

    Raises:
        TemplateBroken: where the template cannot be rendered, or brings what is not its own.
    """
    rendered = template.render(spec, scratch=scratch)
    try:
        base = rendered.tree.with_files({SPEC_FILE: File(text)})
        record = record_files(base, template, rendered.sources)
        base.with_files(record)
    except PathClash as clash:
        raise clash_with_blueprint(template, clash) from clash
    return Pristine(base, record, rendered.sources)


def clash_with_blueprint(template: Template, clash: PathClash) -> TemplateBroken:
    """Say that a template brings a file that is not its own."""
    return TemplateBroken(
        f"template {template.name} brings {clash.first}, which blueprint writes itself"
    )
