"""What runs beside the requests, from start to a clean stop: relays, periodic work, purges."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy import (
    Column,
    ColumnElement,
    Delete,
    Table,
    any_,
    delete,
    func,
    literal_column,
    select,
)

from kit.database import Database
from kit.logs import describe

_log = structlog.get_logger()

_SPREAD = 0.25
_PURGE_EVERY = timedelta(minutes=10)
_PURGED_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Backoff:
    """Delays in seconds, one for each failed attempt; after one more failure it is given up."""

    delays: Sequence[float]

    @classmethod
    def doubling(cls, first: float = 0.5, longest: float = 60, attempts: int = 36) -> "Backoff":
        """Delays that double from `first` up to `longest`; given up after so many attempts."""
        return cls([min(first * 2.0 ** min(n, 32), longest) for n in range(attempts - 1)])

    def after(self, attempts: int) -> float | None:
        """How long to wait after so many failed attempts; None when it is time to give up.

        About as long, so that what failed together is not tried again together.
        """
        if attempts > len(self.delays):
            return None
        return self.delays[attempts - 1] * random.uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311 - no secret


class Loop(Protocol):
    """What runs until it is asked to stop: a relay, a consumer."""

    name: str

    async def run(self) -> None:
        """Work until `stop`."""

    async def run_once(self) -> int:
        """Do what is to be done now, one batch; how many messages that were."""

    def stop(self) -> None:
        """Let `run` return after what it is at."""


@dataclass(frozen=True, slots=True)
class Periodic:
    """A use case that is run again and again; how often, and its name in the log.

    What returns True has more to do and is run again at once. What failed is tried again after
    `after_failure`, where that is given.
    """

    name: str
    run: Callable[[], Awaitable[object]]
    every: timedelta
    after_failure: timedelta | None = None


class Background:
    """Any number of processes may run the same work at once: every piece of it allows that."""

    def __init__(self, loops: Sequence[Loop], periodic: Sequence[Periodic]) -> None:
        self.loops = loops
        self.periodic = periodic
        self._looping: list[asyncio.Task[None]] = []
        self._repeating: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()

    def start(self) -> None:
        """Begin; needs a running event loop."""
        self._looping = [asyncio.create_task(loop.run()) for loop in self.loops]
        self._repeating = [asyncio.create_task(self._repeat(work)) for work in self.periodic]

    def stop_soon(self) -> None:
        """Let everything end after what it is at."""
        self._stopping.set()
        for loop in self.loops:
            loop.stop()

    async def stop(self, within: timedelta) -> None:
        """As `stop_soon`; returns when all has ended. What takes longer is cancelled."""
        self.stop_soon()
        tasks = [*self._looping, *self._repeating]
        if tasks:
            await asyncio.wait(tasks, timeout=within.total_seconds())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def failed(self) -> list[str]:
        """The loops that run no more though nobody stopped them; empty while all is well."""
        running = zip(self.loops, self._looping, strict=False)
        return [loop.name for loop, task in running if task.done()]

    async def _repeat(self, work: Periodic) -> None:
        while not self._stopping.is_set():
            pause = work.every
            try:
                if await work.run() is True:
                    continue
            except Exception as error:  # noqa: BLE001 - the next round may succeed
                _log.warning("periodic work failed", work=work.name, error=describe(error))
                pause = work.after_failure or pause
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause.total_seconds())


def removal(
    table: Table,
    *conditions: ColumnElement[bool],
    at_most: int,
    order: ColumnElement[Any] | None = None,
) -> Delete:
    """Removes a batch of the rows that nobody holds, for whoever holds one may change it."""
    place: ColumnElement[Any] = literal_column("ctid")
    batch = (
        select(place)
        .select_from(table)
        .where(*conditions)
        .order_by(order)
        .limit(at_most)
        .with_for_update(skip_locked=True)
        .correlate(None)
        .scalar_subquery()
    )
    # As an array, it is looked for once: a plan may run `IN (SELECT ... LIMIT ...)` for every row.
    return delete(table).where(place == any_(func.array(batch)))


def purging(
    database: Database, since: Column[Any], keep: timedelta, *only: ColumnElement[bool]
) -> Periodic:
    """Delete rows of the column's table that are older than `keep`, counted from the column.

    Each batch is a transaction; while there is more, the next one follows at once. Rows that
    somebody holds are left for later. The column needs an index, which may have the conditions
    `only`.
    """
    table = since.table
    statement = removal(
        table, since < func.now() - keep, *only, order=since, at_most=_PURGED_AT_ONCE
    )

    async def purge() -> bool:
        async with database.sessions.begin() as session:
            purged = await (await session.connection()).execute(statement)
        return purged.rowcount == _PURGED_AT_ONCE

    return Periodic(f"purge {table.fullname} by {since.name}", purge, _PURGE_EVERY)
