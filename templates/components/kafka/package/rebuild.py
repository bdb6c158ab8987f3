"""Building a projection anew from its topics, while readers still see what was."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from sqlalchemy.ext.asyncio import AsyncSession

from kit.clock import utc_now
from kit_kafka.dead_letters import read_to_end
from kit_kafka.envelope import Event, PoisonError, Record, read
from kit_kafka.handling import Handling
from kit_kafka.topics import Topic
from kit_kafka.trouble import patiently

_BATCH = 1000
_SECONDS = 10


async def rebuild(
    handling: Handling,
    topics: Sequence[Topic],
    config: dict[str, Any],
    since: datetime,
    clear: Callable[[AsyncSession], Awaitable[None]],
) -> int:
    """Clear the projection and apply every event since then, in one transaction; how many.

    The group's consumer waits meanwhile. What it gets afterwards and was applied here is in its
    inbox, so nothing is applied twice. Raises KafkaException, UnavailableError.
    """
    applied = 0
    async with handling.transaction() as session:
        await handling.hold_turn(session)
        await handling.inbox.forget(session, utc_now())
        await clear(session)
        for topic in topics:
            starts = await asyncio.to_thread(offsets_at, config, topic.name, since)
            records = read_to_end(config, topic.name, starts)
            while batch := await asyncio.to_thread(batch_of, records):
                applied += await _apply(handling, session, batch, since)
    return applied


async def _apply(
    handling: Handling, session: AsyncSession, records: Sequence[Record], since: datetime
) -> int:
    events: list[Event] = []
    for record in records:
        try:
            event = read(record, handling.rules)
        except PoisonError:
            continue  # it is a dead letter already
        if handling.bus.handles(event.message.type) and event.message.occurred_at >= since:
            events.append(event)
    if not events:
        return 0
    claim = await handling.inbox.claim(session, events)
    fresh = {(each.source, each.message.id): each for each in events}
    messages = [each.message for key, each in fresh.items() if key in claim.fresh]
    if messages:
        await handling.apply(messages)
    return len(messages)


def batch_of(records: Iterator[Record]) -> list[Record]:
    """The next records, up to a thousand."""
    return list(islice(records, _BATCH))


def offsets_at(config: dict[str, Any], topic: str, since: datetime) -> dict[int, int]:
    """Where to read each partition from; raises KafkaException."""
    consumer = Consumer(config | {"group.id": "rebuild", "enable.auto.commit": False})
    try:
        listed = patiently(partial(consumer.list_topics, topic, timeout=_SECONDS))
        partitions = listed.topics[topic].partitions
        wanted = [TopicPartition(topic, n, int(since.timestamp() * 1000)) for n in partitions]
        found = patiently(partial(consumer.offsets_for_times, wanted, timeout=_SECONDS))
        # No record so late, or a broker without such an index: from the beginning, and
        # the events' own times decide.
        return {each.partition: max(0, each.offset) for each in found}
    finally:
        consumer.close()
