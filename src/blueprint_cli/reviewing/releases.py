"""How often a project is released, how long a change waits for it, and what held it up."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.reviewing.commits import DAY, MONTH, QUARTER, Commit, contexts_of, read_commits
from blueprint_cli.reviewing.figures import Figure, unknown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from blueprint_cli.git.command import Git

# A history that is younger says nothing of how often somebody releases.
LEAST_DAYS: Final = 7
MOST_RELEASES: Final = 300
# What is ready so many seconds before another context's change waited for it.
HELD_UP: Final = DAY
OF_RELEASES: Final = (
    "releases_a_month",
    "lead_time_hours",
    "releases_held_up_a_month",
    "releases_of_several_percent",
)


@dataclass(frozen=True, slots=True)
class Release:
    """What became public at once; ``contexts`` have the last moment at which each was changed."""

    at: int
    commits: tuple[Commit, ...]
    contexts: dict[str, int]
    several: bool
    held_up: bool


def releases_of(git: Git, contexts: Collection[str], now: int, first: int) -> Iterator[Figure]:
    """Yield what a quarter of releases says.

    ``now`` and ``first`` are seconds: today's end, and when the project began.
    """
    days = min(QUARTER, (now - first) / DAY)
    if days < LEAST_DAYS:
        why = f"the history is younger than {LEAST_DAYS} days"
        yield from (unknown(name, why, "git") for name in OF_RELEASES)
        return
    since = now - QUARTER * DAY
    line = read_commits(git, "HEAD", "--first-parent", "-m", f"--since={since}")
    merges = [one for one in line if one.parents > 1]
    changes = merges or [one for one in line if one.parents]
    tags = _tags(git)
    if sum(at > since for _, at in tags) > 1:
        kind, releases = "tags", list(_of_tags(git, tags, contexts, since))
    elif merges:
        kind, releases = "merges into the main line", list(_of_merges(git, contexts, since))
    else:
        kind = "commits on the main line: there are neither tags nor merges"
        releases = [_release(one.committed, (one,), contexts) for one in changes]
    source, months = f"git, {days:.0f} days", days / MONTH
    yield Figure(
        name="releases_a_month",
        value=round(len(releases) / months, 1),
        unit="releases",
        source=source,
        query=kind,
    )
    yield _lead_time(releases, kind, source, known=kind == "tags" or bool(merges))
    yield Figure(
        name="releases_held_up_a_month",
        value=round(sum(one.held_up for one in releases) / months, 1),
        unit="releases",
        source=source,
        query=f"{kind} in which one context's change was there a day before another's, or one "
        "context's was reverted",
    )
    yield _of_several(changes, contexts, source, "merges" if merges else "commits")
    if kind == "tags":
        yield Figure(
            name="time_to_first_release_weeks",
            value=round(max(0, tags[0][1] - first) / DAY / 7, 1),
            unit="weeks",
            source="git",
            query="from the first commit to the first tag",
        )


def _lead_time(releases: Sequence[Release], kind: str, source: str, *, known: bool) -> Figure:
    hours = [
        max(0, release.at - one.authored) / 3600 for release in releases for one in release.commits
    ]
    if not known or not hours:
        why = "commits go to the main line one by one, and nothing says when they are released"
        return unknown("lead_time_hours", why if not known else "no release has a commit", "git")
    return Figure(
        name="lead_time_hours",
        value=round(statistics.median(hours), 1),
        unit="hours",
        source=source,
        query=f"median from a commit to what released it ({kind})",
    )


def _of_several(
    changes: Sequence[Commit], contexts: Collection[str], source: str, kind: str
) -> Figure:
    touched = [found for one in changes if (found := contexts_of(one, contexts))]
    if not touched:
        why = "no context's folder was changed"
        return unknown("releases_of_several_percent", why, "git")
    several = sum(len(one) > 1 for one in touched)
    return Figure(
        name="releases_of_several_percent",
        value=round(100 * several / len(touched), 1),
        unit="%",
        source=source,
        query=f"{kind} on the main line that change two contexts or more, of those that change one",
    )


def _tags(git: Git) -> list[tuple[str, int]]:
    """Return the tags that lead to what is checked out, the oldest first."""
    done = git.run(
        "for-each-ref", "--merged=HEAD", "--sort=creatordate",
        "--format=%(refname)%1f%(creatordate:unix)", "refs/tags",
    )  # fmt: skip
    lines = [line.split("\x1f") for line in done.stdout.decode(errors="replace").splitlines()]
    return [(name, int(at)) for name, at in lines if at]


def _of_tags(
    git: Git, tags: Sequence[tuple[str, int]], contexts: Collection[str], since: int
) -> Iterator[Release]:
    befores = ["", *(name for name, _ in tags)]
    for (name, at), before in [*zip(tags, befores, strict=False)][-MOST_RELEASES:]:
        if at > since:
            range_of = [name, f"^{before}"] if before else [name]
            yield _release(at, tuple(read_commits(git, *range_of, "--no-merges")), contexts)


def _of_merges(git: Git, contexts: Collection[str], since: int) -> Iterator[Release]:
    done = git.run(
        "log", "--first-parent", "--merges", "--format=%H %ct", f"--since={since}",
        f"--max-count={MOST_RELEASES}", "HEAD", "--", ".",
    )  # fmt: skip
    for line in done.stdout.decode().splitlines():
        commit, at = line.split()
        brought = read_commits(git, commit, f"^{commit}^1", "--no-merges")
        yield _release(int(at), tuple(brought), contexts)


def _release(at: int, commits: tuple[Commit, ...], contexts: Collection[str]) -> Release:
    changed: dict[str, int] = {}
    reverted: set[str] = set()
    for one in commits:
        touched = contexts_of(one, contexts)
        if one.subject.startswith("Revert "):
            reverted |= touched
        for context in touched:
            changed[context] = max(changed.get(context, 0), one.committed)
    several = len(changed) > 1
    waited = several and max(changed.values()) - min(changed.values()) > HELD_UP
    rolled_back = several and bool(reverted) and reverted != set(changed)
    own = tuple(one for one in commits if one.parents)
    return Release(at, own, changed, several, waited or rolled_back)
