"""What a consumer on MySQL has handled, and what it tries again later, as kit_kafka.inbox has it.

MySQL says how many rows it inserted and not which: who finds others' among its own begins anew.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, exists, func, insert, select, tuple_, update
from sqlalchemy.dialects.mysql import limit
from sqlalchemy.ext.asyncio import AsyncSession

from kit.clock import utc_now
from kit_kafka import inbox as kit_kafka_inbox
from kit_kafka.envelope import Event, Record
from kit_kafka.inbox import Claim, Waiting, waiting_of
from kit_kafka.mysql.adapters.tables import inbox, retries

_AT_ONCE = 1_000
_FIELDS = ("position", "topic", "partition", "offset", "key", "value", "headers", "attempts")


class OvertakenError(Exception):
    """Another consumer has handled some of these events meanwhile; nothing has happened."""


class Inbox(kit_kafka_inbox.Inbox):
    """One consumer group's inbox; every method works in the caller's transaction."""

    async def claim(self, session: AsyncSession, events: Sequence[Event]) -> Claim:
        """Mark events as handled, those that are not; it holds if the transaction commits."""
        keys = {event.record.key for event in events}
        behind = select(retries.c.key).where(
            retries.c.consumer == self._consumer, retries.c.key.in_(keys)
        )
        waiting = {bytes(key) for key in (await session.scalars(behind)).all()}
        wanted = {
            (event.source, event.message.id): None
            for event in events
            if event.record.key not in waiting
        }
        fresh = sorted(wanted.keys() - await self._handled(session, list(wanted)))
        claimed = await self._note(session, fresh)
        if claimed < len(fresh):
            if len(events) > 1:
                raise OvertakenError
            fresh = []
        return Claim(fresh=set(fresh), waiting=waiting)

    async def claim_one(self, session: AsyncSession, event: Event) -> bool:
        """The same for an event that waited: False when it was handled meanwhile."""
        return bool(await self._note(session, [(event.source, event.message.id)]))

    async def park(
        self, session: AsyncSession, record: Record, delay: timedelta, error: str, attempts: int
    ) -> None:
        """Try the record again after a while; a record that is parked stays as it is."""
        values = {
            "consumer": self._consumer,
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "key": record.key,
            "value": record.value,
            "headers": record.headers,
            "attempts": attempts,
            "next_attempt_at": utc_now() + delay,
            "last_error": error,
        }
        await session.execute(insert(retries).prefix_with("IGNORE"), values)

    async def due(self, session: AsyncSession) -> Waiting | None:
        """The record that has been due longest, the first of its key, locked."""
        before = retries.alias("before")
        earlier = exists().where(
            before.c.consumer == retries.c.consumer,
            before.c.key == retries.c.key,
            before.c.position < retries.c.position,
        )
        found = await session.execute(
            select(*(retries.c[name] for name in _FIELDS))
            .where(self._ours(retries.c), retries.c.next_attempt_at <= utc_now(), ~earlier)
            .order_by(retries.c.next_attempt_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = found.one_or_none()
        return None if row is None else waiting_of(row)

    async def again(
        self, session: AsyncSession, waiting: Waiting, delay: timedelta, error: str
    ) -> None:
        """It failed once more."""
        values = {
            "attempts": waiting.attempts + 1,
            "next_attempt_at": utc_now() + delay,
            "last_error": error,
        }
        this = retries.c.position == waiting.position
        await session.execute(update(retries).where(this), values)

    async def done(self, session: AsyncSession, waiting: Waiting) -> None:
        """It was handled, or given up."""
        await session.execute(delete(retries).where(retries.c.position == waiting.position))

    async def count_waiting(self, session: AsyncSession) -> int:
        """How many records are tried again later."""
        ours = select(func.count()).select_from(retries).where(self._ours(retries.c))
        return int(await session.scalar(ours) or 0)

    async def purge(self, session: AsyncSession, age: timedelta) -> bool:
        """Forget a batch of what was handled longer ago, which must be longer than topics keep
        events; whether there was any."""
        old = and_(self._ours(inbox.c), inbox.c.handled_at < utc_now() - age)
        purged: Any = await session.execute(delete(inbox).where(old).ext(limit(_AT_ONCE)))
        return bool(purged.rowcount)

    async def forget(self, session: AsyncSession, until: datetime) -> None:
        """Forget what was handled up to a time, for it to be handled anew."""
        await session.execute(delete(inbox).where(self._ours(inbox.c), inbox.c.handled_at <= until))

    def _ours(self, columns: Any) -> Any:
        return columns.consumer == self._consumer

    async def _handled(
        self, session: AsyncSession, events: Sequence[tuple[str, UUID]]
    ) -> set[tuple[str, UUID]]:
        these = tuple_(inbox.c.source, inbox.c.id).in_(events)
        found = select(inbox.c.source, inbox.c.id).where(self._ours(inbox.c), these)
        return {(source, id_) for source, id_ in await session.execute(found)} if events else set()

    async def _note(self, session: AsyncSession, events: Sequence[tuple[str, UUID]]) -> int:
        """How many of the events nobody had noted."""
        if not events:
            return 0
        now = utc_now()
        rows = [
            {"consumer": self._consumer, "source": source, "id": id_, "handled_at": now}
            for source, id_ in events
        ]
        noted: Any = await session.execute(insert(inbox).prefix_with("IGNORE").values(rows))
        return int(noted.rowcount)
