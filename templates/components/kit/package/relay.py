"""The relay: takes messages out of an outbox and delivers them, at least once.

Any number of relays, in any number of processes, may work on one outbox: each takes rows that no
other one holds. A crash before the commit releases the rows, so they are delivered again.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from uuid import UUID

import structlog
from opentelemetry.trace import SpanKind
from psycopg import sql
from psycopg.rows import class_row
from sqlalchemy import Table

from kit import deadline
from kit.database import Connection, Database
from kit.logs import describe
from kit.messages import Message
from kit.tracing import following, span

_log = structlog.get_logger()

_PURGE_EVERY_SECONDS = 600
_PURGED_AT_ONCE = 5_000
_LONGEST_DELAY_SECONDS = 300
_LOST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Policy:
    """How a relay works; the defaults give up after about half an hour."""

    batch: int = 100
    concurrency: int = 4
    poll_seconds: float = 1.0
    deadline_seconds: float = 30
    max_attempts: int = 14
    keep_delivered: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in an outbox: `oldest_seconds` is the age of the oldest undelivered message."""

    waiting: int
    oldest_seconds: float
    parked: int


class Relay:
    """Delivers one outbox; woken at once by the process that commits, else by polling."""

    def __init__(
        self,
        database: Database,
        table: Table,
        deliver: Callable[[Message], Awaitable[None]],
        policy: Policy | None = None,
        deliver_together: Callable[[Sequence[Message]], Awaitable[set[UUID]]] | None = None,
    ) -> None:
        """`deliver_together` is tried first with what waits; gives the ids of what it delivered."""
        self.name = f"{table.schema}.{table.name}"
        self._database = database
        self._deliver = deliver
        self._deliver_together = deliver_together
        self._policy = policy or Policy()
        self._statements = _Statements.on(table)
        self._woken = asyncio.Event()
        self._stopping = False
        self._purged_at = 0.0

    def wake(self) -> None:
        """Look now instead of at the next poll."""
        self._woken.set()

    def stop(self) -> None:
        """Let `run` return after the batch that it is at."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Deliver until `stop`; outlives a database that goes away, or takes no writes."""
        while not self._stopping:
            try:
                await self._work()
            except Exception as error:  # noqa: BLE001 - whatever it is, the messages still wait
                _log.warning("relay interrupted", relay=self.name, error=describe(error))
                # Who woke it while it had no connection must not make it try without a pause.
                if not self._stopping:
                    self._woken.clear()
                    await self._pause(_LOST_SECONDS)

    async def run_once(self) -> int:
        """Deliver what is due now, one batch; the number of messages that were tried."""
        async with self._database.dedicated() as connection:
            return await self._deliver_batch(connection)

    async def backlog(self) -> Backlog:
        """Count what waits and what was parked after too many attempts."""
        async with self._database.reading() as connection:
            cursor = connection.cursor(row_factory=class_row(Backlog))
            await cursor.execute(self._statements.backlog)
            found = await cursor.fetchone()
        return found or Backlog(0, 0, 0)

    async def _work(self) -> None:
        async with self._database.dedicated() as connection:
            # A batch waits for its handlers while its rows are locked.
            await connection.execute("SET idle_in_transaction_session_timeout = 0")
            while not self._stopping:
                self._woken.clear()
                tried = await self._deliver_batch(connection)
                await self._purge(connection)
                if tried < self._policy.batch:
                    await self._pause(self._policy.poll_seconds)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)

    async def _deliver_batch(self, connection: Connection) -> int:
        async with connection.transaction():
            cursor = connection.cursor()
            await cursor.execute(self._statements.take, (self._policy.batch,))
            taken = [
                (Message(*row[:5], occurred_at=row[5]), row[6]) for row in await cursor.fetchall()
            ]
            if not taken:
                return 0
            done = await self._attempt_together(taken)
            by_key: dict[str, list[tuple[Message, int]]] = {}
            for message, attempts in taken:
                if message.id not in done:
                    by_key.setdefault(message.key, []).append((message, attempts))
            slots = asyncio.Semaphore(self._policy.concurrency)
            outcomes = await asyncio.gather(
                *(self._deliver_in_order(group, slots) for group in by_key.values())
            )
            failures = [failure for each in outcomes for failure in each]
            failed = {failure["id"] for failure in failures}
            delivered = [message.id for message, _ in taken if message.id not in failed]
            await connection.execute(self._statements.delivered, (delivered,))
            if failures:
                await cursor.executemany(self._statements.failed, failures)
        return len(taken)

    async def _attempt_together(self, taken: Sequence[tuple[Message, int]]) -> set[UUID]:
        # The first of each key, that all keep their order; what failed before is tried alone.
        first: dict[str, tuple[Message, int]] = {}
        for message, attempts in taken:
            first.setdefault(message.key, (message, attempts))
        fresh = [message for message, attempts in first.values() if not attempts]
        if self._deliver_together is None or len(fresh) < 2:  # noqa: PLR2004 - one is not many
            return set()
        with (
            span(f"deliver {len(fresh)} messages", SpanKind.CONSUMER),
            following({message.key: message.headers for message in fresh}),
        ):
            try:
                async with deadline.within(self._policy.deadline_seconds):
                    return await self._deliver_together(fresh)
            except TimeoutError:
                return set()

    async def _deliver_in_order(
        self, group: list[tuple[Message, int]], slots: asyncio.Semaphore
    ) -> list[dict[str, object]]:
        failures = []
        for message, attempts in group:
            async with slots:
                error = await self._attempt(message)
            if error is not None:
                failures.append(self._failure(message, attempts + 1, error))
        return failures

    async def _attempt(self, message: Message) -> Exception | None:
        with (
            structlog.contextvars.bound_contextvars(message_id=str(message.id)),
            span(f"deliver {message.type}", SpanKind.CONSUMER, message.headers),
        ):
            try:
                async with deadline.within(self._policy.deadline_seconds):
                    await self._deliver(message)
            except Exception as error:  # noqa: BLE001 - stored and tried again
                return error
        return None

    def _failure(self, message: Message, attempts: int, error: Exception) -> dict[str, object]:
        parked = attempts >= self._policy.max_attempts
        spread = random.uniform(0.75, 1.25)  # noqa: S311 - no secret
        delay = min(0.25 * 2**attempts, _LONGEST_DELAY_SECONDS) * spread
        log = _log.error if parked else _log.warning
        log(
            "message parked" if parked else "message not delivered",
            relay=self.name,
            message_id=str(message.id),
            message_type=message.type,
            attempts=attempts,
            error=describe(error),
        )
        return {
            "id": message.id,
            "attempts": attempts,
            "delay": delay,
            "parked": parked,
            "error": describe(error),
        }

    async def _purge(self, connection: Connection) -> None:
        if monotonic() - self._purged_at < _PURGE_EVERY_SECONDS:
            return
        limits = (self._policy.keep_delivered, _PURGED_AT_ONCE)
        purged = await connection.execute(self._statements.purge, limits)
        # While there is more, the next turn goes on with it.
        if purged.rowcount < _PURGED_AT_ONCE:
            self._purged_at = monotonic()


@dataclass(frozen=True, slots=True)
class _Statements:
    take: sql.Composed
    delivered: sql.Composed
    failed: sql.Composed
    purge: sql.Composed
    backlog: sql.Composed

    @classmethod
    def on(cls, table: Table) -> "_Statements":
        name = sql.Identifier(*(part for part in (table.schema, table.name) if part))
        return cls(
            take=sql.SQL(
                "SELECT id, type, key, payload, headers, occurred_at, attempts FROM {}"
                " WHERE delivered_at IS NULL AND failed_at IS NULL AND next_attempt_at <= now()"
                " ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED"
            ).format(name),
            delivered=sql.SQL(
                "UPDATE {} SET delivered_at = clock_timestamp() WHERE id = ANY(%s)"
            ).format(name),
            failed=sql.SQL(
                "UPDATE {} SET attempts = %(attempts)s, last_error = %(error)s,"
                " next_attempt_at = clock_timestamp() + make_interval(secs => %(delay)s),"
                " failed_at = CASE WHEN %(parked)s THEN clock_timestamp() END WHERE id = %(id)s"
            ).format(name),
            purge=sql.SQL(
                "DELETE FROM {0} WHERE id IN (SELECT id FROM {0}"
                " WHERE delivered_at < now() - %s::interval LIMIT %s FOR UPDATE SKIP LOCKED)"
            ).format(name),
            # Each condition is an index's own: the table holds a week of what was delivered.
            backlog=sql.SQL(
                "SELECT waiting.count::int AS waiting, parked.count::int AS parked,"
                " coalesce(extract(epoch FROM now() - waiting.oldest), 0)::float AS oldest_seconds"
                " FROM (SELECT count(*), min(occurred_at) AS oldest FROM {0}"
                " WHERE delivered_at IS NULL AND failed_at IS NULL) AS waiting,"
                " (SELECT count(*) FROM {0} WHERE failed_at IS NOT NULL) AS parked"
            ).format(name),
        )
