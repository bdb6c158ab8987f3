"""What a consumer has handled, and what it tries again later: rows beside the effects."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from kit_kafka.envelope import Event, Record

# One round trip, and one parameter: an array for each column takes a driver three times as long.
# Keys with an event that waits for another attempt are left out: what follows it must wait too.
# Inserted in the order of their ids, so that two consumers cannot deadlock.
_CLAIM = text("""
    WITH events AS MATERIALIZED (
        SELECT * FROM json_to_recordset(CAST(:events AS json))
        AS event(source text, id uuid, key bytea)
    ),
    waiting AS (
        SELECT DISTINCT retries.key FROM kit_kafka.retries
        WHERE consumer = :consumer AND retries.key IN (SELECT key FROM events)
    ),
    claimed AS (
        INSERT INTO kit_kafka.inbox (consumer, source, id)
        SELECT :consumer, source, id FROM events
        WHERE NOT EXISTS (SELECT FROM waiting WHERE waiting.key = events.key)
        ORDER BY source, id
        ON CONFLICT DO NOTHING RETURNING source, id
    )
    SELECT source, id, NULL::bytea AS key FROM claimed
    UNION ALL SELECT NULL, NULL, key FROM waiting
""")

_CLAIM_ONE = text("""
    INSERT INTO kit_kafka.inbox (consumer, source, id) VALUES (:consumer, :source, :id)
    ON CONFLICT DO NOTHING RETURNING id
""")

_PARK = text("""
    INSERT INTO kit_kafka.retries
        (consumer, topic, partition, "offset", key, value, headers, attempts, next_attempt_at,
         last_error)
    VALUES (:consumer, :topic, :partition, :offset, :key, :value, :headers, :attempts,
            clock_timestamp() + :delay, :error)
    ON CONFLICT ON CONSTRAINT uq_retries_place DO NOTHING
""").bindparams(bindparam("headers", type_=JSONB()))

# The first of its key only.
_DUE = text("""
    SELECT position, topic, partition, "offset", key, value, headers, attempts
    FROM kit_kafka.retries AS waiting
    WHERE consumer = :consumer AND next_attempt_at <= clock_timestamp()
      AND NOT EXISTS (
        SELECT FROM kit_kafka.retries AS before
        WHERE before.consumer = waiting.consumer AND before.key = waiting.key
          AND before.position < waiting.position)
    ORDER BY next_attempt_at LIMIT 1
    FOR UPDATE SKIP LOCKED
""")
_AGAIN = text("""
    UPDATE kit_kafka.retries
    SET attempts = :attempts, next_attempt_at = clock_timestamp() + :delay, last_error = :error
    WHERE position = :position
""")
_DONE = text("DELETE FROM kit_kafka.retries WHERE position = :position")
_WAITING = text("SELECT count(*) FROM kit_kafka.retries WHERE consumer = :consumer")
_PURGE = text("""
    DELETE FROM kit_kafka.inbox WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM kit_kafka.inbox
        WHERE consumer = :consumer AND handled_at < now() - :age LIMIT 5000
    ))
""")
_FORGET = text("DELETE FROM kit_kafka.inbox WHERE consumer = :consumer AND handled_at <= :until")


@dataclass(frozen=True, slots=True)
class Claim:
    """`fresh`: (source, id) of events that nobody has handled. `waiting`: keys to wait behind."""

    fresh: set[tuple[str, UUID]]
    waiting: set[bytes]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that is tried again; it has failed `attempts` times."""

    position: int
    record: Record
    attempts: int


def waiting_of(row: Row[Any]) -> Waiting:
    """What a row of retries says, whichever database has it."""
    record = Record(
        row.topic, row.partition, row.offset, bytes(row.key), bytes(row.value), row.headers
    )
    return Waiting(row.position, record, row.attempts)


class Inbox:
    """One consumer group's inbox; every method works in the caller's transaction."""

    def __init__(self, consumer: str) -> None:
        self._consumer = consumer

    async def claim(self, session: AsyncSession, events: Sequence[Event]) -> Claim:
        """Mark events as handled, those that are not; it holds if the transaction commits."""
        columns = [
            {
                "source": event.source,
                "id": event.message.id,
                "key": f"\\x{event.record.key.hex()}",
            }
            for event in events
        ]
        values = {"consumer": self._consumer, "events": msgspec.json.encode(columns).decode()}
        rows = await session.execute(_CLAIM, values)
        found = rows.all()
        return Claim(
            fresh={(row.source, row.id) for row in found if row.key is None},
            waiting={row.key for row in found if row.key is not None},
        )

    async def claim_one(self, session: AsyncSession, event: Event) -> bool:
        """The same for an event that waited: False when it was handled meanwhile."""
        row = await session.execute(
            _CLAIM_ONE,
            {"consumer": self._consumer, "source": event.source, "id": event.message.id},
        )
        return row.one_or_none() is not None

    async def park(
        self, session: AsyncSession, record: Record, delay: timedelta, error: str, attempts: int
    ) -> None:
        """Try the record again after a while; a record that is parked stays as it is."""
        await session.execute(
            _PARK,
            {
                "consumer": self._consumer,
                "topic": record.topic,
                "partition": record.partition,
                "offset": record.offset,
                "key": record.key,
                "value": record.value,
                "headers": record.headers,
                "attempts": attempts,
                "delay": delay,
                "error": error,
            },
        )

    async def due(self, session: AsyncSession) -> Waiting | None:
        """The record that has been due longest, locked."""
        row = (await session.execute(_DUE, {"consumer": self._consumer})).one_or_none()
        return None if row is None else waiting_of(row)

    async def again(
        self, session: AsyncSession, waiting: Waiting, delay: timedelta, error: str
    ) -> None:
        """It failed once more."""
        values = {"position": waiting.position, "attempts": waiting.attempts + 1}
        await session.execute(_AGAIN, values | {"delay": delay, "error": error})

    async def done(self, session: AsyncSession, waiting: Waiting) -> None:
        """It was handled, or given up."""
        await session.execute(_DONE, {"position": waiting.position})

    async def count_waiting(self, session: AsyncSession) -> int:
        """How many records are tried again later."""
        return int(await session.scalar(_WAITING, {"consumer": self._consumer}) or 0)

    async def purge(self, session: AsyncSession, age: timedelta) -> bool:
        """Forget a batch of what was handled longer ago, which must be longer than topics keep
        events; whether there was any."""
        purged = await session.execute(_PURGE, {"consumer": self._consumer, "age": age})
        return bool(purged.rowcount)  # type: ignore[attr-defined]

    async def forget(self, session: AsyncSession, until: datetime) -> None:
        """Forget what was handled up to a time, for it to be handled anew."""
        await session.execute(_FORGET, {"consumer": self._consumer, "until": until})
