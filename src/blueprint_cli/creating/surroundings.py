"""What git makes of the place where a new project would stand."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from blueprint_cli.errors import DestinationRefused, GitFailed
from blueprint_cli.git.command import IN_THE_PROJECT, Git, find_git
from blueprint_cli.git.work_tree import (
    find_work_tree,
    ignored_among,
    is_ignored,
    marked_work_tree,
    prefix_below,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

GitState = Literal["committed", "staged", "declined", "enclosed", "missing", "planned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GitOutcome:
    """What became of git: where the repository is and on which branch, where there is one.

    ``ignored`` are the rendered files that the repository around the project ignores; ``refusal``
    is what git says where it refuses that repository.
    """

    state: GitState
    root: Path | None = None
    branch: str = ""
    ignored: tuple[str, ...] = ()
    refusal: str = ""


def plan_repository(
    destination: Path, files: Iterable[str], *, wanted: bool, there: Path
) -> GitOutcome:
    """Return what git will have of a project: its own repository, or the one that it stands in.

    Args:
        destination: the project's folder, which need not exist.
        files: what will be in it.
        wanted: whether it is to have a repository of its own where it stands in none.
        there: a folder that is there, beside or in it, in which git is asked.

    Raises:
        DestinationRefused: where a repository of its own would replace something of git's.
    """
    if find_git() is None:
        root = marked_work_tree(destination) if wanted else None
        state: GitState = "declined" if not wanted else "enclosed" if root else "missing"
        return GitOutcome(state=state, root=root)
    try:
        around = _work_tree_around(destination, there)
    except GitFailed as refused:
        root = marked_work_tree(destination)
        if root and wanted:
            said = "\n".join([refused.message, *([refused.hint] if refused.hint else [])])
            return GitOutcome(state="enclosed", root=root, refusal=said)
        around = None
    ignored = _ignored(destination, files, around) if around else ()
    if not wanted:
        return GitOutcome(state="declined", ignored=ignored)
    if around:
        return GitOutcome(state="enclosed", root=around, ignored=ignored)
    if os.path.lexists(destination / ".git"):
        raise DestinationRefused(
            f"{destination / '.git'} is there, and git finds no repository by it",
            hint="Repair it (git worktree repair) or remove it; --no-git renders all the same.",
        )
    return GitOutcome(state="planned", root=destination)


def _work_tree_around(destination: Path, there: Path) -> Path | None:
    """Return the work tree that the project would be part of: one that does not ignore it."""
    around = find_work_tree(there)
    return None if around is None or is_ignored(destination, around) else around


def _ignored(destination: Path, files: Iterable[str], around: Path) -> tuple[str, ...]:
    prefix = prefix_below(around, destination)
    git = Git(around, settings=IN_THE_PROJECT)
    found = ignored_among(git, [f"{prefix}{path}" for path in files])
    return tuple(path.removeprefix(prefix) for path in found)
