"""The dead-letter topic of a consumer group: publishing to it, reading it, trying again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from confluent_kafka import Consumer, KafkaError, TopicPartition

from kit_kafka.envelope import PoisonError, Record, encoded, record_of
from kit_kafka.producer import EventProducer, Outgoing
from kit_kafka.topics import dead_letters_of
from kit_kafka.trouble import UnavailableError, patiently

_PREFIX = "dlq_"
# Whom a repeated event is for; other consumers leave it alone.
REPLAY_FOR = "replay_for"
_RESOLVED = "dlq_resolved"
_SECONDS = 10


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that was given up, and why. `number` names it within its group."""

    group: str
    number: int
    reason: str
    error: str
    attempts: int
    at: datetime
    record: Record
    """Where it had stood, and its bytes and headers."""


async def publish(
    producer: EventProducer, group: str, record: Record, poison: PoisonError, attempts: int
) -> None:
    """Put a record aside, with its headers (the trace among them); raises UnavailableError."""
    why = {
        "dlq_reason": poison.reason,
        "dlq_error": str(poison)[:500],
        "dlq_attempts": str(attempts),
        "dlq_topic": record.topic,
        "dlq_partition": str(record.partition),
        "dlq_offset": str(record.offset),
        "dlq_at": datetime.now(UTC).isoformat(),
    }
    headers = encoded(record.headers | why)
    topic = dead_letters_of(group).name
    await _published(producer, [Outgoing(topic, record.key, record.value, headers)])


def read(config: dict[str, Any], group: str) -> list[DeadLetter]:
    """Those that were not tried again, oldest first. Raises KafkaException."""
    found: dict[int, DeadLetter] = {}
    for offset, record in _read_all(config, dead_letters_of(group).name):
        headers = record.headers
        resolved = headers.get(_RESOLVED)
        if resolved is not None:
            found.pop(int(resolved), None)
            continue
        original = Record(
            headers.get("dlq_topic", ""),
            int(headers.get("dlq_partition", "0")),
            int(headers.get("dlq_offset", "0")),
            record.key,
            record.value,
            {name: value for name, value in headers.items() if not name.startswith(_PREFIX)},
        )
        found[offset] = DeadLetter(
            group,
            offset,
            headers.get("dlq_reason", ""),
            headers.get("dlq_error", ""),
            int(headers.get("dlq_attempts", "0")),
            datetime.fromisoformat(headers.get("dlq_at", "1970-01-01T00:00:00+00:00")),
            original,
        )
    return list(found.values())


async def replay(producer: EventProducer, letters: Sequence[DeadLetter]) -> None:
    """Publish them again where they came from, for their own group; raises UnavailableError."""
    for letter in letters:
        record = letter.record
        headers = encoded(record.headers | {REPLAY_FOR: letter.group})
        await _published(producer, [Outgoing(record.topic, record.key, record.value, headers)])
        # Only now: a crash between the two makes a repetition, which the inbox absorbs.
        resolved = encoded({_RESOLVED: str(letter.number)})
        topic = dead_letters_of(letter.group).name
        await _published(producer, [Outgoing(topic, record.key, b"", resolved)])


async def _published(producer: EventProducer, batch: Sequence[Outgoing]) -> None:
    for record, error in zip(batch, await producer.publish(batch), strict=True):
        if error is not None:
            raise UnavailableError(f"{record.topic}: {error.str()}")


def _read_all(config: dict[str, Any], topic: str) -> Iterator[tuple[int, Record]]:
    for record in read_to_end(config, topic, {0: 0}):
        yield record.offset, record


def read_to_end(config: dict[str, Any], topic: str, starts: dict[int, int]) -> Iterator[Record]:
    """The records from the given offset of each partition to the present end.

    Raises KafkaException.
    """
    consumer = Consumer(
        config
        | {
            "group.id": f"reading-{topic}",  # librdkafka wants one; nothing is committed
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            # Compaction leaves gaps, so the last offset may never come.
            "enable.partition.eof": True,
        }
    )
    try:
        ends: dict[int, int] = {}
        begins: list[TopicPartition] = []
        for partition, start in starts.items():
            place = TopicPartition(topic, partition)
            low, high = patiently(partial(consumer.get_watermark_offsets, place, timeout=_SECONDS))
            if max(low, start) < high:
                ends[partition] = high
                begins.append(TopicPartition(topic, partition, max(low, start)))
        consumer.assign(begins)
        while ends:
            for message in consumer.consume(500, 0.2):
                error = message.error()
                if error is not None:
                    if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its name
                        ends.pop(message.partition() or 0, None)
                    continue
                record = record_of(message)
                end = ends.get(record.partition, 0)
                if record.offset < end:
                    yield record
                if record.offset + 1 >= end:
                    ends.pop(record.partition, None)
    finally:
        consumer.close()
