"""What became of one project of a fleet, whatever was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from blueprint_cli.errors import BlueprintError
    from blueprint_cli.updating.changes import Changes, Conflict
    from blueprint_cli.updating.merged_tree import Look
    from blueprint_cli.updating.update import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A project, and the merge that was made of it; ``problem`` is why none was."""

    place: str
    name: str
    path: Path | None = None
    before: Version | None = None
    after: Version | None = None
    changes: Changes | None = None
    look: Look | None = None
    problem: BlueprintError | None = None

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """The files that somebody has to decide about."""
        return self.changes.conflicts if self.changes else ()
