"""An unfinished update belongs to the commit that it began at, and to the files as it left them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprint_cli.errors import ProjectRefused, some
from blueprint_cli.layout import FOLDER
from blueprint_cli.updating.writing import edited, undone

if TYPE_CHECKING:
    from pathlib import Path

    from blueprint_cli.git.repository import ProjectRepository
    from blueprint_cli.record.journal import Journal


def refuse_elsewhere(repository: ProjectRepository, journal: Journal, folder: Path) -> None:
    """Refuse to finish an update that is not there any more; ``folder`` holds what it wrote.

    Raises:
        ProjectRefused: where its commit is no part of what is checked out, or where files that it
            wrote are as they were before.
    """
    command = f"blueprint {journal.command}"
    if not repository.contains(journal.head):
        raise ProjectRefused(
            f"{_began(journal)}, which is no part of what is checked out",
            hint=f"{_go_back(journal)}, then {command} --continue; or take it back there: "
            f"{command} --abort",
        )
    gone = undone(repository.project, folder, _written(journal))
    if gone:
        raise ProjectRefused(
            f"what the {journal.command} wrote is not there any more: {some(gone)}",
            hint=f"Take the rest back ({command} --abort), then begin again. Change what you want "
            "otherwise when it is finished.",
        )


def still_there(repository: ProjectRepository, journal: Journal, folder: Path) -> bool:
    """Return whether there is anything to take back; False where all was taken back otherwise.

    ``folder`` holds what the change wrote, and what was there before.

    Raises:
        ProjectRefused: where another commit is checked out, and files that would be replaced differ
            from it; or the same one, where somebody worked on after taking the change back.
    """
    if repository.head() == journal.head:
        _refuse_later_work(repository, journal, folder)
        return True
    project = repository.project
    present = [path for path in journal.paths if (project / path).is_file()]
    touched = {*journal.paths, f"{FOLDER}/"}
    differ = {
        *touched.intersection(repository.uncommitted()),
        *repository.untracked(present),
    }
    if differ:
        raise ProjectRefused(
            f"{_began(journal)}, and another commit is checked out, whose files would be lost: "
            f"{some(sorted(differ))}",
            hint=f"Commit or stash them; {_go_back(journal)}, then again: "
            f"blueprint {journal.command} --abort",
        )
    return False


def _refuse_later_work(repository: ProjectRepository, journal: Journal, folder: Path) -> None:
    """Refuse to replace what was written when the change was left, not what resolves a conflict.

    It was left where another branch is checked out, at the same commit; where files that the change
    wrote are as they were before, or conflicts are in the index no more and nothing is in their
    place, as after ``git reset --hard``.
    """
    if repository.stand_in:
        return
    project = repository.project
    elsewhere = journal.branch is not None and repository.branch() != journal.branch
    found = edited(project, folder, journal.paths)
    untracked = repository.untracked(found)
    unsaved = {*repository.uncommitted(), *untracked}
    lost = [path for path in found if path in unsaved]
    settled = {path for path, _, _ in journal.conflicts}.intersection(lost).difference(untracked)
    left_behind = undone(project, folder, _written(journal)) or settled - repository.staged()
    if not lost or not (elsewhere or left_behind):
        return
    left = (
        f"the {journal.command} began on {_named(journal.branch)}, and "
        f"{_named(repository.branch())} is checked out"
        if elsewhere
        else f"what the {journal.command} wrote was taken back already"
    )
    raise ProjectRefused(
        f"{left}; what was written since then would be lost: {some(lost)}",
        hint="Commit or stash it, or give it up (git checkout HEAD -- PATH), then again: "
        f"blueprint {journal.command} --abort",
    )


def _written(journal: Journal) -> list[str]:
    """Return the paths that were written for good: no conflict, and not the record, comes later."""
    known = {path for path, _, _ in journal.conflicts} | {*journal.record}
    return [path for path in journal.paths if path not in known]


def _named(branch: str | None) -> str:
    return branch.removeprefix("refs/heads/") if branch else "no branch"


def _began(journal: Journal) -> str:
    return f"the {journal.command} began at commit {journal.head[:12] or 'none'}"


def _go_back(journal: Journal) -> str:
    return f"go back to it (git checkout {journal.head[:12]})"
