"""Which rules run, what they leave out, and what makes the command fail."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.errors import UsageError
from blueprint_cli.globs import select
from blueprint_cli.spec.codes import SEVERITIES, may_be_of_a_standard, unknown_code
from blueprint_cli.spec.document import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from blueprint_cli.checking.finding import Rule
    from blueprint_cli.checking.project import CheckedProject
    from blueprint_cli.spec.codes import Severity
    from blueprint_cli.standards.standard import Standard


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says; None where it leaves that to ``blueprint.yaml``."""

    fail_on: Severity | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None


NO_OPTIONS: Final = Options()


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What holds for one project; codes may be beginnings, and no ``select`` is all.

    ``of_standard`` are the severities of its standard, ``locked`` the codes that it locks.
    """

    fail_on: Severity = "error"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    of_standard: Mapping[str, Severity] = field(default_factory=dict)
    locked: tuple[str, ...] = ()
    options: Options = NO_OPTIONS

    def runs(self, rule: Rule) -> bool:
        """Whether a rule runs; one that the standard locks is left out by options alone."""
        selected = not self.select or rule.id.startswith(self.select)
        ignored = rule.id.startswith(self.ignore)
        if self.insists_on(rule):
            selected = selected or self.options.select is None
            ignored = ignored and self.options.ignore is not None
        return selected and not ignored

    def insists_on(self, rule: Rule) -> bool:
        """Whether the standard lets nothing in ``blueprint.yaml`` silence a rule."""
        return rule.id.startswith(self.locked)

    def severity(self, rule: Rule) -> Severity:
        """Return a rule's severity: what the project says, else its standard, else its own.

        Of several codes the longest counts.
        """
        said = {} if self.insists_on(rule) else self.severities
        for severities in (said, self.of_standard):
            if codes := [code for code in severities if rule.id.startswith(code)]:
                return severities[max(codes, key=len)]
        return rule.severity

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
    wrong = [
        f"{option}: {said}"
        for code in found
        if (said := unknown_code(code)) and not may_be_of_a_standard(code)
    ]
    if wrong:
        raise UsageError("; ".join(wrong), hint="All of them: blueprint check --explain BP")
    return tuple(found)


def refuse_unknown(options: Options, own: Iterable[str]) -> None:
    """Refuse codes that no standard of the projects has; ours were looked at when they were read.

    Raises:
        UsageError: where one selects nothing, with the nearest that does.
    """
    own = tuple(own)
    asked = [("--select", code) for code in options.select or ()]
    asked += [("--ignore", code) for code in options.ignore or ()]
    wrong = [f"{option}: {said}" for option, code in asked if (said := unknown_code(code, own))]
    if wrong:
        raise UsageError("; ".join(wrong), hint="All of them: blueprint check --explain BP")


def selection(project: CheckedProject, options: Options) -> Selection:
    """Return what holds for a project: what the options say, else its ``blueprint.yaml``.

    A section that cannot be understood is as none, so that the rule about that is heard. ``select``
    on the command line is the whole choice: what the file ignores is then not ignored.
    """
    written = _as_locked(_written(project), project.standard)
    ignore = written.ignore if options.select is None else ()
    return Selection(
        fail_on=options.fail_on or written.fail_on,
        select=written.select if options.select is None else options.select,
        ignore=ignore if options.ignore is None else options.ignore,
        exclude=written.exclude,
        severities=written.severities,
        of_standard=project.standard.says.severities if project.standard else {},
        locked=project.standard.locked_codes if project.standard else (),
        options=options,
    )


def _as_locked(written: Selection, standard: Standard | None) -> Selection:
    """Return what holds where a standard locks some of it."""
    if standard is None:
        return written
    locked: dict[str, Any] = {
        key: value
        for key in ("fail_on", "select", "ignore", "exclude", "severities")
        if (value := standard.locked_value(f"check.{key}")) is not None
    }
    lists = {key: tuple(value) for key, value in locked.items() if isinstance(value, list)}
    return replace(written, **{**locked, **lists})


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
