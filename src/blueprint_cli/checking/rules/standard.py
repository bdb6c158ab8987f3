"""The standard of a project's team: that it is kept, and what it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli import clock
from blueprint_cli.checking.finding import Found, Rule
from blueprint_cli.layout import IDENTITY, SPEC_FILE
from blueprint_cli.spec.document import Document, dotted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from blueprint_cli.checking.project import CheckedProject
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.standards.checks import Broken
    from blueprint_cli.standards.expressions import Budget
    from blueprint_cli.standards.lag import Lag
    from blueprint_cli.standards.locks import Contradiction
    from blueprint_cli.standards.model import OwnCheck
    from blueprint_cli.standards.standard import Standard

NAMED: Final = ("source", "ref", "commit")
# What a project has not whose template knows no patterns.
OF_PATTERNS: Final = frozenset({"pattern", "contexts", "platform"})


def _damaged(project: CheckedProject) -> Iterator[Found]:
    damage = project.standard_damage
    if damage is not None:
        said = "; ".join(str(problem) for problem in damage.problems) or damage.message
        yield Found(IDENTITY, f"the standard that is kept cannot be read: {said}", line=2)


def _another(project: CheckedProject) -> Iterator[Found]:
    if project.record is None or not isinstance(project.spec, Document):
        return
    render = project.record.render
    kept = (render.standard, render.standard_ref, render.standard_commit)
    said = project.spec.data.get("standard")
    said = said if isinstance(said, dict) else {}
    named = tuple(str(said.get(key) or "") for key in NAMED)
    if named == kept:
        return
    line = project.line_at(("standard",))
    there, here = _words(*named), _words(*kept)
    yield Found(SPEC_FILE, f"names {there}, and the project keeps {here}", line, "standard")


def _words(source: str, ref: str, commit: str) -> str:
    version = f" {ref or commit[:12]}" if ref or commit else ""
    return f"the standard {source}{version}" if source else "no standard"


def _locked(project: CheckedProject) -> Iterator[Found]:
    if project.standard is not None:
        from blueprint_cli.standards.locks import locked_otherwise  # noqa: PLC0415 - 60 ms

        yield from _contradictions(project, project.standard, locked_otherwise)


def _not_allowed(project: CheckedProject) -> Iterator[Found]:
    if project.standard is not None:
        from blueprint_cli.standards.locks import not_allowed  # noqa: PLC0415 - 60 ms

        yield from _contradictions(project, project.standard, not_allowed)


def _contradictions(
    project: CheckedProject,
    standard: Standard,
    found_in: Callable[[Standard, Spec], Iterable[Contradiction]],
) -> Iterator[Found]:
    spec = project.valid_spec
    if spec is None or not isinstance(project.spec, Document):  # Which BP001 says.
        return
    absent = OF_PATTERNS if project.record and not project.record.render.pattern else frozenset()
    for one in found_in(standard, spec):
        if one.path[0] in absent:
            continue
        key = dotted(one.path)
        problem = project.spec.problem(one.path, one.message)
        message = f"{key} {one.message}; allowed: {one.allowed}"
        yield Found(SPEC_FILE, message, problem.line, key)


def _behind(project: CheckedProject) -> Iterator[Found]:
    lag = _lag(project)
    if lag is not None and not lag.is_overdue(clock.today()):
        yield _lagging(project, lag)


def _overdue(project: CheckedProject) -> Iterator[Found]:
    lag = _lag(project)
    if lag is not None and lag.is_overdue(clock.today()):
        yield _lagging(project, lag)


def _lag(project: CheckedProject) -> Lag | None:
    return project.lag if project.online else None


def _lagging(project: CheckedProject, lag: Lag) -> Found:
    standard = project.standard
    label = standard.label if standard else ""
    until = f", which counts from {lag.current_from}" if lag.current_from else ""
    message = f"is held to the standard {label}; {lag.newest} is there{until}"
    return Found(SPEC_FILE, message, project.line_at(("standard", "ref")), "standard")


def own_rules(project: CheckedProject) -> tuple[Rule, ...]:
    """Return the checks of a project's standard as rules, in the order of their codes."""
    standard = project.standard
    if standard is None or not standard.says.checks:
        return ()
    from blueprint_cli.standards.expressions import Budget  # noqa: PLC0415 - with a standard

    budget = Budget()
    checks = sorted(standard.says.checks, key=lambda check: check.id)
    return tuple(_rule(check, standard, budget) for check in checks)


def _rule(check: OwnCheck, standard: Standard, budget: Budget) -> Rule:
    from blueprint_cli.standards.checks import broken_by  # noqa: PLC0415 - with a standard

    def look(project: CheckedProject) -> Iterator[Found]:
        for broken in broken_by(check, project, budget):
            yield _found(broken, standard)

    return Rule(
        id=check.id,
        name=check.id.lower(),
        severity=check.severity,
        title=check.title,
        why=f"The standard {standard.label} asks for it: {check.why}",
        fix=check.fix,
        look=look,
        standard=standard.label,
        locked=check.id.startswith(standard.locked_codes),
    )


def _found(broken: Broken, standard: Standard) -> Found:
    message = f"{broken.message} (standard {standard.label})"
    return Found(broken.path, message, broken.line, broken.subject)


DAMAGED: Final = Rule(
    id="BP701",
    name="standard-damaged",
    severity="error",
    title="The standard that the project keeps cannot be read",
    why=(
        "`.blueprint/` keeps the team's standard, so that `check` needs no network. Where it is "
        "missing or of a later format, nothing that the team asks for is looked at."
    ),
    fix=(
        "Restore .blueprint/ from git, as it was after the last `new` or `update`; where the "
        "standard is of a later format, upgrade blueprint."
    ),
    look=_damaged,
    silenced_by_owned=False,
)
ANOTHER: Final = Rule(
    id="BP702",
    name="another-standard",
    severity="error",
    title="blueprint.yaml names another standard than the project keeps",
    why=(
        "What the project is held to is the standard that it keeps. An edit of blueprint.yaml "
        "alone neither raises it nor leaves it."
    ),
    fix=(
        "`blueprint update` takes the standard that blueprint.yaml names; or set `standard` there "
        "to the one that the project keeps."
    ),
    look=_another,
    silenced_by_owned=False,
)
LOCKED: Final = Rule(
    id="BP703",
    name="locked-key",
    severity="error",
    title="blueprint.yaml says otherwise what the standard locks",
    why="The team has decided it for all its projects, in one place.",
    fix="Set the key as the standard has it, or change the standard.",
    look=_locked,
    silenced_by_owned=False,
)
NOT_ALLOWED: Final = Rule(
    id="BP704",
    name="choice-not-allowed",
    severity="error",
    title="blueprint.yaml chooses what the standard does not allow",
    why="The team runs and knows some patterns and platforms; others are nobody's.",
    fix="Choose one of those that are allowed, or change the standard.",
    look=_not_allowed,
    silenced_by_owned=False,
)
BEHIND: Final = Rule(
    id="BP705",
    name="standard-behind",
    severity="note",
    title="There is a later version of the standard",
    why="What the team has decided since then is not looked at here. Only --online asks for it.",
    fix="Set `standard.ref` in blueprint.yaml to the later version, then `blueprint update`.",
    look=_behind,
    silenced_by_owned=False,
)
OVERDUE: Final = Rule(
    id="BP706",
    name="standard-overdue",
    severity="error",
    title="A later version of the standard counts by now",
    why=(
        "A later version says from which day every project has to be at it (`current_from`), and "
        "that day has come. Only --online asks for it."
    ),
    fix="Set `standard.ref` in blueprint.yaml to the later version, then `blueprint update`.",
    look=_overdue,
    silenced_by_owned=False,
)
