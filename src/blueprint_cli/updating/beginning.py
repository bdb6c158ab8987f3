"""An unfinished update belongs to the commit that it began at, and to the files as it left them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprint_cli.errors import ProjectRefused, some
from blueprint_cli.layout import FOLDER
from blueprint_cli.updating.writing import undone

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
    known = {path for path, _, _ in journal.conflicts} | {*journal.record}
    gone = undone(repository.project, folder, [each for each in journal.paths if each not in known])
    if gone:
        raise ProjectRefused(
            f"what the {journal.command} wrote is not there any more: {some(gone)}",
            hint=f"Take the rest back ({command} --abort), then begin again. Change what you want "
            "otherwise when it is finished.",
        )


def still_there(repository: ProjectRepository, journal: Journal) -> bool:
    """Return whether there is anything to take back; False where all was taken back otherwise.

    Raises:
        ProjectRefused: where another commit is checked out, and files that would be replaced differ
            from it.
    """
    if repository.head() == journal.head:
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


def _began(journal: Journal) -> str:
    return f"the {journal.command} began at commit {journal.head[:12] or 'none'}"


def _go_back(journal: Journal) -> str:
    return f"go back to it (git checkout {journal.head[:12]})"
