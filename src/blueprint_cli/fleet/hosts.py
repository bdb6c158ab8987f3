"""The commands that push a branch and open a request, for whoever wants to run them."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

from blueprint_cli.git.command import IN_THE_PROJECT, Git

if TYPE_CHECKING:
    from pathlib import Path

# `https://host/team/repository.git`, `ssh://git@host:22/team/…` and `git@host:team/…`.
REMOTE: Final = re.compile(
    r"(?:\w+://(?:[^@/]+@)?(?P<host>[\w.-]+)(?::\d+)?/|(?:[\w.-]+@)?(?P<other>[\w.-]+):(?!/))"
    r"(?P<path>.+?)(?:\.git)?/?"
)


def commands_for(top: Path, branch: str, title: str, body: str) -> tuple[str, ...]:
    """Return what to type so that a branch of a repository becomes a request.

    By the host of its remote: GitHub's ``gh`` or GitLab's ``glab``; elsewhere the branch is pushed,
    and the host says what comes next. Nothing where it has no remote.
    """
    git = Git(top, settings=IN_THE_PROJECT)
    remotes = git.word("remote").split()
    if not remotes:
        return ()
    remote = "origin" if "origin" in remotes else remotes[0]
    push = shlex.join(["git", "-C", str(top), "push", "--set-upstream", remote, branch])
    match = REMOTE.fullmatch(git.word("remote", "get-url", remote))
    host = (match["host"] or match["other"]) if match else ""
    base = git.word("symbolic-ref", "--quiet", "--short", "HEAD")
    if match and "github" in host:
        place = match["path"] if host == "github.com" else f"{host}/{match['path']}"
        into = ["--base", base] if base else []
        words = ["gh", "pr", "create", "--repo", place, *into, "--head", branch]
        return push, shlex.join([*words, "--title", title, "--body", body])
    if match and "gitlab" in host:
        place = match["path"] if host == "gitlab.com" else f"https://{host}/{match['path']}"
        into = ["--target-branch", base] if base else []
        words = ["glab", "mr", "create", "--repo", place, *into, "--source-branch", branch]
        return push, shlex.join([*words, "--title", title, "--description", body, "--yes"])
    return (push,)
