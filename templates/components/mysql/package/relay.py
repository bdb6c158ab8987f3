"""The relay of an outbox on MySQL: as kit.relay, but that one relay at a time has the turn.

Locks by name are those of one node. So whose turn it is stands in a row, which Galera certifies: of
two nodes one writes it. The turn ends by itself, lest a process that died keeps
it. So a relay that was stopped for longer in the middle of a batch, as a laptop's is, may deliver
what another one delivers, too: at least once, as everywhere, and each consumer's inbox knows it.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final, cast

from sqlalchemy import (
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from kit import owed as kit_owed
from kit import relay as kit_relay
from kit.background import Periodic
from kit.clock import new_id, utc_now
from kit.messages import Consumers, Message
from kit.mysql.background import purging
from kit.mysql.database import Database, is_deadlock
from kit.outbox import STORED
from kit.owed import Debt, Leased
from kit.relay import Backlog, Policy, _Taken

# Longer than a batch may take with consumers that do not answer.
_TURN: Final = timedelta(seconds=30)


class Relay(kit_relay.Relay):
    """Delivers one outbox; woken at once by the process that commits, else by polling."""

    def __init__(
        self,
        database: Database,
        table: Table,
        consumers: Consumers,
        policy: Policy | None = None,
    ) -> None:
        # Of the other's what speaks of PostgreSQL is not used.
        super().__init__(cast("Any", database), table, consumers, policy)
        self.name = f"{database.context}.{table.name}"
        self._on_mysql = database
        self._outbox = table
        self._debts = table.metadata.tables[f"{table.name}_owed"]
        self._turns = table.metadata.tables[f"{table.name}_turn"]
        self._me = new_id()
        self._owed = Owed(database, table)

    def purges(self, delivered: timedelta, parked: timedelta) -> list[Periodic]:
        """What deletes messages so long after they were delivered, or given up for a consumer."""
        outbox, owed = self._outbox.c, self._debts.c
        settled = ~exists().where(owed.position == outbox.position)
        return [
            purging(self._on_mysql, owed.failed_at, parked),
            purging(self._on_mysql, outbox.delivered_at, delivered, settled),
        ]

    async def backlog(self) -> Backlog:
        """Count what waits and what was parked after too many attempts."""
        outbox, owed = self._outbox.c, self._debts.c
        first = select(func.min(owed.position)).where(owed.failed_at.is_(None)).scalar_subquery()
        statements = (
            select(func.count(), func.min(outbox.occurred_at)).where(outbox.delivered_at.is_(None)),
            select(func.count(), func.min(outbox.occurred_at)).where(outbox.position == first),
            select(func.count()).where(owed.failed_at.is_(None)),
            select(func.count()).where(owed.failed_at.is_not(None)),
        )
        async with self._on_mysql.reading() as connection:
            fresh, oldest, waiting, parked = [
                (await connection.execute(each)).one() for each in statements
            ]
        times = [each for each in (fresh[1], oldest[1]) if each is not None]
        seconds = (utc_now() - min(times)).total_seconds() if times else 0.0
        return Backlog(fresh[0] + waiting[0], max(0.0, seconds), parked[0])

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        # A batch takes a connection as it needs one: none is held while consumers work.
        yield None

    async def _deliver_batch(self, connection: Any) -> int:
        del connection
        if not await self._take_turn():
            return 0
        taken = await self._waiting()
        debts = await self._offer(taken) if taken else []
        async with self._on_mysql.sessions.begin() as session:
            if taken:
                done = self._outbox.c.position.in_([each.position for each in taken])
                now = {"delivered_at": utc_now()}
                await session.execute(update(self._outbox).where(done), now)
            if debts:
                await session.execute(insert(self._debts), [row_of(each) for each in debts])
            await self._end_turn(session)
        if debts:
            self._indebted.set()
        return len(taken)

    async def _take_turn(self) -> bool:
        """Whether there is anything to deliver, and nobody else does it."""
        outbox, turn, now = self._outbox.c, self._turns.c, utc_now()
        waits = select(outbox.position).where(outbox.delivered_at.is_(None)).limit(1)
        free = or_(turn.holder == self._me, turn.until < now)
        take = update(self._turns).where(free)
        try:
            async with self._on_mysql.statement() as connection:
                if (await connection.execute(waits)).first() is None:
                    return False
                taken = await connection.execute(take, {"holder": self._me, "until": now + _TURN})
        except DBAPIError as error:
            if is_deadlock(error):
                return False
            raise
        return bool(taken.rowcount)

    async def _end_turn(self, session: AsyncSession) -> None:
        mine = self._turns.c.holder == self._me
        await session.execute(update(self._turns).where(mine), {"until": utc_now()})

    async def _waiting(self) -> list[_Taken]:
        """What is new, in its order, each with the consumers that are owed an earlier one."""
        outbox, owed = self._outbox.c, self._debts.c
        columns = [outbox[name] for name in STORED]
        new = (
            select(*columns, outbox.position)
            .where(outbox.delivered_at.is_(None))
            .order_by(outbox.position)
            .limit(self._policy.batch)
        )
        async with self._on_mysql.reading() as connection:
            rows = (await connection.execute(new)).all()
            keys = {row.key for row in rows}
            behind = select(owed.key, owed.consumer).where(
                owed.key.in_(keys), owed.failed_at.is_(None)
            )
            found = (await connection.execute(behind)).all() if keys else []
        waiting: dict[str, list[str]] = {}
        for key, consumer in found:
            waiting.setdefault(key, []).append(consumer)
        return [_Taken(_message(row), row.position, waiting.get(row.key, ())) for row in rows]


class Owed(kit_owed.Owed):
    """The debts of one outbox."""

    def __init__(self, database: Database, outbox: Table) -> None:
        super().__init__(cast("Any", database), outbox)
        self._on_mysql = database
        self._outbox = outbox
        self._table = outbox.metadata.tables[f"{outbox.name}_owed"]

    async def due_among(self, consumers: Sequence[str]) -> list[str]:
        """Those of the consumers that something is due for."""
        owed = self._table.c
        due = select(owed.consumer).distinct().where(owed.consumer.in_(consumers), *self._due())
        async with self._on_mysql.statement() as connection:
            return list((await connection.execute(due)).scalars())

    async def lease(self, consumer: str, limit: int, seconds: float) -> list[Leased]:
        """What is due for a consumer, the first of each key; nobody else gets it meanwhile."""
        owed, outbox = self._table.c, self._outbox.c
        before = self._table.alias("before")
        earlier = exists().where(
            before.c.key == owed.key,
            before.c.consumer == owed.consumer,
            before.c.position < owed.position,
            before.c.failed_at.is_(None),
        )
        due = (
            select(owed.position)
            .where(owed.consumer == consumer, *self._due(), ~earlier)
            .order_by(owed.next_attempt_at)
            .limit(limit)
            .with_for_update(skip_locked=True, of=self._table)
        )
        columns = [outbox[name] for name in STORED]
        async with self._on_mysql.sessions.begin() as session:
            positions = list((await session.execute(due)).scalars())
            if not positions:
                return []
            mine = and_(owed.consumer == consumer, owed.position.in_(positions))
            until = {"next_attempt_at": utc_now() + timedelta(seconds=seconds)}
            await session.execute(update(self._table).where(mine), until)
            found = await session.execute(
                select(*columns, owed.position, owed.attempts)
                .join(self._table, owed.position == outbox.position)
                .where(mine)
                .order_by(owed.position)
            )
            return [Leased(_message(row), row.position, row.attempts) for row in found]

    async def settle(self, consumer: str, taken: Sequence[int], debts: Sequence[Debt]) -> None:
        """The consumer has taken these positions, and still not those."""
        owed = self._table.c
        this = and_(owed.position == bindparam("of"), owed.consumer == bindparam("by"))
        again = update(self._table).where(this)
        async with self._on_mysql.sessions.begin() as session:
            if taken:
                done = and_(owed.consumer == consumer, owed.position.in_(taken))
                await session.execute(delete(self._table).where(done))
            for each in debts:
                error = {} if each.error is None else {"last_error": each.error}
                changed = _attempt(each) | error
                await session.execute(again, {"of": each.position, "by": each.consumer, **changed})

    async def hurry(self, consumer: str) -> None:
        """The consumer is back: what waits for its next attempt waits no longer."""
        owed = self._table.c
        waits = and_(owed.consumer == consumer, owed.failed_at.is_(None))
        async with self._on_mysql.statement() as connection:
            await connection.execute(
                update(self._table).where(waits), {"next_attempt_at": utc_now()}
            )

    def _due(self) -> tuple[Any, Any]:
        return self._table.c.failed_at.is_(None), self._table.c.next_attempt_at <= utc_now()


def _message(row: Any) -> Message:
    return Message(*row[:5], occurred_at=row[5])


def _attempt(debt: Debt) -> dict[str, Any]:
    now = utc_now()
    return {
        "attempts": debt.attempts,
        "next_attempt_at": now + timedelta(seconds=debt.delay or 0),
        "failed_at": now if debt.delay is None else None,
    }


def row_of(debt: Debt) -> dict[str, Any]:
    """A debt as its table has it."""
    return {
        "position": debt.position,
        "consumer": debt.consumer,
        "key": debt.key,
        "last_error": debt.error,
        **_attempt(debt),
    }
