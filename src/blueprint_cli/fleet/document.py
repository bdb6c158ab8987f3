"""A fleet as the keys that docs/json.md promises."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from blueprint_cli.errors import BlueprintError
    from blueprint_cli.fleet.branching import Branched, Made
    from blueprint_cli.fleet.standing import Origin, Standing
    from blueprint_cli.fleet.trial import Trial
    from blueprint_cli.updating.update import Version


def standing_document(standings: Sequence[Standing]) -> dict[str, Any]:
    """Return how the projects of a fleet stand."""
    return {
        "ok": all(one.fine for one in standings),
        "counts": {
            "projects": len(standings),
            "fine": sum(one.fine for one in standings),
            "behind": sum(one.lags for one in standings),
            "with_errors": sum(bool(one.findings and one.findings.errors) for one in standings),
            "unfinished": sum(one.unfinished is not None for one in standings),
            "failed": sum(one.problem is not None for one in standings),
        },
        "projects": [_standing(one) for one in standings],
    }


def trial_document(trials: Sequence[Trial]) -> dict[str, Any]:
    """Return what a candidate would do to the projects of a fleet."""
    return {
        "ok": all(one.fine for one in trials),
        "counts": {"projects": len(trials), **Counter(one.state for one in trials)},
        "projects": [
            {
                **_changed(one),
                "lacks": list(one.lacks),
                "new_findings": [asdict(each) for each in one.found],
                "patch": one.patch or None,
            }
            for one in trials
        ],
    }


def branch_document(made: Sequence[Made], branch: str) -> dict[str, Any]:
    """Return what became of the projects of a fleet, of which branches were made."""
    projects = [one for each in made for one in each.projects]
    return {
        "ok": all(one.fine for one in projects),
        "branch": branch,
        "counts": {"projects": len(projects), **Counter(one.state for one in projects)},
        "projects": [{**_changed(one), "commit": one.commit or None} for one in projects],
        "repositories": [
            {"path": str(each.top), "commit": each.commit, "commands": list(each.commands)}
            for each in made
            if each.commit
        ],
    }


def _standing(one: Standing) -> dict[str, Any]:
    unfinished = one.unfinished
    return {
        "project": _project(one.name, one.place, one.path),
        "ok": one.fine,
        "problem": _problem(one.problem),
        "pattern": one.pattern,
        "template": _origin(one.template),
        "standard": _origin(one.standard),
        "drift": None if one.drift is None else asdict(one.drift),
        "findings": None if one.findings is None else asdict(one.findings),
        "unfinished": None
        if unfinished is None
        else {**asdict(unfinished), "conflicts": list(unfinished.conflicts)},
        "owner": one.owner,
        "changed": one.changed or None,
    }


def _changed(one: Trial | Branched) -> dict[str, Any]:
    changes, look = one.changes, one.look
    return {
        "project": _project(one.name, one.place, one.path),
        "ok": one.fine,
        "state": one.state,
        "problem": _problem(one.problem),
        "from": _version(one.before),
        "to": _version(one.after),
        "changes": None
        if changes is None
        else {
            "changed": len(changes.changed),
            "moved": len(changes.moved),
            "added": len(changes.added),
            "removed": len(changes.removed),
        },
        "conflicts": [asdict(conflict) for conflict in one.conflicts],
        "leftovers": [asdict(each) for each in look.leftovers] if look else [],
        "unreadable": [asdict(each) for each in look.unreadable] if look else [],
        "in_the_way": list(changes.in_the_way) if changes else [],
    }


def _project(name: str, place: str, path: Path | None) -> dict[str, Any]:
    return {"name": name, "place": place, "path": None if path is None else str(path)}


def _origin(origin: Origin | None) -> dict[str, Any] | None:
    return None if origin is None else {**asdict(origin), "newest": origin.newest or None}


def _version(version: Version | None) -> dict[str, Any] | None:
    return None if version is None else asdict(version)


def _problem(problem: BlueprintError | None) -> dict[str, Any] | None:
    if problem is None:
        return None
    return {
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
        "problems": [str(each) for each in problem.problems],
    }
