"""What a fleet's tables say, in words: the same on a terminal and on a page."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from blueprint_cli.record.render import BUILTIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from blueprint_cli.errors import BlueprintError
    from blueprint_cli.fleet.branching import Branched, Made
    from blueprint_cli.fleet.standing import Drift, Findings, Origin, Standing, Unfinished
    from blueprint_cli.fleet.trial import NewFinding, Trial
    from blueprint_cli.updating.changes import Changes, Conflict
    from blueprint_cli.updating.merged_tree import Look
    from blueprint_cli.updating.update import Version

FINE: Final = "nothing to do"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A project's line; ``facets`` are what it can be found by, ``notes`` what its cells leave out.

    ``patch`` is what would change, where somebody asked for it.
    """

    project: str
    cells: tuple[str, ...]
    fine: bool
    facets: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()
    patch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table of projects: the first column is the project's, and has no head.

    Those that say the most come first: where there is no room, the last ones give way.
    """

    title: str
    verdict: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]

    def without_empty_columns(self) -> Sheet:
        """Leave out the columns that say nothing of any project."""
        kept = [n for n in range(len(self.head)) if any(row.cells[n] for row in self.rows)]
        rows = (
            Row(
                project=row.project,
                cells=tuple(row.cells[n] for n in kept),
                fine=row.fine,
                facets=row.facets,
                notes=row.notes,
                patch=row.patch,
            )
            for row in self.rows
        )
        return Sheet(
            title=self.title,
            verdict=self.verdict,
            head=tuple(self.head[n] for n in kept),
            rows=tuple(rows),
        )


class Placed(Protocol):
    """What is said of one project."""

    @property
    def place(self) -> str:
        """Its folder or its address."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def fine(self) -> bool:
        """Whether nobody has to do anything."""


def standing_sheet(standings: Sequence[Standing]) -> Sheet:
    """Say how the projects of a fleet stand."""
    labels = labels_of(standings)
    rows = tuple(
        Row(
            project=label,
            cells=(
                one.pattern,
                _version(one.template),
                _drift(one.drift),
                _findings(one.findings),
                _state(one),
                _source(one.template),
                f"{_source(one.standard)} {_version(one.standard)}".strip(),
                one.owner,
                one.changed[:10],
            ),
            fine=one.fine,
            facets={
                "condition": _conditions(one),
                "pattern": _facet(one.pattern),
                "template": _facet(_source(one.template)),
                "version": _facet(one.template.version if one.template else ""),
                "standard": _facet(_source(one.standard)),
                "owner": _facet(one.owner),
            },
            notes=(*_problem(one.problem), *_open(one.unfinished)),
        )
        for one, label in zip(standings, labels, strict=True)
    )
    return Sheet(
        title="Fleet",
        verdict=_standing_verdict(standings),
        head=(
            "pattern",
            "version",
            "drift",
            "findings",
            "state",
            "template",
            "standard",
            "owner",
            "last change",
        ),
        rows=rows,
    ).without_empty_columns()


def trial_sheet(trials: Sequence[Trial]) -> Sheet:
    """Say what a candidate would do to the projects of a fleet."""
    labels = labels_of(trials)
    rows = tuple(
        Row(
            project=label,
            cells=(_move(one.before, one.after), _counts(one.changes), _outcome(one)),
            fine=one.fine,
            facets={
                "result": (RESULTS[one.state],),
                "from": _facet(_shown(one.before)),
                "to": _facet(_shown(one.after)),
            },
            notes=(
                *_problem(one.problem),
                *_conflicts(one.conflicts),
                *_by_hand(one.look),
                *_in_the_way(one.changes),
                *(_new_finding(each) for each in one.found),
                *(f"without what would run, and may not: {line}" for line in one.lacks),
            ),
            patch=one.patch,
        )
        for one, label in zip(trials, labels, strict=True)
    )
    return Sheet(
        title="Trial of a candidate",
        verdict=_outcomes(trials, labels, [one.state for one in trials]),
        head=("version", "files", "result"),
        rows=rows,
    ).without_empty_columns()


def branch_sheet(made: Sequence[Made], branch: str) -> Sheet:
    """Say what became of the projects of a fleet, of which branches were made."""
    projects = [one for each in made for one in each.projects]
    labels = labels_of(projects)
    rows = tuple(
        Row(
            project=label,
            cells=(_move(one.before, one.after), _counts(one.changes), _branched(one, branch)),
            fine=one.fine,
            facets={},
            notes=(*_problem(one.problem), *_conflicts(one.conflicts), *_by_hand(one.look)),
        )
        for one, label in zip(projects, labels, strict=True)
    )
    return Sheet(
        title=f"Branch {branch}",
        verdict=_outcomes(projects, labels, [one.state for one in projects]),
        head=("version", "files", "result"),
        rows=rows,
    ).without_empty_columns()


RESULTS: Final = {
    "unchanged": FINE,
    "clean": "clean",
    "committed": "committed",
    "conflicts": "conflicts",
    "by-hand": "needs somebody",
    "in-the-way": "files in the way",
    "findings": "new findings",
    "skipped": "of another template",
    "failed": "cannot be updated",
}
# What stands before a colon or a comma in the last line, for one and for many.
COUNTED: Final = {
    "clean": ("clean", "clean"),
    "committed": ("committed", "committed"),
    "unchanged": ("with nothing to do", "with nothing to do"),
    "skipped": ("of another template", "of other templates"),
    "findings": ("with new findings", "with new findings"),
    "conflicts": ("conflict", "conflicts"),
    "by-hand": ("that needs somebody", "that need somebody"),
    "in-the-way": ("with files in the way", "with files in the way"),
    "failed": ("that cannot be updated", "that cannot be updated"),
}


def labels_of(projects: Sequence[Placed]) -> list[str]:
    """Return what people call each project: its name, and its place where that says more."""
    names = Counter(one.name for one in projects)
    here = Path.cwd()
    labels = []
    for one in projects:
        place = Path(one.place)
        shown = os.path.relpath(place, here) if place.is_relative_to(here) else one.place
        plain = names[one.name] == 1 and shown.rstrip("/").rpartition("/")[2] == one.name
        labels.append(one.name if plain else f"{one.name} ({shown})")
    return labels


def _facet(text: str) -> tuple[str, ...]:
    return (text or "none",)


def _source(origin: Origin | None) -> str:
    if origin is None:
        return ""
    if origin.source == BUILTIN or origin.kind == "standard":
        return origin.name if origin.kind == "standard" else BUILTIN
    return f"{origin.name} ({origin.kind})"


def _version(origin: Origin | None) -> str:
    if origin is None:
        return ""
    version = origin.version or origin.commit[:12]
    return f"{version} → {origin.newest}" if origin.lags else version


def _drift(drift: Drift | None) -> str:
    if drift is None:
        return ""
    kinds = {"edited": drift.edited, "deleted": drift.deleted, "managed": drift.managed}
    return ", ".join(f"{number} {kind}" for kind, number in kinds.items() if number)


def _findings(findings: Findings | None) -> str:
    if findings is None:
        return ""
    kinds = {"error": findings.errors, "warning": findings.warnings, "note": findings.notes}
    return ", ".join(
        f"{number} {kind}{'s' * (number > 1)}" for kind, number in kinds.items() if number
    )


def _state(one: Standing) -> str:
    if one.unfinished is None:
        return "see below" if one.problem else ""
    if one.unfinished.interrupted:
        return f"{one.unfinished.command} interrupted"
    number = len(one.unfinished.conflicts)
    return f"{number} conflict{'s' * (number > 1)}" if number else f"{one.unfinished.command} open"


def _conditions(one: Standing) -> tuple[str, ...]:
    """Return everything that somebody may look for in a project."""
    drift, findings = one.drift, one.findings
    conditions = {
        "cannot be read": one.problem is not None,
        "errors": bool(findings and findings.errors),
        "unfinished update": one.unfinished is not None,
        "behind": one.lags,
        "edited or deleted files": bool(drift and (drift.edited or drift.deleted)),
        FINE: one.fine,
    }
    return tuple(name for name, holds in conditions.items() if holds) or ("something",)


def _standing_verdict(standings: Sequence[Standing]) -> str:
    found: Counter[str] = Counter()
    for one in standings:
        found.update(_conditions(one))
    parts = [
        f"{found[name]} {words}"
        for name, words in (
            ("behind", "behind"),
            ("errors", "with errors"),
            ("unfinished update", "with an unfinished update"),
            ("cannot be read", "that cannot be updated or read"),
        )
        if found[name]
    ]
    total = _projects(len(standings))
    return f"{total}: {', '.join(parts)}." if parts else f"{total}: {FINE}."


def _projects(number: int) -> str:
    return f"{number} project{'s' * (number != 1)}"


def _outcomes(projects: Sequence[Placed], labels: Sequence[str], states: Sequence[str]) -> str:
    """Return the last line: how many are clean, and where somebody is needed."""
    parts = []
    for state, words in COUNTED.items():
        named = [label for label, found in zip(labels, states, strict=True) if found == state]
        if named:
            told = f"{len(named)} {words[len(named) > 1]}"
            fine = all(
                one.fine for one, found in zip(projects, states, strict=True) if found == state
            )
            parts.append(told if fine else f"{told}: {_and(named)}")
    separator = "; " if any(":" in part for part in parts) else ", "
    return f"{_projects(len(projects))}: {separator.join(parts)}."


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _shown(version: Version | None) -> str:
    if version is None:
        return ""
    standard = f", standard {version.standard}" if version.standard else ""
    return f"{version.pattern} {version.version}{standard}"


def _move(before: Version | None, after: Version | None) -> str:
    if before is None or after is None or before == after:
        return _shown(before)
    if before.version == after.version and before.pattern == after.pattern:
        return f"standard {before.standard or 'none'} → {after.standard or 'none'}"
    if before.pattern == after.pattern and before.standard == after.standard:
        return f"{before.pattern} {before.version} → {after.version}"
    return f"{_shown(before)} → {_shown(after)}"


def _counts(changes: Changes | None) -> str:
    if changes is None:
        return ""
    kinds = {
        "changed": changes.changed,
        "moved": changes.moved,
        "added": changes.added,
        "removed": changes.removed,
    }
    return ", ".join(f"{len(paths)} {kind}" for kind, paths in kinds.items() if paths)


def _outcome(one: Trial) -> str:
    if one.state == "conflicts":
        return f"{len(one.conflicts)} conflict{'s' * (len(one.conflicts) > 1)}"
    if one.state == "findings":
        severities = Counter(finding.severity for finding in one.found)
        return ", ".join(f"{n} new {kind}{'s' * (n > 1)}" for kind, n in severities.items())
    return RESULTS[one.state]


def _new_finding(finding: NewFinding) -> str:
    line = f":{finding.line}" if finding.line else ""
    return f"{finding.severity} {finding.id} {finding.path}{line}: {finding.message}"


def _branched(one: Branched, branch: str) -> str:
    if one.state == "committed":
        return f"{one.commit[:12]} on {branch}"
    if one.state == "conflicts":
        return f"{len(one.conflicts)} conflict{'s' * (len(one.conflicts) > 1)}"
    return RESULTS[one.state]


def _problem(problem: BlueprintError | None) -> Iterable[str]:
    if problem is None:
        return ()
    problems = [str(each) for each in problem.problems]
    return filter(None, [problem.message, *problems, problem.hint])


def _open(unfinished: Unfinished | None) -> Iterable[str]:
    if unfinished is None:
        return ()
    return [f"{path}: the conflict is not resolved" for path in unfinished.conflicts]


def _conflicts(conflicts: Sequence[Conflict]) -> Iterable[str]:
    return [f"{one.path}: {one.why}" for one in conflicts]


def _by_hand(look: Look | None) -> Iterable[str]:
    if look is None:
        return ()
    used = [f"{one.path}:{one.line}: uses {one.name}, which is gone" for one in look.leftovers]
    broken = [f"{one.path}:{one.line}: {one.why}" for one in look.unreadable]
    return [*used, *broken]


def _in_the_way(changes: Changes | None) -> Iterable[str]:
    paths = changes.in_the_way if changes else ()
    return [f"{path}: untracked or ignored, and in the way" for path in paths]
