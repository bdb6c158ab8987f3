"""How many rows of a context stand in each state, for its metrics."""

import asyncio
import math
from collections.abc import Mapping
from datetime import timedelta
from time import monotonic
from typing import Any, Final

from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from kit.clock import utc_now
from kit.metrics import Metrics

# To count reads every row: so not at each scrape, and for long of none whose rows are too many.
_EVERY_SECONDS: Final = 60.0
_AGAIN_SECONDS: Final = 600.0
DEADLINE_SECONDS: Final = 0.5


class RowsByState:
    """The rows of entities that have states: of each its name, and its table."""

    def __init__(
        self, sessions: async_sessionmaker[AsyncSession], context: str, tables: Mapping[str, Table]
    ) -> None:
        self._sessions = sessions
        self._context = context
        self._tables = tables
        self.due = -math.inf
        self._failed = False

    def show(self, metrics: Metrics) -> None:
        """Add them to the process's metrics; those that take too long are not shown."""
        labels = ("entity", "state")
        rows = metrics.gauge(f"{self._context}_rows", "Rows in a state.", labels)
        oldest = metrics.gauge(
            f"{self._context}_oldest_row_seconds", "How long a row has not left its state.", labels
        )

        async def look() -> None:
            if monotonic() >= self.due:
                self.due, self._failed = monotonic() + _AGAIN_SECONDS, True
                async with asyncio.timeout(DEADLINE_SECONDS):
                    for entity, table in self._tables.items():
                        for state, (count, seconds) in (await self._count(table)).items():
                            rows.labels(entity, state).set(count)
                            oldest.labels(entity, state).set(seconds)
                self.due, self._failed = monotonic() + _EVERY_SECONDS, False
            if self._failed:
                raise TimeoutError(f"rows of {self._context} were not counted")

        metrics.on_scrape(look, rows, oldest)

    async def _count(self, table: Table) -> dict[str, tuple[int, float]]:
        status, now = table.c.status, utc_now()
        counted = select(status, func.count(), func.min(table.c.updated_at)).group_by(status)
        kind: Any = status.type  # EnumText, of either database
        found = dict.fromkeys(kind.enum, (0, 0.0))
        async with self._sessions() as session:
            for state, count, since in await session.execute(counted):
                found[state] = count, max(0.0, (now - since) / timedelta(seconds=1))
        return found
