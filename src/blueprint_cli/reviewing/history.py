"""What git tells of a project: releases, lead time, and how many people change it.

People are counted by their e-mail addresses, as the mailmap joins them.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import GitFailed
from blueprint_cli.git.command import IN_THE_PROJECT, Git
from blueprint_cli.reviewing.commits import DAY, QUARTER, read_commits
from blueprint_cli.reviewing.figures import Figure, unknown
from blueprint_cli.reviewing.people import OF_PEOPLE, OF_TEAMS, people_of, teams_of
from blueprint_cli.reviewing.releases import OF_RELEASES, releases_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

# What a user's own settings would put into a log, or leave out of it.
SETTINGS: Final = (
    *IN_THE_PROJECT,
    "core.quotePath=false",
    "log.showSignature=false",
    "log.diffMerges=separate",
)


def figures_of(root: Path, contexts: Collection[str], *, today: dt.date) -> tuple[Figure, ...]:
    """Return what git tells of a project; with the reason where it tells nothing.

    Args:
        root: the project's folder, which may be one in a larger repository.
        contexts: the names of its contexts.
        today: the day to which all of it counts.
    """
    git = Git(root, settings=SETTINGS)
    try:
        why = _why_not(git)
        if not why:
            return _figures(git, root, contexts, today)
    except (GitFailed, OSError) as error:
        why = str(error)
    return tuple(unknown(name, why, "git") for name in (*OF_PEOPLE, *OF_TEAMS, *OF_RELEASES))


def _figures(git: Git, root: Path, contexts: Collection[str], today: dt.date) -> tuple[Figure, ...]:
    tomorrow = dt.datetime.combine(today + dt.timedelta(days=1), dt.time(), dt.UTC)
    now = int(tomorrow.timestamp())
    first = int(git.run("log", "--reverse", "--format=%ct", "--", ".").stdout.split()[0])
    recent = [
        one
        for one in read_commits(git, "HEAD", "--no-merges", f"--since={now - QUARTER * DAY}")
        if not one.robot
    ]
    return (
        *people_of(recent, contexts, now, first),
        *teams_of(git, root, recent, now),
        *releases_of(git, contexts, now, first),
    )


def _why_not(git: Git) -> str:
    """Say why the history tells nothing; empty where it does.

    Raises:
        GitFailed: where git is missing, or refuses.
    """
    if git.word("rev-parse", "--is-inside-work-tree") != "true":
        return "there is no git repository"
    if git.word("rev-parse", "--is-shallow-repository") == "true":
        return "the clone is shallow: git fetch --unshallow"
    if not git.word("rev-parse", "--verify", "--quiet", "HEAD"):
        return "there is no commit yet"
    if not git.run("log", "-1", "--format=%H", "--", ".").stdout:
        return "no commit has touched it"
    return ""
