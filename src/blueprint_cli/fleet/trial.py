"""What a candidate would do to each project of a fleet; every one stays as it is.

It is the merge that `update` makes, in a scratch folder, of the project's files as they are there.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from blueprint_cli.errors import BlueprintError
from blueprint_cli.fleet.candidate import how_to_ask
from blueprint_cli.fleet.members import name_of, projects_of
from blueprint_cli.fleet.outcome import Outcome
from blueprint_cli.updating.update import show_changes

if TYPE_CHECKING:
    from blueprint_cli.fleet.candidate import Candidate
    from blueprint_cli.fleet.members import Member
    from blueprint_cli.spec.codes import Severity
    from blueprint_cli.updating.update import Updated

State = Literal[
    "unchanged", "clean", "conflicts", "by-hand", "in-the-way", "findings", "skipped", "failed"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFinding:
    """What `check` would find, and does not yet; ``fails`` where the command would fail by it."""

    id: str
    severity: Severity
    fails: bool
    path: str
    line: int | None
    message: str
    why: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial(Outcome):
    """What became of one project in its scratch folder.

    ``lacks`` is what the template would run, and may not: what is shown does without. ``found`` is
    what a candidate of a standard brings to light.
    """

    state: State
    lacks: tuple[str, ...] = ()
    found: tuple[NewFinding, ...] = ()
    patch: str = ""

    @property
    def fine(self) -> bool:
        """Whether the candidate would need nobody."""
        if self.state == "findings":
            return not any(finding.fails for finding in self.found)
        return self.state in {"unchanged", "clean", "skipped"}


def trials_of(candidate: Candidate, member: Member, *, patch: bool = False) -> list[Trial]:
    """Try a candidate on what a member of a fleet has; ``patch`` asks for every changed line."""
    try:
        with tempfile.TemporaryDirectory(prefix="try-") as folder:
            return [
                _trial(candidate, one, patch=patch) for one in projects_of(member, Path(folder))
            ]
    except BlueprintError as error:
        return [not_tried(member, error)]


def not_tried(member: Member, problem: BlueprintError) -> Trial:
    """Say why nothing could be tried."""
    path = None if member.address else member.root
    return Trial(
        place=member.place, name=name_of(member), state="failed", path=path, problem=problem
    )


def _trial(candidate: Candidate, member: Member, *, patch: bool) -> Trial:
    path = None if member.address else member.root
    try:
        if not candidate.concerns(member):
            return Trial(place=member.place, name=name_of(member), state="skipped", path=path)
        updated = show_changes(
            member.root,
            patch=patch,
            target=candidate.target_for(member),
            templates=candidate.templates,
        )
    except BlueprintError as error:
        return not_tried(member, how_to_ask(error))
    return Trial(
        place=member.place,
        name=name_of(member),
        state=_state(updated),
        path=path,
        before=updated.before,
        after=updated.after,
        changes=updated.changes,
        look=updated.look,
        lacks=updated.lacks,
        patch=updated.patch,
    )


def _state(updated: Updated) -> State:
    if updated.conflicts:
        return "conflicts"
    if updated.look.finds:
        return "by-hand"
    if updated.changes and updated.changes.in_the_way:
        return "in-the-way"
    return "clean" if updated.changes else "unchanged"
