"""How many people change a project, and how many teams; no name leaves this module."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pathspec import PathSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from blueprint_cli.reviewing.commits import DAY, MONTH, QUARTER, contexts_of
from blueprint_cli.reviewing.figures import Figure, unknown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from blueprint_cli.git.command import Git
    from blueprint_cli.reviewing.commits import Commit

CODEOWNERS: Final = ("CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
TEAM: Final = re.compile(r"@[\w.-]+/[\w./-]+")
Owner = tuple[PathSpec[GitIgnoreSpecPattern], tuple[str, ...]]

OF_PEOPLE: Final = ("developers", "developers_of_a_month", "most_people_in_a_context")
OF_TEAMS: Final = ("teams", "teams_of_a_month", "people_per_team")


def people_of(
    recent: Sequence[Commit], contexts: Collection[str], now: int, first: int
) -> Iterator[Figure]:
    """Yield how many people changed a project, of the commits of a quarter.

    ``now`` and ``first`` are seconds: today's end, and when the project began.
    """
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
        for context in contexts_of(one, contexts):
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


def teams_of(git: Git, root: Path, recent: Sequence[Commit], now: int) -> Iterator[Figure]:
    """Git knows people; which of them are a team only CODEOWNERS says."""
    owners, prefix = _owners(git, root)
    if len({team for _, teams in owners for team in teams}) < 2:  # noqa: PLR2004 - two are several
        why = "git knows people, and no CODEOWNERS names two teams or more"
        yield from (unknown(name, why, "git") for name in OF_TEAMS)
        return

    def changing(since: int) -> set[str]:
        paths = {path for one in recent if one.committed > since for path in one.paths}
        return {team for path in paths for team in _owning(prefix + path, owners)}

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


def _owners(git: Git, root: Path) -> tuple[list[Owner], str]:
    """Return who owns what, the last that fits counts; and what its paths begin with.

    The repository's file goes before one in the project's folder, which a host may not read.
    """
    top = Path(git.word("rev-parse", "--show-toplevel"))
    prefix = git.word("rev-parse", "--show-prefix")
    places = [(top / name, prefix) for name in CODEOWNERS]
    places += [(root / name, "") for name in CODEOWNERS]
    file, prefix = next((one for one in places if one[0].is_file()), (None, ""))
    if file is None:
        return [], ""
    found = []
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.split("#")[0].split()
        if words and not words[0].startswith(("[", "^[")):
            teams = tuple(one for one in words[1:] if TEAM.fullmatch(one))
            found.append((PathSpec.from_lines(GitIgnoreSpecPattern, [words[0]]), teams))
    return found, prefix


def _owning(path: str, owners: Sequence[Owner]) -> tuple[str, ...]:
    return next((teams for spec, teams in reversed(owners) if spec.match_file(path)), ())
