"""Which branch or tag a project follows that stands on some commit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blueprint_cli.git.command import Git
from blueprint_cli.sources.versions import newest_tag

if TYPE_CHECKING:
    from blueprint_cli.sources.fetching import Fetched


def following(fetched: Fetched, follows: str) -> Fetched:
    """Return the source with the branch or tag that an update goes on from, in place of a commit.

    Args:
        fetched: the source at the commit that the project was rendered from.
        follows: the branch or tag that somebody had asked for; empty where nobody had.
    """
    if not fetched.commit:
        return fetched
    git = Git(fetched.folder)
    return replace(fetched, ref=follows or _version(git) or _branch_if_later(git))


def _version(git: Git) -> str:
    """Return the tag of the commit itself; of several the latest version."""
    tags = git.run("tag", "--points-at", "HEAD").stdout.decode(errors="replace").split()
    return newest_tag(tags)


def _branch_if_later(git: Git) -> str:
    """Return the default branch where the newest version lacks the commit.

    Nothing, which means the newest version from now on, where it has it; or where there are none.
    """
    tags = git.run("tag").stdout.decode(errors="replace").split()
    newest = newest_tag(tags)
    if not newest:
        return ""
    contained = git.run("merge-base", "--is-ancestor", "HEAD", f"refs/tags/{newest}", check=False)
    if contained.returncode == 0:
        return ""
    return git.word("rev-parse", "--abbrev-ref", "origin/HEAD").removeprefix("origin/")
