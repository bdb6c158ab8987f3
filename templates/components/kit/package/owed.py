"""What consumers are owed: rows of `outbox_owed`, in short transactions of their own.

What is tried again is leased and not locked, so that no transaction waits for a consumer. A process
that dies leaves the lease, and another one tries again once it is over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from psycopg import sql
from sqlalchemy import Table

from kit.database import Connection, Database
from kit.messages import Message
from kit.outbox import owed_table
from kit.tables import identifier


@dataclass(frozen=True, slots=True)
class Debt:
    """A message that a consumer has not taken; tried again after `delay` seconds, or never (None).

    `attempts` 0: it was not tried, because the consumer is away or takes an earlier one first.
    """

    position: int
    consumer: str
    key: str
    attempts: int = 0
    delay: float | None = 0
    error: str | None = None

    def parameters(self) -> dict[str, Any]:
        """For the statements."""
        return {
            "position": self.position,
            "consumer": self.consumer,
            "key": self.key,
            "attempts": self.attempts,
            "delay": self.delay or 0,
            "parked": self.delay is None,
            "error": self.error,
        }


class Leased(NamedTuple):
    """A message that this process tries again."""

    message: Message
    position: int
    attempts: int
    behind: Sequence[str] = ()


class Owed:
    """The debts of one outbox."""

    def __init__(self, database: Database, outbox: Table) -> None:
        self._database = database
        self._statements = _Statements.on(outbox)

    async def add(self, connection: Connection, debts: Sequence[Debt]) -> None:
        """Note them in the transaction that takes their messages out of the outbox."""
        cursor = connection.cursor()
        await cursor.executemany(self._statements.add, [each.parameters() for each in debts])

    async def due_among(self, consumers: Sequence[str]) -> list[str]:
        """Those of the consumers that something is due for."""
        async with self._database.statement() as connection:
            cursor = await connection.execute(self._statements.due, (list(consumers),))
            return [name for (name,) in await cursor.fetchall()]

    async def lease(self, consumer: str, limit: int, seconds: float) -> list[Leased]:
        """What is due for a consumer, the first of each key; nobody else gets it meanwhile."""
        async with self._database.statement() as connection:
            cursor = await connection.execute(
                self._statements.lease,
                {"consumer": consumer, "limit": limit, "seconds": seconds},
            )
            rows = await cursor.fetchall()
        leased = [Leased(Message(*row[:5], occurred_at=row[5]), *row[6:]) for row in rows]
        return sorted(leased, key=lambda each: each.position)

    async def settle(self, consumer: str, taken: Sequence[int], debts: Sequence[Debt]) -> None:
        """The consumer has taken these positions, and still not those."""
        async with self._database.statement() as connection, connection.pipeline():
            if taken:
                await connection.execute(self._statements.taken, (consumer, list(taken)))
            cursor = connection.cursor()
            if debts:
                await cursor.executemany(self._statements.again, [d.parameters() for d in debts])

    async def hurry(self, consumer: str) -> None:
        """The consumer is back: what waits for its next attempt waits no longer."""
        async with self._database.statement() as connection:
            await connection.execute(self._statements.hurry, (consumer,))


@dataclass(frozen=True, slots=True)
class _Statements:
    add: sql.Composed
    due: sql.Composed
    lease: sql.Composed
    taken: sql.Composed
    again: sql.Composed
    hurry: sql.Composed

    @classmethod
    def on(cls, table: Table) -> "_Statements":
        outbox, owed = identifier(table), identifier(owed_table(table))
        return cls(
            add=sql.SQL(
                "INSERT INTO {} (position, consumer, key, attempts, next_attempt_at, failed_at,"
                " last_error) VALUES (%(position)s, %(consumer)s, %(key)s, %(attempts)s,"
                " clock_timestamp() + make_interval(secs => %(delay)s),"
                " CASE WHEN %(parked)s THEN clock_timestamp() END, %(error)s)"
            ).format(owed),
            due=sql.SQL(
                "SELECT name FROM unnest(%s::text[]) AS name WHERE EXISTS (SELECT FROM {}"
                " WHERE consumer = name AND failed_at IS NULL AND next_attempt_at <= now())"
            ).format(owed),
            # DISTINCT is nothing that an index knows: what comes before is looked for by its key,
            # and not among all that the consumer is owed, also while statistics are old.
            lease=sql.SQL(
                "WITH due AS MATERIALIZED (SELECT position FROM {owed} AS waiting"
                " WHERE consumer = %(consumer)s AND failed_at IS NULL AND next_attempt_at <= now()"
                " AND NOT EXISTS (SELECT FROM {owed} AS before WHERE before.key = waiting.key"
                " AND before.consumer IS NOT DISTINCT FROM waiting.consumer"
                " AND before.position < waiting.position AND before.failed_at IS NULL)"
                " ORDER BY next_attempt_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)"
                " UPDATE {owed} AS owed"
                " SET next_attempt_at = now() + make_interval(secs => %(seconds)s)"
                " FROM due, {outbox} AS outbox WHERE owed.consumer = %(consumer)s"
                " AND owed.position = due.position AND outbox.position = due.position"
                " RETURNING outbox.id, outbox.type, outbox.key, outbox.payload, outbox.headers,"
                " outbox.occurred_at, owed.position, owed.attempts"
            ).format(owed=owed, outbox=outbox),
            taken=sql.SQL("DELETE FROM {} WHERE consumer = %s AND position = ANY(%s)").format(owed),
            again=sql.SQL(
                "UPDATE {} SET attempts = %(attempts)s,"
                " last_error = coalesce(%(error)s, last_error),"
                " next_attempt_at = clock_timestamp() + make_interval(secs => %(delay)s),"
                " failed_at = CASE WHEN %(parked)s THEN clock_timestamp() END"
                " WHERE position = %(position)s AND consumer = %(consumer)s"
            ).format(owed),
            hurry=sql.SQL(
                "UPDATE {} SET next_attempt_at = now()"
                " WHERE consumer = %s AND failed_at IS NULL AND next_attempt_at > now()"
            ).format(owed),
        )
