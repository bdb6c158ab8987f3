"""What one context asks another one by events: whether an answer may still be on its way.

The one that asks sees its own outbox, how far the other one's consumer has got in the topic of the
requests, and what it has got of the answers; it does not see the other one's outbox. So it knows
that nobody will answer only when the other one has gone past the request, and what it told
afterwards has been here for a while.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from confluent_kafka import Consumer, TopicPartition
from psycopg import sql
from sqlalchemy import Table

from kit.database import Database
from kit.outbox import owed_table
from kit.tables import identifier
from kit_kafka.settings import KafkaSettings
from kit_kafka.topics import events_of

_SECONDS = 5

Ends = dict[int, int]


@dataclass(slots=True)
class _Request:
    """`ends` of the topic with it; `passed_at`: when the other one had read so far."""

    ends: Ends
    passed_at: datetime | None = None


class Exchange:
    """Requests of the context `asking`, which `answering` answers; both name their groups so."""

    def __init__(
        self,
        settings: KafkaSettings,
        database: Database,
        outbox: Table,
        *,
        asking: str,
        answering: str,
        settled_after: timedelta,
    ) -> None:
        """An answer that was told may take `settled_after` until it is here."""
        self._settings = settings
        self._config = settings.kafka_client(f"{asking}-exchange")
        self._database = database
        self._asking = asking
        self._undelivered_statement = _undelivered(outbox)
        self._answering = answering
        self._settled_after = settled_after
        self._requests: dict[str, _Request] = {}

    async def unanswered(self, keys: Collection[str]) -> set[str]:
        """Those of the keys that nobody will answer. Asked again and again, it learns of them.

        Raises KafkaException, psycopg's errors.
        """
        waiting = await self._undelivered(keys)
        here = [key for key in keys if key not in waiting]
        self._requests = {key: self._requests[key] for key in here if key in self._requests}
        if not here:
            return set()
        requests = events_of(self._asking).name
        ends = await asyncio.to_thread(self._ends, requests)
        for key in here:
            self._requests.setdefault(key, _Request(ends))
        await self._note_passed(requests, here)
        passed = [key for key in here if self._requests[key].passed_at is not None]
        if not passed or not await self._all_answers_are_here():
            return set()
        return {key for key in passed if await self._heard_after(self._requests[key].passed_at)}

    async def _note_passed(self, requests: str, keys: Collection[str]) -> None:
        """Once the one that answers has read what was asked, and we what it had told by then."""
        asked = [self._requests[key] for key in keys if self._requests[key].passed_at is None]
        if not asked:
            return
        read = await asyncio.to_thread(self._read, self._answering, requests)
        passed = [each for each in asked if _beyond(read, each.ends)]
        if passed:
            async with self._database.reading() as connection:
                cursor = await connection.execute("SELECT clock_timestamp()")
                (now,) = await cursor.fetchone() or (None,)
            for each in passed:
                each.passed_at = now

    async def _undelivered(self, keys: Collection[str]) -> set[str]:
        """Of these a request waits in the outbox, or an answer is tried again later."""
        async with self._database.reading() as connection:
            cursor = await connection.execute(
                self._undelivered_statement,
                {
                    "keys": list(keys),
                    "raw": [key.encode() for key in keys],
                    "consumer": self._asking,
                },
            )
            return {key for (key,) in await cursor.fetchall()}

    async def _heard_after(self, time: datetime | None) -> bool:
        """Something that was told after this time is here, and has been for a while."""
        async with self._database.reading() as connection:
            cursor = await connection.execute(
                "SELECT EXISTS (SELECT FROM kit_kafka.inbox WHERE consumer = %s AND source = %s"
                " AND handled_at > %s AND handled_at < clock_timestamp() - %s::interval)",
                (self._asking, f"/{self._answering}", time, self._settled_after),
            )
            (heard,) = await cursor.fetchone() or (False,)
        return bool(heard)

    async def _all_answers_are_here(self) -> bool:
        answers = events_of(self._answering).name
        ends = await asyncio.to_thread(self._ends, answers)
        return _beyond(await asyncio.to_thread(self._read, self._asking, answers), ends)

    def _ends(self, topic: str) -> Ends:
        with _Reader(self._config, "exchange") as reader:
            return {
                partition: high
                for partition, (low, high) in reader.watermarks(topic).items()
                if high > low
            }

    def _read(self, context: str, topic: str) -> Ends:
        with _Reader(self._config, self._settings.group_of(context, topic)) as reader:
            return reader.committed(topic)


class _Reader:
    """A client that asks where a group is, and takes no part in it."""

    def __init__(self, config: dict[str, Any], group: str) -> None:
        self._client = Consumer(config | {"group.id": group, "enable.auto.commit": False})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def _partitions(self, topic: str) -> list[TopicPartition]:
        listed = self._client.list_topics(topic, timeout=_SECONDS).topics[topic]
        return [TopicPartition(topic, number) for number in listed.partitions]

    def watermarks(self, topic: str) -> dict[int, tuple[int, int]]:
        return {
            each.partition: self._client.get_watermark_offsets(each, timeout=_SECONDS)
            for each in self._partitions(topic)
        }

    def committed(self, topic: str) -> Ends:
        found = self._client.committed(self._partitions(topic), timeout=_SECONDS)
        return {each.partition: each.offset for each in found}


def _undelivered(outbox: Table) -> sql.Composed:
    return sql.SQL(
        "SELECT key FROM {outbox} WHERE delivered_at IS NULL AND key = ANY(%(keys)s)"
        " UNION SELECT key FROM {owed} WHERE key = ANY(%(keys)s)"
        " UNION SELECT convert_from(key, 'UTF8') FROM kit_kafka.retries"
        " WHERE consumer = %(consumer)s AND key = ANY(%(raw)s)"
    ).format(
        outbox=identifier(outbox),
        owed=identifier(owed_table(outbox)),
    )


def _beyond(read: Ends, ends: Ends) -> bool:
    return all(read.get(partition, -1) >= end for partition, end in ends.items())
