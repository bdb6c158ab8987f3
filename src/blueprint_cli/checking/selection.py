"""Which rules run, what they leave out, and what makes the command fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from blueprint_cli.errors import UsageError
from blueprint_cli.globs import select
from blueprint_cli.spec.codes import SEVERITIES, unknown_code
from blueprint_cli.spec.document import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from blueprint_cli.checking.finding import Rule
    from blueprint_cli.checking.project import CheckedProject
    from blueprint_cli.spec.codes import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says; None where it leaves that to ``blueprint.yaml``."""

    fail_on: Severity | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What holds for one project; codes may be beginnings, and no ``select`` is all."""

    fail_on: Severity = "error"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)

    def runs(self, rule: Rule) -> bool:
        """Whether a rule runs."""
        selected = not self.select or rule.id.startswith(self.select)
        return selected and not rule.id.startswith(self.ignore)

    def severity(self, rule: Rule) -> Severity:
        """Return a rule's severity: what the longest of the codes says, else its own."""
        said = [code for code in self.severities if rule.id.startswith(code)]
        return self.severities[max(said, key=len)] if said else rule.severity

    def excluded(self, paths: Iterable[str]) -> frozenset[str]:
        """Return the paths of which nothing is reported; a folder's name means all below it."""
        folders = [glob.removesuffix("/**").rstrip("/") for glob in self.exclude]
        return select(paths, [glob for one in folders for glob in (one, f"{one}/**")])


def fails(severity: Severity, fail_on: Severity) -> bool:
    """Whether a finding makes the command fail."""
    return SEVERITIES.index(severity) <= SEVERITIES.index(fail_on)


def codes(words: Sequence[str] | None, option: str) -> tuple[str, ...] | None:
    """Return the codes of an option that can be repeated, and list some with commas between.

    Raises:
        UsageError: where one selects nothing, with the nearest that does.
    """
    if words is None:
        return None
    found = [code.strip() for word in words for code in word.split(",") if code.strip()]
    wrong = [f"{option}: {said}" for code in found if (said := unknown_code(code))]
    if wrong:
        raise UsageError("; ".join(wrong), hint="All of them: blueprint check --explain BP")
    return tuple(found)


def selection(project: CheckedProject, options: Options) -> Selection:
    """Return what holds for a project: what the options say, else its ``blueprint.yaml``.

    A section that cannot be understood is as none, so that the rule about that is heard. ``select``
    on the command line is the whole choice: what the file ignores is then not ignored.
    """
    written = _written(project)
    ignore = written.ignore if options.select is None else ()
    return Selection(
        fail_on=options.fail_on or written.fail_on,
        select=written.select if options.select is None else options.select,
        ignore=ignore if options.ignore is None else options.ignore,
        exclude=written.exclude,
        severities=written.severities,
    )


def _written(project: CheckedProject) -> Selection:
    spec = project.spec
    if not isinstance(spec, Document) or spec.data.get("check") is None:
        return Selection()
    from blueprint_cli.spec.reading import read_check  # noqa: PLC0415 - the model takes 60 ms

    found = read_check(spec)
    return Selection(
        fail_on=found.fail_on,
        select=tuple(found.select),
        ignore=tuple(found.ignore),
        exclude=tuple(found.exclude),
        severities=found.severities,
    )
