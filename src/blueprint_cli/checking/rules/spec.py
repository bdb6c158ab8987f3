"""``blueprint.yaml`` has to be valid, because every other command reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.checking.finding import Found, Rule
from blueprint_cli.errors import SpecInvalid
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.spec.codes import may_be_of_a_standard, unknown_code
from blueprint_cli.spec.document import Document
from blueprint_cli.version import installed_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.checking.project import CheckedProject


def _invalid(project: CheckedProject) -> Iterator[Found]:
    if isinstance(project.spec, SpecInvalid):
        yield from _places(project.spec)
    elif not _rendered_by_this_version(project):
        from blueprint_cli.spec.reading import validate  # noqa: PLC0415 - the model takes 60 ms

        try:
            validate(project.spec.data, project.spec)
        except SpecInvalid as invalid:
            yield from _places(invalid)
    yield from _codes_of_no_check(project)


def _codes_of_no_check(project: CheckedProject) -> Iterator[Found]:
    """What looks like a code of the standard, which has no such check."""
    section = project.spec.data.get("check") if isinstance(project.spec, Document) else None
    if project.standard is None or not isinstance(section, dict):
        return
    own = [check.id for check in project.standard.says.checks]
    for key in ("select", "ignore", "severities"):
        for code in section.get(key) or ():
            if isinstance(code, str) and may_be_of_a_standard(code):
                message = unknown_code(code, own)
                line = project.line_at(("check", key))
                if message:
                    yield Found(SPEC_FILE, f"check.{key}: {message}", line, code)


def _rendered_by_this_version(project: CheckedProject) -> bool:
    """What this version wrote is valid to it."""
    record = project.record
    same = record is not None and record.render.version == installed_version()
    return same and project.is_pristine(SPEC_FILE)


def _places(invalid: SpecInvalid) -> Iterator[Found]:
    for problem in invalid.problems:
        key = f"{problem.key}: " if problem.key else ""
        allowed = f"; allowed: {problem.allowed}" if problem.allowed else ""
        message = f"{key}{problem.message}{allowed}"
        yield Found(SPEC_FILE, message, problem.line, subject=f"{problem.key} {problem.message}")
    if not invalid.problems:
        yield Found(SPEC_FILE, invalid.message)


INVALID: Final = Rule(
    id="BP001",
    name="spec-invalid",
    severity="error",
    title="blueprint.yaml cannot be understood",
    why="Every command reads it; update and evolve refuse a project whose spec they cannot trust.",
    fix="Correct the key that is named; `blueprint schema` says what each may hold.",
    look=_invalid,
    silenced_by_owned=False,
)
