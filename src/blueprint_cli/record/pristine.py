"""A pristine render: what the template makes of a spec, the spec, and the record of both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.errors import TemplateBroken
from blueprint_cli.globs import select
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.record.drawn import mask
from blueprint_cli.record.record import Record, record_files
from blueprint_cli.record.render import Render, answers_hash
from blueprint_cli.tree import File, PathClash, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.described.migrations import Revision
    from blueprint_cli.templates.source import Rendered, Template

# What of a spec a template can read; the rest says how the project is kept.
ANSWERS: Final = {"project", "requirements", "pattern", "contexts", "platform", "slo"}
# What of it a template without patterns can read.
OF_A_TEAM: Final = {"project": True, "template": {"answers"}}


@dataclass(frozen=True, slots=True)
class Pristine:
    """The base, the files of ``.blueprint/``, and which template file each path was made of.

    ``pattern`` is empty where the template knows none. ``fresh`` is the base as it was drawn, with
    what the record has marks for.
    """

    pattern: str
    base: Tree
    fresh: Tree
    files: Mapping[str, File]
    sources: Mapping[str, str]


def pristine(  # noqa: PLR0913 - what a project is made of
    spec: Spec,
    text: bytes,
    template: Template,
    *,
    scratch: Path | None,
    history: Callable[[Rendered], Rendered] | None = None,
    revisions: Sequence[Revision] = (),
    standard: Mapping[str, bytes] | None = None,
) -> Pristine:
    """Render a spec whose ``blueprint.yaml`` has this text.

    ``history`` adds what does not follow from the spec alone: what was rendered before.
    ``revisions`` are the migrations that lead on from there.
    ``standard`` are the files that are kept of the standard that the spec names.

    Raises:
        TemplateBroken: where the template cannot be rendered, or brings what is not its own.
    """
    answers: Any = ANSWERS if template.has_patterns else OF_A_TEAM
    if template.has_patterns and not spec.template.is_builtin:
        answers = {**dict.fromkeys(ANSWERS, True), "template": {"answers"}}
    pattern = spec.pattern if template.has_patterns else ""
    rendered = template.render(spec, scratch=scratch, revisions=revisions)
    other = template.render_otherwise(spec, scratch=scratch)
    masked = rendered if other is None else replace(rendered, tree=mask(rendered.tree, other))
    if history is not None:
        rendered = history(rendered)
        masked = rendered if other is None else history(masked)
    try:
        fresh = rendered.tree.with_files({SPEC_FILE: File(text)})
        base = masked.tree.with_files({SPEC_FILE: File(text)})
        record = Record(
            render=Render(
                name=template.name,
                kind=template.kind,
                source=template.source,
                ref=template.ref,
                commit=template.commit,
                version=template.version,
                tree=template.tree.digest(),
                answers=answers_hash(spec.model_dump(mode="json", include=answers)),
                pattern=pattern,
                **_standard(spec),
                base="",
            ),
            base=base,
            managed=select(base, template.managed),
            sources=rendered.sources,
            standard=standard or {},
        )
        files = record_files(record)
        fresh.with_files(files)
    except PathClash as clash:
        raise clash_with_blueprint(template, clash) from clash
    return Pristine(pattern, base, fresh, files, rendered.sources)


def _standard(spec: Spec) -> dict[str, str]:
    choice = spec.standard
    if choice is None:
        return {}
    return {
        "standard": choice.source,
        "standard_ref": choice.ref,
        "standard_commit": choice.commit,
    }


def clash_with_blueprint(template: Template, clash: PathClash) -> TemplateBroken:
    """Say that a template brings a file that is not its own."""
    return TemplateBroken(
        f"template {template.name} brings {clash.first}, which blueprint writes itself"
    )
