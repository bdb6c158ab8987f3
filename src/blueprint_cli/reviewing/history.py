"""What git tells of a project: releases, lead time, and how many people change it.

People are counted by their e-mail addresses, as the mailmap joins them; no name leaves this module.
"""

from __future__ import annotations

import datetime as dt
import re
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pathspec import PathSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from blueprint_cli.errors import GitFailed
from blueprint_cli.git.command import IN_THE_PROJECT, Git
from blueprint_cli.layout import IDENTITY
from blueprint_cli.reviewing.figures import Figure, unknown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

QUARTER: Final = 90
MONTH: Final = 30
DAY: Final = 86_400
# A history that is younger says nothing of how often somebody releases.
LEAST_DAYS: Final = 7
MOST_RELEASES: Final = 300
# What is ready so many seconds before another context's change waited for it.
HELD_UP: Final = DAY
BOT: Final = re.compile(
    r"\[bot\]|(?:^|[-_ .+])bot(?:$|[-_ .@])"
    r"|^(?:dependabot|renovate|github-actions|pre-commit-ci)\b",
    re.IGNORECASE,
)
FIELDS: Final = "--format=%x01%H%x1f%P%x1f%at%x1f%ct%x1f%aN%x1f%aE%x1f%s"
CODEOWNERS: Final = ("CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
TEAM: Final = re.compile(r"@[\w.-]+/[\w./-]+")
# Folders in which each context has one of its own.
OF_CONTEXTS: Final = ("src", "services", "tests")

Owner = tuple[PathSpec[GitIgnoreSpecPattern], tuple[str, ...]]

OF_PEOPLE: Final = ("developers", "developers_of_a_month", "most_people_in_a_context")
OF_RELEASES: Final = (
    "releases_a_month",
    "lead_time_hours",
    "releases_held_up_a_month",
    "releases_of_several_percent",
)
OF_TEAMS: Final = ("teams", "teams_of_a_month", "people_per_team")


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


@dataclass(frozen=True, slots=True)
class Release:
    """What became public at once; ``contexts`` have the last moment at which each was changed."""

    at: int
    commits: tuple[Commit, ...]
    contexts: dict[str, int]
    several: bool
    held_up: bool


def figures_of(root: Path, contexts: Collection[str], *, today: dt.date) -> tuple[Figure, ...]:
    """Return what git tells of a project; with the reason where it tells nothing.

    Args:
        root: the project's folder, which may be one in a larger repository.
        contexts: the names of its contexts.
        today: the day to which all of it counts.
    """
    git = Git(root, settings=(*IN_THE_PROJECT, "core.quotePath=false"))
    why = _why_not(git)
    if why:
        return tuple(unknown(name, why, "git") for name in (*OF_PEOPLE, *OF_TEAMS, *OF_RELEASES))
    tomorrow = dt.datetime.combine(today + dt.timedelta(days=1), dt.time(), dt.UTC)
    now = int(tomorrow.timestamp())
    first = int(git.run("log", "--reverse", "--format=%ct", "--", ".").stdout.split()[0])
    recent = [
        one
        for one in _commits(git, "HEAD", "--no-merges", f"--since={now - QUARTER * DAY}")
        if not one.robot
    ]
    return (
        *_people(recent, contexts, now, first),
        *_teams(git, root, recent, now),
        *_releases(git, contexts, now, first),
    )


def _why_not(git: Git) -> str:
    """Say why the history tells nothing; empty where it does."""
    try:
        if git.word("rev-parse", "--is-inside-work-tree") != "true":
            return "there is no git repository"
        if git.word("rev-parse", "--is-shallow-repository") == "true":
            return "the clone is shallow: git fetch --unshallow"
        if not git.word("rev-parse", "--verify", "--quiet", "HEAD"):
            return "there is no commit yet"
        if not git.run("log", "-1", "--format=%H", "--", ".", check=False).stdout:
            return "no commit has touched it"
    except (GitFailed, OSError) as error:
        return str(error)
    return ""


def _commits(git: Git, *which: str) -> list[Commit]:
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


def _of_contexts(commit: Commit, contexts: Collection[str]) -> set[str]:
    """Return the contexts that a commit changes: none for the first, and for an update's."""
    if not commit.parents or IDENTITY in commit.paths:
        return set()
    found = set()
    for path in commit.paths:
        parts = path.split("/")
        if len(parts) > 2 and parts[0] in OF_CONTEXTS:  # noqa: PLR2004 - folder, context, file
            found.add(parts[1].replace("-", "_"))
    return found & set(contexts)


def _people(
    recent: Sequence[Commit], contexts: Collection[str], now: int, first: int
) -> Iterator[Figure]:
    quarter, month = f"git, {QUARTER} days", f"git, {MONTH} days"
    counted = "authors of commits, joined by the mailmap, without bots"
    if not recent or now - first < MONTH * DAY:
        why = f"nobody has committed in {QUARTER} days"
        if recent:  # Who joins a project of a few days will come.
            why = f"the history is younger than {MONTH} days"
        yield from (unknown(name, why, "git") for name in OF_PEOPLE)
        return
    everyone = {one.who for one in recent}
    lately = {one.who for one in recent if one.committed > now - MONTH * DAY}
    yield Figure(
        name="developers", value=len(everyone), unit="people", source=quarter, query=counted
    )
    yield Figure(
        name="developers_of_a_month", value=len(lately), unit="people", source=month, query=counted
    )
    by_context: dict[str, set[str]] = {}
    for one in recent:
        for context in _of_contexts(one, contexts):
            by_context.setdefault(context, set()).add(one.who)
    if by_context:
        yield Figure(
            name="most_people_in_a_context",
            value=max(len(people) for people in by_context.values()),
            unit="people",
            source=quarter,
            query=f"{counted}, in the folder of one context",
        )
    else:
        yield unknown("most_people_in_a_context", "no context's folder was changed", "git")


def _teams(git: Git, root: Path, recent: Sequence[Commit], now: int) -> Iterator[Figure]:
    """Git knows people; which of them are a team only CODEOWNERS says."""
    owners = _owners(git, root)
    if len({team for _, teams in owners for team in teams}) < 2:  # noqa: PLR2004 - two are several
        why = "git knows people, and no CODEOWNERS names two teams or more"
        yield from (unknown(name, why, "git") for name in OF_TEAMS)
        return

    def changing(since: int) -> set[str]:
        paths = {path for one in recent if one.committed > since for path in one.paths}
        return {team for path in paths for team in _owning(path, owners)}

    quarter, month = changing(now - QUARTER * DAY), changing(now - MONTH * DAY)
    query = "teams of CODEOWNERS whose files were changed"
    yield Figure(
        name="teams",
        value=len(quarter) or None,
        unit="teams",
        source=f"git, {QUARTER} days",
        query=query,
        why="" if quarter else "no file of a team was changed",
    )
    yield Figure(
        name="teams_of_a_month",
        value=len(month),
        unit="teams",
        source=f"git, {MONTH} days",
        query=query,
    )
    if quarter:
        yield Figure(
            name="people_per_team",
            value=round(len({one.who for one in recent}) / len(quarter), 1),
            unit="people",
            source=f"git, {QUARTER} days",
            query="authors of commits by teams of CODEOWNERS",
        )
    else:
        yield unknown("people_per_team", "no file of a team was changed", "git")


def _owners(git: Git, root: Path) -> list[Owner]:
    """Return who owns what, the last that fits counts; patterns are from the repository's root."""
    top = git.word("rev-parse", "--show-toplevel")
    folders = [root, *([Path(top)] if top else [])]
    file = next(
        (path for folder in folders for name in CODEOWNERS if (path := folder / name).is_file()),
        None,
    )
    if file is None:
        return []
    found = []
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.split("#")[0].split()
        if words and not words[0].startswith(("[", "^[")):
            teams = tuple(one for one in words[1:] if TEAM.fullmatch(one))
            found.append((PathSpec.from_lines(GitIgnoreSpecPattern, [words[0]]), teams))
    return found


def _owning(path: str, owners: Sequence[Owner]) -> tuple[str, ...]:
    return next((teams for spec, teams in reversed(owners) if spec.match_file(path)), ())


def _releases(git: Git, contexts: Collection[str], now: int, first: int) -> Iterator[Figure]:
    days = min(QUARTER, (now - first) / DAY)
    if days < LEAST_DAYS:
        why = f"the history is younger than {LEAST_DAYS} days"
        yield from (unknown(name, why, "git") for name in OF_RELEASES)
        return
    since = now - QUARTER * DAY
    line = _commits(git, "HEAD", "--first-parent", "-m", f"--since={since}")
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
    touched = [found for one in changes if (found := _of_contexts(one, contexts))]
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
            yield _release(at, tuple(_commits(git, *range_of, "--no-merges")), contexts)


def _of_merges(git: Git, contexts: Collection[str], since: int) -> Iterator[Release]:
    done = git.run(
        "log", "--first-parent", "--merges", "--format=%H %ct", f"--since={since}",
        f"--max-count={MOST_RELEASES}", "HEAD", "--", ".",
    )  # fmt: skip
    for line in done.stdout.decode().splitlines():
        commit, at = line.split()
        brought = _commits(git, commit, f"^{commit}^1", "--no-merges")
        yield _release(int(at), tuple(brought), contexts)


def _release(at: int, commits: tuple[Commit, ...], contexts: Collection[str]) -> Release:
    changed: dict[str, int] = {}
    reverted: set[str] = set()
    for one in commits:
        touched = _of_contexts(one, contexts)
        if one.subject.startswith("Revert "):
            reverted |= touched
        for context in touched:
            changed[context] = max(changed.get(context, 0), one.committed)
    several = len(changed) > 1
    waited = several and max(changed.values()) - min(changed.values()) > HELD_UP
    rolled_back = several and bool(reverted) and reverted != set(changed)
    own = tuple(one for one in commits if one.parents)
    return Release(at, own, changed, several, waited or rolled_back)
