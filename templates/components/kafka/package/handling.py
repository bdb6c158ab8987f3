"""Handling events: each takes effect once, together with its row in the inbox."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from opentelemetry.trace import SpanKind
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from kit.background import Backoff
from kit.bus import Bus
from kit.clock import utc_now
from kit.database import Database, one_transaction
from kit.logs import describe
from kit.messages import Message
from kit.tracing import following, span
from kit_kafka import dead_letters
from kit_kafka.envelope import Event, PoisonError, Record, Rules, read
from kit_kafka.inbox import Inbox, Waiting
from kit_kafka.observation import KafkaMetrics
from kit_kafka.producer import EventProducer
from kit_kafka.trouble import UnavailableError, is_conflict, is_unavailable, poison_of

_log = structlog.get_logger()

_BATCH_SECONDS = 60
_DEADLINE_SECONDS = 30
_CONFLICTS = 3
_LOCK = text("SELECT pg_try_advisory_xact_lock_shared(hashtext(:name))")
_LOCK_ALONE = text("SELECT pg_advisory_xact_lock(hashtext(:name))")
# Longer than any statement may take otherwise: a consumer's transaction has to end first.
_PATIENCE = text("SET LOCAL lock_timeout = 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """How one consumer group handles events. `permanent` gives domain errors that no repetition
    mends the reason that their dead letters are counted under. Without `together` each event has a
    transaction of its own."""

    group: str
    bus: Bus
    database: Database
    producer: EventProducer
    rules: Rules
    metrics: KafkaMetrics
    backoff: Backoff
    permanent: Mapping[type[Exception], str] = field(default_factory=dict)
    together: bool = True

    @property
    def inbox(self) -> Inbox:
        """The group's inbox."""
        return Inbox(self.group)

    def transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        """One in which each unit of work is a savepoint."""
        return one_transaction(self.database)

    async def hold_turn(self, session: AsyncSession) -> None:
        """Keep the group's consumer away until the transaction ends: a projection is rebuilt."""
        await session.execute(_PATIENCE)
        await session.execute(_LOCK_ALONE, {"name": rebuild_lock(self.group)})

    async def handle(self, records: Sequence[Record]) -> int:
        """Handle records in their order; the number that are done with, from the first on.

        Fewer than all when the time is up. What fails is parked or a dead letter, and so done with.
        Raises UnavailableError; then, and after any crash, handling the same again does no harm.
        """
        events = [self._event(record) for record in records]
        mine = [event for event in events if isinstance(event, Event)]
        many = self.together and len(mine) > 1
        if mine and not (many and await self._together(mine)):
            return await self._one_by_one(records, events)
        for record, event in zip(records, events, strict=True):
            if isinstance(event, PoisonError):
                await self._bury(record, event, attempts=1)
        return len(records)

    async def apply(self, messages: Sequence[Message]) -> None:
        """Let events take effect in their order, all or none; raises what goes wrong."""
        first, many = messages[0], len(messages) > 1
        with (
            structlog.contextvars.bound_contextvars(
                **{} if many else {"message_id": str(first.id)}
            ),
            span(
                f"consume {len(messages)} events" if many else f"consume {first.type}",
                SpanKind.CONSUMER,
                {} if many else first.headers,
            ),
            following({each.key: each.headers for each in messages} if many else {}),
        ):
            async with asyncio.timeout(_DEADLINE_SECONDS):
                await self.bus.deliver(messages)

    async def retry_due(self) -> bool:
        """Try the parked event that has been due longest; False when none is due."""
        try:
            async with self.transaction() as session:
                await self._take_turn(session)
                waiting = await self.inbox.due(session)
                if waiting is None:
                    return False
                await self._retry(session, waiting)
        except Exception as error:
            if is_unavailable(error):
                raise UnavailableError(describe(error)) from error
            raise
        return True

    async def _retry(self, session: AsyncSession, waiting: Waiting) -> None:
        try:
            # Events are read anew: a newer version of the program may know what it is.
            event = read(waiting.record, self.rules)
            async with session.begin_nested():
                claim = await self.inbox.claim_one(session, event)
                if claim:
                    await self.apply([event.message])
        except Exception as error:
            if is_unavailable(error):
                raise
            poison = poison_of(error, self.permanent)
            attempts = waiting.attempts + 1
            delay = self.backoff.after(attempts)
            if poison is None and delay is not None:
                again = timedelta(seconds=delay)
                await self.inbox.again(session, waiting, again, describe(error))
                return
            poison = poison or PoisonError("too_many_attempts", describe(error))
            await self._bury(waiting.record, poison, attempts)
            await self.inbox.done(session, waiting)
        else:
            await self.inbox.done(session, waiting)

    def _event(self, record: Record) -> Event | PoisonError | None:
        """None: it is for others."""
        recipient = record.headers.get(dead_letters.REPLAY_FOR)
        if recipient is not None and recipient != self.group:
            return None
        try:
            event = read(record, self.rules)
        except PoisonError as poison:
            return poison
        if not self.bus.handles(event.message.type):
            self._count("ignored")
            return None
        return event

    async def _together(self, events: Sequence[Event]) -> bool:
        """All in one transaction; False when one of them fails and nothing has happened."""
        try:
            await self._transaction(events)
        except Exception as error:
            if is_unavailable(error):
                raise UnavailableError(describe(error)) from error
            _log.info("handling one by one", consumer=self.group, error=describe(error))
            return False
        return True

    async def _one_by_one(
        self, records: Sequence[Record], events: Sequence[Event | PoisonError | None]
    ) -> int:
        until = asyncio.get_running_loop().time() + _BATCH_SECONDS
        for done, (record, event) in enumerate(zip(records, events, strict=True)):
            if asyncio.get_running_loop().time() > until:
                return done
            if isinstance(event, PoisonError):
                await self._bury(record, event, attempts=1)
            elif event is not None:
                await self._alone(event)
        return len(records)

    async def _alone(self, event: Event) -> None:
        for left in reversed(range(_CONFLICTS)):
            try:
                await self._transaction([event])
            except Exception as error:
                if is_unavailable(error):
                    raise UnavailableError(describe(error)) from error
                if left and is_conflict(error):
                    continue
                poison = poison_of(error, self.permanent)
                if poison is not None:
                    await self._bury(event.record, poison, attempts=1)
                else:
                    await self._park(event, error)
            return

    async def _transaction(self, events: Sequence[Event]) -> None:
        async with self.transaction() as session:
            await self._take_turn(session)
            claim = await self.inbox.claim(session, events)
            handled: list[Event] = []
            for event in events:
                identity = (event.source, event.message.id)
                if event.record.key in claim.waiting:
                    behind = "waits behind an earlier event of its key"
                    await self.inbox.park(session, event.record, self._first_delay, behind, 0)
                elif identity in claim.fresh:
                    claim.fresh.discard(identity)  # it may stand twice in this batch
                    handled.append(event)
            if handled:
                await self.apply([event.message for event in handled])
        now, age = utc_now(), self.metrics.age.labels(self.group)
        for event in handled:
            age.observe(max(0.0, (now - event.message.occurred_at).total_seconds()))
        self._count("handled", len(handled))
        self._count("duplicate", len(events) - len(handled))

    async def _take_turn(self, session: AsyncSession) -> None:
        """Wait while the projection of this group is being rebuilt."""
        if not await session.scalar(_LOCK, {"name": rebuild_lock(self.group)}):
            raise UnavailableError("the projection is being rebuilt")

    async def _park(self, event: Event, error: BaseException) -> None:
        async def store() -> None:
            async with self.transaction() as session:
                await self.inbox.park(session, event.record, self._first_delay, describe(error), 1)

        try:
            await store()
        except Exception as failure:
            if is_unavailable(failure):
                raise UnavailableError(describe(failure)) from failure
            raise
        self._count("retried")
        _log.warning(
            "event is tried again later",
            consumer=self.group,
            place=event.record.place,
            message_id=str(event.message.id),
            message_type=event.message.type,
            error=describe(error),
        )

    async def _bury(self, record: Record, poison: PoisonError, attempts: int) -> None:
        await dead_letters.publish(self.producer, self.group, record, poison, attempts)
        self._count("dead")
        self.metrics.dead_letters.labels(self.group, poison.reason).inc()
        _log.error(
            "event is a dead letter",
            consumer=self.group,
            place=record.place,
            reason=poison.reason,
            error=describe(poison),
            attempts=attempts,
        )

    @property
    def _first_delay(self) -> timedelta:
        return timedelta(seconds=self.backoff.after(1) or 0)

    def _count(self, outcome: str, number: int = 1) -> None:
        if number:
            self.metrics.events.labels(self.group, outcome).inc(number)


def rebuild_lock(group: str) -> str:
    """The name of the advisory lock that a rebuild of the group's projection holds."""
    return f"rebuild {group}"
