"""What runs beside the requests: relays and periodic work, from start to a clean stop."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from kit.logs import describe

_log = structlog.get_logger()


class Loop(Protocol):
    """What runs until it is asked to stop: a relay, a consumer."""

    name: str

    async def run(self) -> None:
        """Work until `stop`."""

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
        self._loops = loops
        self._periodic = periodic
        self._looping: list[asyncio.Task[None]] = []
        self._repeating: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()

    def start(self) -> None:
        """Begin; needs a running event loop."""
        self._looping = [asyncio.create_task(loop.run()) for loop in self._loops]
        self._repeating = [asyncio.create_task(self._repeat(work)) for work in self._periodic]

    def stop_soon(self) -> None:
        """Let everything end after what it is at."""
        self._stopping.set()
        for loop in self._loops:
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
        running = zip(self._loops, self._looping, strict=False)
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
