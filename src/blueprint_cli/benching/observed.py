"""What a bench saw beside its answers: processes, outboxes, effects of events, what settled."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.benching.effects import EventTime, Settled, endings, event_times, settled
from blueprint_cli.benching.moments import clock_was_set
from blueprint_cli.benching.operators import Backlog, announced, look
from blueprint_cli.benching.processes import Process, processes
from blueprint_cli.benching.project import PYTHON
from blueprint_cli.benching.recorded import Recorded, read_recorded
from blueprint_cli.growth import grows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from blueprint_cli.benching.dashboards import Shown
    from blueprint_cli.benching.project import RunningProject
    from blueprint_cli.benching.run import Bench
    from blueprint_cli.benching.watch import Sample, Watch
    from blueprint_cli.spec.model import Spec

# A message that waits longer than that at the SLO's rate is late; one that waits longer than
# GROWING_SECONDS, and ever longer, will be.
LIMIT_SECONDS: Final = 10.0
GROWING_SECONDS: Final = 2.0
LEAST_GROWTH: Final = 0.02
# So long a project may take, without load, to deliver what it owes.
REST_SECONDS: Final = 10.0
# Events a second by which a consumer falls behind where it handles none.
LEAST_BEHIND: Final = 0.1
LOOK_SECONDS: Final = 0.25
# Folders of `make dev`'s state, of embedded servers that say there where they are.
SERVERS: Final = ("postgres", "mariadb")


@dataclass(frozen=True, slots=True)
class Outbox:
    """The outboxes together: ages of their oldest message, in seconds, while the rate was held.

    ``pending_end`` messages waited still after the load had rested. ``starved`` says in words what
    is wrong, and ``name`` with which of them; empty where nothing is.
    """

    oldest_seconds_max: float
    oldest_seconds_end: float
    pending_end: int
    starved: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Behind:
    """A consumer that fell behind while the rate was held: the events that waited for it still."""

    consumer: str
    events: int


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen while the SLO's rate was held; ``samples`` are those of the whole run.

    ``silent`` are the processes that did not answer after the load had rested; ``dashboards`` what
    the project's own show of it, where somebody asked for that. ``unknown`` says why what events
    and outboxes showed is not known, empty where it is.
    """

    processes: tuple[Process, ...] = ()
    outbox: Outbox | None = None
    events: tuple[EventTime, ...] = ()
    settled: tuple[Settled, ...] = ()
    samples: tuple[Sample, ...] = ()
    behind: tuple[Behind, ...] = ()
    silent: tuple[str, ...] = ()
    dashboards: tuple[Shown, ...] = ()
    unknown: str = ""


class Seen:
    """A running project, as those who operate it see it."""

    def __init__(self, project: RunningProject) -> None:
        self._project = project
        self.processes = announced(project.log.read_text(encoding="utf-8", errors="replace"))
        self._left: Backlog | None = None

    async def rest(self) -> None:
        """Wait until nothing waits in it any more, or it had its time."""
        self._left = await rest(self.processes)

    def observed(self, found: Bench, spec: Spec, watch: Watch) -> Observed:
        """Return what was seen while the SLO's rate was held."""
        project = self._project
        if unknown := clock_was_set():
            seen = observed(found, spec, watch.samples(), self._left)
            return replace(seen, outbox=None, settled=(), unknown=unknown)
        python = project.root.absolute() / PYTHON
        said = Recorded()
        for server in SERVERS:
            url = Path(project.environment["DEV_STATE"]) / server / "url"
            if url.is_file():
                said += read_recorded(python, project.root, url.read_text(), found.at_slo.began)
        return observed(found, spec, watch.samples(), self._left, said)


async def rest(processes: Mapping[str, str]) -> Backlog:
    """Wait until nothing waits in a project any more, or it had its time; return what does."""
    deadline = time.monotonic() + REST_SECONDS
    while True:
        found = await asyncio.to_thread(look, processes)
        if not found.waits or time.monotonic() > deadline:
            return found
        await asyncio.sleep(LOOK_SECONDS)


def observed(
    found: Bench,
    spec: Spec,
    samples: Sequence[Sample],
    left: Backlog | None = None,
    said: Recorded | None = None,
) -> Observed:
    """Return what was seen while the SLO's rate was held.

    Args:
        found: the bench, which says when that was.
        spec: the project's.
        samples: of the whole run.
        left: what waited after the load had rested; None where nobody knows.
        said: what the databases recorded; None where they cannot be read.
    """
    step = found.at_slo
    begin, end = step.began, step.began + step.seconds
    held = [one for one in samples if begin <= one.at <= end]
    said = said or Recorded()
    return Observed(
        processes(held),
        outbox(held, left),
        event_times(said, begin, end),
        settled(said, endings(spec), begin, end),
        tuple(samples),
        behind(held, left),
        left.silent if left else (),
    )


def outbox(held: Sequence[Sample], left: Backlog | None) -> Outbox | None:
    """Judge the outboxes by the ages that were seen; None where no process told of one."""
    seen = [(one.at, one.backlog) for one in held if one.backlog and one.backlog.outboxes]
    if not seen and not (left and left.outboxes):
        return None
    points = [(at, backlog.oldest_seconds) for at, backlog in seen]
    last = seen[-1][1] if seen else Backlog()
    name, starved = _starved(last, points) or _undelivered(left or Backlog()) or ("", "")
    return Outbox(
        round(max((age for _, age in points), default=0.0), 3),
        round(last.oldest_seconds, 3),
        left.messages if left else last.messages,
        starved,
        name,
    )


def behind(held: Sequence[Sample], left: Backlog | None) -> tuple[Behind, ...]:
    """Return the consumers that fell ever further behind, and had not caught up after a rest.

    What a consumer has not confirmed proves nothing by itself, for that may stand still.
    """
    found = []
    for consumer, events in sorted(left.unread.items() if left else ()):
        points = [
            (one.at, float(one.backlog.unread[consumer]))
            for one in held
            if one.backlog and consumer in one.backlog.unread
        ]
        if events and grows(points, LEAST_BEHIND):
            found.append(Behind(consumer, events))
    return tuple(found)


def _starved(last: Backlog, points: Sequence[tuple[float, float]]) -> tuple[str, str] | None:
    """Say which outbox is not kept up with, and how; None where each is."""
    late = last.oldest_seconds
    if late <= LIMIT_SECONDS and (late <= GROWING_SECONDS or not grows(points, LEAST_GROWTH)):
        return None
    worst = max(last.outboxes, key=lambda one: one.oldest_seconds)
    return worst.outbox, (
        f"the oldest message of {worst.outbox} had waited {late:.0f} s, with {worst.messages} "
        "messages waiting: its relay does not keep up"
    )


def _undelivered(left: Backlog) -> tuple[str, str] | None:
    """Say in which outboxes something was after a rest, and what; None where in none."""
    waits = [one for one in left.outboxes if one.messages]
    if not waits:
        return None
    where = [f"{one.messages} messages in {one.outbox}" for one in waits]
    return ", ".join(one.outbox for one in waits), (
        f"{REST_SECONDS:g} s after the load had ended, {' and '.join(where)} waited still"
    )
