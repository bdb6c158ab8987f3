"""The three things that can be asked of a fleet, each of all its projects at once."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from blueprint_cli.errors import BlueprintError
from blueprint_cli.fleet.branching import Made, by_repository, land, made_for, not_branched
from blueprint_cli.fleet.candidate import Candidate
from blueprint_cli.fleet.holding import holdings_of
from blueprint_cli.fleet.lag import Lag
from blueprint_cli.fleet.pool import each_done
from blueprint_cli.fleet.standing import not_looked_at, standings_of
from blueprint_cli.fleet.trial import not_tried, trials_of
from blueprint_cli.interruption import ignore_signals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from blueprint_cli.fleet.members import Member
    from blueprint_cli.fleet.standing import Standing
    from blueprint_cli.fleet.trial import Trial
    from blueprint_cli.standards.standard import Standard

Task = TypeVar("Task")
Answer = TypeVar("Answer")


def _quietly(_done: int, _total: int) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Running:
    """How many processes there are, 0 for one a core, and who is told how many are done."""

    jobs: int = 0
    progress: Callable[[int, int], None] = _quietly


def standings(
    members: Sequence[Member], *, online: bool = False, running: Running
) -> list[Standing]:
    """Return how each project stands; ``online`` asks hosts for later versions."""

    def failed(member: Member, error: BlueprintError) -> list[Standing]:
        return [not_looked_at(member, error)]

    with _scratch() as folder:
        lag = Lag(folder, online=online)
        found = _all_of(standings_of, members, failed, folder, running)
        return [lag.told(one) for each in found for one in each]


def trials(
    members: Sequence[Member],
    candidate: Candidate | Standard,
    *,
    patch: bool,
    running: Running,
    kept: Callable[[Trial], Trial],
) -> list[Trial]:
    """Return what a candidate would do to each project; ``patch`` asks for every changed line.

    A standard changes nothing: what `check` would find is what it does.

    ``kept`` gets each as soon as it is there, and returns what is kept of it.
    """

    def failed(member: Member, error: BlueprintError) -> list[Trial]:
        return [not_tried(member, error)]

    def kept_of(found: list[Trial]) -> list[Trial]:
        return [kept(one) for one in found]

    with _scratch() as folder:
        if isinstance(candidate, Candidate):
            candidate.refresh(members, folder)
            tried = partial(trials_of, candidate, patch=patch)
        else:
            tried = partial(holdings_of, candidate)
        found = _all_of(tried, members, failed, folder, running, kept=kept_of)
        return [one for each in found for one in each]


def branches(
    members: Sequence[Member], candidate: Candidate, branch: str, *, running: Running
) -> list[Made]:
    """Make a branch in each repository that has an update which needs nobody.

    All are made, or where it is interrupted before, none.
    """

    def failed(repository: tuple[Member, ...], error: BlueprintError) -> Made:
        return Made(projects=tuple(not_branched(member, error) for member in repository))

    with _scratch() as folder:
        candidate.refresh(members, folder)
        repositories = by_repository(members)
        committed = partial(made_for, candidate, branch)
        made = _all_of(committed, repositories, failed, folder, running)
        ignore_signals()
        return [land(one, branch) for one in made]


def _all_of(  # noqa: PLR0913 - what differs between the three
    function: Callable[[Task], Answer],
    tasks: Sequence[Task],
    failed: Callable[[Task, BlueprintError], Answer],
    folder: Path,
    running: Running,
    *,
    kept: Callable[[Answer], Answer] = lambda answer: answer,
) -> list[Answer]:
    """Return what every task gave, in their order."""
    answers: dict[int, Answer] = {}
    for number, given in each_done(function, tasks, folder, jobs=running.jobs):
        answer = failed(tasks[number], given) if isinstance(given, BlueprintError) else given
        answers[number] = kept(answer)
        running.progress(len(answers), len(tasks))
    return [answers[number] for number in range(len(tasks))]


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(
        prefix="blueprint-fleet-", ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)
