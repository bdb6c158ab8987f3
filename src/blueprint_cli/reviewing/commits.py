"""A project's commits, as git tells of them; who made one is compared and never shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.layout import IDENTITY

if TYPE_CHECKING:
    from collections.abc import Collection

    from blueprint_cli.git.command import Git

DAY: Final = 86_400
MONTH: Final = 30
QUARTER: Final = 90
BOT: Final = re.compile(
    r"\[bot\]|(?:^|[-_ .+])bot(?:$|[-_ .@])"
    r"|^(?:dependabot|renovate|github-actions|pre-commit-ci)\b",
    re.IGNORECASE,
)
FIELDS: Final = "--format=%x01%H%x1f%P%x1f%at%x1f%ct%x1f%aN%x1f%aE%x1f%s"
# Folders in which each context has one of its own.
OF_CONTEXTS: Final = ("src", "services", "tests")


@dataclass(frozen=True, slots=True)
class Commit:
    """One change: who is an e-mail address that is compared and never shown."""

    parents: int
    authored: int
    committed: int
    who: str
    robot: bool
    subject: str
    paths: tuple[str, ...]


def read_commits(git: Git, *which: str) -> list[Commit]:
    """Return commits that touched the project, the newest first."""
    done = git.run("log", "--use-mailmap", "--name-only", "--relative", FIELDS, *which, "--", ".")
    found = []
    for block in done.stdout.decode(errors="replace").split("\x01")[1:]:
        head, _, paths = block.partition("\n")
        _, parents, authored, committed, name, address, subject = head.split("\x1f", 6)
        found.append(
            Commit(
                parents=len(parents.split()),
                authored=int(authored),
                committed=int(committed),
                who=address.lower(),
                robot=bool(BOT.search(name) or BOT.search(address)),
                subject=subject,
                paths=tuple(path for path in paths.splitlines() if path),
            )
        )
    return found


def contexts_of(commit: Commit, contexts: Collection[str]) -> set[str]:
    """Return the contexts that a commit changes: none for the first, and for an update's."""
    if not commit.parents or IDENTITY in commit.paths:
        return set()
    found = set()
    for path in commit.paths:
        parts = path.split("/")
        if len(parts) > 2 and parts[0] in OF_CONTEXTS:  # noqa: PLR2004 - folder, context, file
            found.add(parts[1].replace("-", "_"))
    return found & set(contexts)
