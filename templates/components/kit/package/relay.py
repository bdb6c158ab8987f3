"""The relay: takes messages out of an outbox and delivers them, at least once.

Every message is tried once with each of its consumers, as soon as it is there. What a consumer does
not take it is owed from then on, and its lane tries that again, apart from what is new. So neither
a consumer that is away nor what waits for it keeps a message from another one.

Any number of relays, in any number of processes, may work on one outbox. Keys fall into shards; a
relay works on those whose advisory lock it gets, so that no two of them deliver one key at the same
time. A crash before the commit releases what was taken, so it is delivered again.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

import structlog
from psycopg import sql
from psycopg.rows import class_row
from sqlalchemy import Table, exists

from kit.background import Backoff, Periodic, purging
from kit.database import Connection, Database
from kit.lanes import Lane, Tell
from kit.logs import describe
from kit.messages import Consumer, Consumers, Message
from kit.outbox import owed_table
from kit.owed import Debt, Owed
from kit.tables import identifier

_log = structlog.get_logger()

_LOST_SECONDS = 1.0
_SHARDS = 256
# Another relay shall find something to do, and the server has a lock table of some thousands.
_SHARDS_AT_ONCE = 128
_LOOKED_AT = 2_000
# A batch waits for its consumers while its shards are locked. And a queue is read in the order of
# its index: its statistics are always old, and a plan by them sorts all that waits for each batch.
_SESSION = """
SET idle_in_transaction_session_timeout = 0; SET enable_sort = off; SET enable_bitmapscan = off
"""


@dataclass(frozen=True, slots=True)
class Policy:
    """How a relay works; the defaults give up after about half an hour.

    `deadline_seconds` for each call of a consumer, `concurrency` of which may wait at once.
    """

    batch: int = 100
    concurrency: int = 4
    poll_seconds: float = 1.0
    deadline_seconds: float = 30
    backoff: Backoff = field(default_factory=Backoff.doubling)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in an outbox, new or owed; the oldest message of it; what was given up."""

    waiting: int
    oldest_seconds: float
    parked: int


class Relay:
    """Delivers one outbox; woken at once by the process that commits, else by polling."""

    def __init__(
        self,
        database: Database,
        table: Table,
        consumers: Consumers,
        policy: Policy | None = None,
    ) -> None:
        self.name = f"{table.schema}.{table.name}"
        self._database = database
        self._table = table
        self._consumers = consumers
        self._policy = policy or Policy()
        self._statements = Statements.on(table)
        self._owed = Owed(database, table)
        self._lanes: dict[str, Lane] = {}
        self.woken = asyncio.Event()
        self.tell: Tell = lambda *_: None
        self._indebted = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Look now instead of at the next poll."""
        self.woken.set()

    def stop(self) -> None:
        """Let `run` return after the batch that it is at."""
        self._stopping = True
        self.woken.set()
        self._indebted.set()

    async def run(self) -> None:
        """Deliver until `stop`; outlives a database that goes away, or takes no writes."""
        owed = asyncio.create_task(self._pay())
        try:
            while not self._stopping:
                try:
                    await self._work()
                except Exception as error:  # noqa: BLE001 - whatever it is, the messages still wait
                    _log.warning("relay interrupted", relay=self.name, error=describe(error))
                    # Who woke it while it had no connection must not make it try without a pause.
                    if not self._stopping:
                        self.woken.clear()
                        await _pause(self.woken, _LOST_SECONDS)
            await owed
        finally:
            owed.cancel()

    async def run_once(self) -> int:
        """Try what is new, one batch, and what is owed and due; how many messages that were."""
        self.woken.clear()
        async with self._connected() as connection:
            tried = await self._deliver_batch(connection)
        return tried + await self.pay_once()

    async def pay_once(self) -> int:
        """Try what is owed and due, one batch for each consumer; how many messages that were."""
        return sum(await asyncio.gather(*(lane.run_once() for lane in self._all_lanes())))

    def purges(self, delivered: timedelta, parked: timedelta) -> list[Periodic]:
        """What deletes messages so long after they were delivered, or given up for a consumer."""
        outbox, owed = self._table.c, owed_table(self._table).c
        settled = ~exists().where(owed.position == outbox.position)
        return [
            purging(self._database, owed.failed_at, parked),
            purging(self._database, outbox.delivered_at, delivered, settled),
        ]

    async def backlog(self) -> Backlog:
        """Count what waits and what was parked after too many attempts."""
        async with self._database.reading() as connection:
            cursor = connection.cursor(row_factory=class_row(Backlog))
            await cursor.execute(self._statements.backlog)
            found = await cursor.fetchone()
        return found or Backlog(0, 0, 0)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Connection]:
        async with self._database.dedicated() as connection:
            await connection.execute(_SESSION)
            yield connection

    async def _work(self) -> None:
        async with self._connected() as connection:
            while not self._stopping:
                self.woken.clear()
                tried = await self._deliver_batch(connection)
                if not tried:
                    await _pause(self.woken, self._policy.poll_seconds)
                elif tried < self._policy.batch:
                    await asyncio.sleep(0.01)  # what comes meanwhile goes together

    async def _pay(self) -> None:
        """Start a lane for each consumer that is owed something; none waits for another."""
        running: dict[str, asyncio.Task[None]] = {}
        try:
            while not self._stopping:
                self._indebted.clear()
                names = [lane.name for lane in self._all_lanes()]
                try:
                    due = await self._owed.due_among(names) if names else ()
                except Exception as error:  # noqa: BLE001 - it is asked again
                    _log.warning("relay interrupted", relay=self.name, error=describe(error))
                    due = ()
                for name in due:
                    if name not in running or running[name].done():
                        running[name] = asyncio.create_task(self._lanes[name].run())
                await _pause(self._indebted, self._policy.poll_seconds)
        finally:
            for lane in self._lanes.values():
                lane.stop()
            await asyncio.gather(*running.values(), return_exceptions=True)

    async def _deliver_batch(self, connection: Connection) -> int:
        # In a pipeline BEGIN travels with what follows it, and COMMIT with what precedes it.
        async with connection.pipeline(), connection.transaction():
            shards = await self._lock(connection)
            if not shards:
                return 0
            cursor = await connection.execute(self._statements.take, (shards, self._policy.batch))
            taken = [
                _Taken(Message(*row[:5], occurred_at=row[5]), *row[6:])
                for row in await cursor.fetchall()
            ]
            if not taken:
                return 0
            debts = await self._offer(taken)
            if debts:
                await self._owed.add(connection, debts)
            positions = [each.position for each in taken]
            await connection.execute(self._statements.delivered, (positions,))
        if debts:
            self._indebted.set()
        return len(taken)

    async def _lock(self, connection: Connection) -> list[int]:
        """The shards that this relay may work on until the transaction ends.

        What is taken of them is a statement of its own, later: what another relay has delivered
        meanwhile must be seen as delivered.
        """
        locked = await connection.execute(self._statements.lock)
        return [shard for (shard,) in await locked.fetchall()]

    async def _offer(self, taken: Sequence["_Taken"]) -> list[Debt]:
        """Try each message with each of its consumers; what they have not taken."""
        by_consumer: dict[str, list[_Taken]] = {}
        for each in taken:
            for consumer in self._consumers.of(each.message.type):
                by_consumer.setdefault(consumer.name, []).append(each)
        debts = await asyncio.gather(
            *(self._lane(name).offer(group) for name, group in by_consumer.items())
        )
        return [debt for each in debts for debt in each]

    def _lane(self, name: str) -> Lane:
        if name not in self._lanes:
            self._all_lanes()
        return self._lanes[name]

    def _all_lanes(self) -> list[Lane]:
        """Of every consumer; those that subscribed after the relay was made, too."""
        for consumer in self._consumers.all():
            if consumer.name not in self._lanes:
                self._lanes[consumer.name] = self._new_lane(consumer)
        return list(self._lanes.values())

    def _new_lane(self, consumer: Consumer) -> Lane:
        policy = self._policy
        return Lane(
            consumer,
            self._owed,
            relay=self.name,
            tell=self.tell,
            batch=policy.batch,
            concurrency=policy.concurrency,
            deadline_seconds=policy.deadline_seconds,
            backoff=policy.backoff,
        )


async def _pause(woken: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(woken.wait(), seconds)


class _Taken(NamedTuple):
    """A message that is tried for the first time; those `behind` wait for an earlier one."""

    message: Message
    position: int
    behind: Sequence[str]


@dataclass(frozen=True, slots=True)
class Statements:
    """What a relay asks of an outbox."""

    lock: sql.Composed
    take: sql.Composed
    delivered: sql.Composed
    backlog: sql.Composed

    @staticmethod
    def taking(table: Table, columns: str) -> sql.Composed:
        """What is new in some shards, in its order; parameters are the shards and how many."""
        return sql.SQL(
            "SELECT {columns} FROM {outbox} AS outbox WHERE delivered_at IS NULL"
            " AND {shard} = ANY(%s) ORDER BY position LIMIT %s"
        ).format(columns=sql.SQL(columns).format(**_names(table)), **_names(table))

    @classmethod
    def on(cls, table: Table) -> "Statements":
        """The statements for a context's outbox."""
        names = _names(table)
        return cls(
            lock=sql.SQL(
                "WITH head AS MATERIALIZED (SELECT {shard} AS shard, min(position) AS first FROM"
                " (SELECT key, position FROM {outbox} WHERE delivered_at IS NULL"
                " ORDER BY position LIMIT {looked_at}) AS waiting GROUP BY 1 ORDER BY first)"
                " SELECT shard FROM head WHERE pg_try_advisory_xact_lock(hashtext({lock}), shard)"
                " LIMIT {at_once}"
            ).format(
                **names,
                looked_at=sql.Literal(_LOOKED_AT),
                lock=sql.Literal(f"relay of {table.schema}.{table.name}"),
                at_once=sql.Literal(_SHARDS_AT_ONCE),
            ),
            take=cls.taking(
                table,
                "id, type, key, payload, headers, occurred_at, position, coalesce("
                "(SELECT array_agg(DISTINCT owed.consumer) FROM {owed} AS owed"
                " WHERE owed.key = outbox.key AND owed.failed_at IS NULL), '{{}}')",
            ),
            delivered=sql.SQL(
                "UPDATE {outbox} SET delivered_at = clock_timestamp() WHERE position = ANY(%s)"
            ).format(**names),
            # Each condition is an index's own: the table holds a week of what was delivered.
            backlog=sql.SQL(
                "SELECT (fresh.count + owed.count)::int AS waiting, parked.count::int AS parked,"
                " coalesce(extract(epoch FROM now() - least(fresh.oldest, owed.oldest)), 0)::float"
                " AS oldest_seconds"
                " FROM (SELECT count(*), min(occurred_at) AS oldest FROM {outbox}"
                " WHERE delivered_at IS NULL) AS fresh,"
                " (SELECT count(*), (SELECT occurred_at FROM {outbox} AS first"
                " WHERE first.position = min(owed.position)) AS oldest FROM {owed} AS owed"
                " WHERE failed_at IS NULL) AS owed,"
                " (SELECT count(*) FROM {owed} WHERE failed_at IS NOT NULL) AS parked"
            ).format(**names),
        )


def _names(table: Table) -> dict[str, sql.Composable]:
    return {
        "outbox": identifier(table),
        "owed": identifier(owed_table(table)),
        "shard": sql.SQL("(hashtext(key) & {})").format(sql.Literal(_SHARDS - 1)),
    }
