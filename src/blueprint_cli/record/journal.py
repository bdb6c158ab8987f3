"""The journal of an update that is under way: how far it got, and what leads back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from blueprint_cli.errors import ProjectRefused, RecordDamaged, UpdateUnfinished
from blueprint_cli.files import write_whole
from blueprint_cli.layout import STATE

if TYPE_CHECKING:
    from pathlib import Path

JOURNAL: Final = "journal.json"
FORMAT: Final = 1
Step = Literal["applying", "conflicts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """What is under way: every path that it touches, and what is needed to finish it or to go back.

    ``made`` are the folders that were not there before; ``record`` are the paths that are written
    last; ``marked`` hold conflict markers; ``head`` is the commit that was checked out, and
    ``branch`` how: empty where no branch was; None where an earlier version did not write it down.
    """

    step: Step
    command: str
    target: str
    paths: tuple[str, ...]
    made: tuple[str, ...]
    record: tuple[str, ...]
    conflicts: tuple[tuple[str, str, str], ...]
    marked: tuple[str, ...]
    head: str
    branch: str | None = None


def read_journal(project: Path) -> Journal | None:
    """Return what is under way in a project, or None.

    Raises:
        RecordDamaged: where the journal cannot be understood.
    """
    path = project / STATE / JOURNAL
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise RecordDamaged(f"{path} cannot be read: {error}") from error
    version = found.pop("format", None)
    if version != FORMAT:
        raise RecordDamaged(f"{path} has format {version}; this version reads {FORMAT}")
    return Journal(
        step=found["step"],
        command=found["command"],
        target=found["target"],
        paths=tuple(found["paths"]),
        made=tuple(found["made"]),
        record=tuple(found["record"]),
        conflicts=tuple((path, kind, why) for path, kind, why in found["conflicts"]),
        marked=tuple(found["marked"]),
        head=found["head"],
        branch=found.get("branch"),
    )


def refuse_unfinished(project: Path) -> None:
    """Refuse a project with a change under way.

    Raises:
        UpdateUnfinished: with the way to finish it or to take it back.
    """
    journal = read_journal(project)
    if journal is None:
        return
    command = f"blueprint {journal.command}"
    if journal.step == "applying":
        raise UpdateUnfinished(
            f"an earlier {journal.command} of {project} was interrupted",
            hint=f"Take it back: {command} --abort",
        )
    raise UpdateUnfinished(
        f"an earlier {journal.command} of {project} has conflicts left",
        hint=f"Resolve them, then {command} --continue; or take it back: {command} --abort",
    )


def journal_under_way(project: Path) -> Journal:
    """Return the journal of what is under way.

    Raises:
        ProjectRefused: where nothing is.
    """
    journal = read_journal(project)
    if journal is None:
        raise ProjectRefused(f"no update of {project} is under way")
    return journal


def write_journal(folder: Path, journal: Journal) -> None:
    """Write the journal at once."""
    text = json.dumps({"format": FORMAT, **asdict(journal)}, indent=1)
    write_whole(folder / JOURNAL, text)
