"""Whether there are rows of another context: copies of their ids, kept by that context's events.

A copy that is new is filled from the whole topic, by which the last event of each row is kept. Its
consumer waits meanwhile, as it does while a projection is rebuilt.
"""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import structlog
from fastapi import APIRouter
from sqlalchemy import Executable, Table, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from kit.background import Periodic
from kit.bus import Bus
from kit.clock import utc_now
from kit.composition import Part
from kit.database import Database, SqlTransactions
from kit.messages import ContractEvent
from kit_kafka.adapters.tables import copies, known_rows
from kit_kafka.dead_letters import read_to_end
from kit_kafka.envelope import PoisonError, Record, read
from kit_kafka.handling import Handling
from kit_kafka.observation import KafkaMetrics
from kit_kafka.process import Kafka, topics_of
from kit_kafka.rebuild import batch_of, offsets_at
from kit_kafka.settings import KafkaSettings

_log = structlog.get_logger()

_LOOK_EVERY = timedelta(seconds=1)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class NotFilledError(Exception):
    """The copy does not have what happened before it was made yet."""


class KnownByEvents:
    """The ids of an entity's rows, which all of its events are about by their `key`.

    After one that is `gone` there is no such row any more, after every other one there is.
    """

    copies: ClassVar[Table] = copies
    known_rows: ClassVar[Table] = known_rows

    def __init__(
        self,
        database: Database,
        rows: str,
        *,
        there: Sequence[type[ContractEvent]],
        gone: Sequence[type[ContractEvent]] = (),
        key: str,
    ) -> None:
        self.rows = rows
        self.events = (*there, *gone)
        self._gone = frozenset(gone)
        self._key = key
        self._transactions = self._in_transactions(database)

    async def of(self, ids: Collection[UUID]) -> frozenset[UUID]:
        """The ids that there are, of some; raises NotFilledError."""
        known, copy = self.known_rows, self.copies.c.rows
        found = self.copies.outerjoin(known, (known.c.rows == copy) & known.c.id.in_(ids))
        statement = select(known.c.id).select_from(found).where(copy == self.rows)
        async with self._work() as session:
            answer = (await session.scalars(statement)).all()
        if not answer:
            raise NotFilledError(self.rows)
        return frozenset(id_ for id_ in answer if id_ is not None)

    def subscribe(self, bus: Bus, consumer: str) -> None:
        """Follow the events."""
        for event in self.events:
            bus.subscribe(consumer, event, self._forget if event in self._gone else self._note)

    async def filled(self) -> bool:
        """Whether it has all that happened before it was made."""
        async with self._work() as session:
            return await self.is_filled(session)

    async def is_filled(self, session: AsyncSession) -> bool:
        """The same, in a transaction."""
        there = select(self.copies.c.rows).where(self.copies.c.rows == self.rows)
        return await session.scalar(there) is not None

    async def note_filled(self, session: AsyncSession) -> None:
        """From now on it has."""
        values = {"rows": self.rows, "filled_at": utc_now()}
        await session.execute(self.copies.insert(), values)

    def _in_transactions(self, database: Database) -> SqlTransactions[AsyncSession]:
        return SqlTransactions(database, itself)

    def _noting(self) -> Executable:
        return insert(self.known_rows).on_conflict_do_nothing()

    def _work(self) -> AbstractAsyncContextManager[AsyncSession]:
        return self._transactions()

    async def _note(self, events: Sequence[ContractEvent]) -> None:
        values = [{"rows": self.rows, "id": id_} for id_ in self._ids(events)]
        async with self._work() as session:
            await session.execute(self._noting(), values)

    async def _forget(self, events: Sequence[ContractEvent]) -> None:
        known = self.known_rows
        of_these = known.c.id.in_(self._ids(events))
        async with self._work() as session:
            await session.execute(delete(known).where(known.c.rows == self.rows, of_these))

    def _ids(self, events: Sequence[ContractEvent]) -> list[UUID]:
        return sorted({getattr(event, self._key) for event in events})


def filling(kafka: Kafka, settings: KafkaSettings, *made: KnownByEvents) -> Part:
    """What fills the copies that are new, and keeps the process from being ready before.

    Which process of the context fills them is for `Kafka.in_roles` to say.
    """
    handling = kafka.handling(KafkaMetrics())
    config = settings.kafka_client("copies")
    waiting = list(made)

    async def fill() -> None:
        for copy in made:
            if not await copy.filled():
                await _fill(handling, copy, config)

    async def check() -> None:
        while waiting:
            if not await waiting[0].filled():
                raise NotFilledError(f"{waiting[0].rows}: not all events have been read yet")
            waiting.pop(0)

    return Part(
        router=APIRouter(),
        periodic=(Periodic("fill copies", fill, _LOOK_EVERY),),
        checks={"copies": check},
    )


async def _fill(handling: Handling, copy: KnownByEvents, config: dict[str, Any]) -> None:
    bus = Bus()
    copy.subscribe(bus, copy.rows)
    noted = 0
    async with handling.transaction() as session:
        await handling.hold_turn(session)
        if await copy.is_filled(session):
            return
        for topic in topics_of(copy.events):
            starts = await asyncio.to_thread(offsets_at, config, topic.name, _BEGINNING)
            records = read_to_end(config, topic.name, starts)
            while batch := await asyncio.to_thread(batch_of, records):
                noted += await _take(handling, bus, batch)
        await copy.note_filled(session)
    _log.info("copy filled", rows=copy.rows, events=noted)


async def _take(handling: Handling, bus: Bus, records: Sequence[Record]) -> int:
    messages = []
    for record in records:
        try:
            message = read(record, handling.rules).message
        except PoisonError:
            continue  # it is a dead letter
        if bus.handles(message.type):
            messages.append(message)
    await bus.deliver(messages)
    return len(messages)


def itself(session: AsyncSession) -> AsyncSession:
    """The work on a session that is the session's own."""
    return session
