"""What is done to the topics behind everybody's back: repetitions, reordering, poison."""

import random
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from confluent_kafka import KafkaException, Message, Producer

from dev.brokers import declared, reads_of
from dev.chaos.shop import ChaosError
from dev.contexts import SERVICES
from kit_kafka import dead_letters
from kit_kafka.catalogue import event_classes
from kit_kafka.envelope import Record
from kit_kafka.process import topics_of
from kit_kafka.topics import EVENTS
from kit_kafka.trouble import patiently

POISON_KEY = b"poison"
_SECONDS = 60.0
T = TypeVar("T")
Place = tuple[str, int, int]
"""Topic, partition, offset."""


class Topics:
    """The project's topics at these brokers, of which some may be away for a while."""

    def __init__(self, brokers: str, chance: random.Random) -> None:
        # Of brokers that were killed it would say much.
        self._config: dict[str, str | int] = {"bootstrap.servers": brokers, "log_level": 2}
        self._chance = chance
        self._producer = Producer(self._config | {"enable.idempotence": True})
        self._poisoned: set[Place] = set()

    def repeat(self) -> int:
        """Publish every event of every topic once more, in another order; how many."""
        count = 0
        for topic, partitions in self._events().items():
            records = _patiently(partial(self._events_in, topic, partitions))
            self._chance.shuffle(records)
            for record in records:
                headers: list[tuple[str, str | bytes | None]] = list(record.headers.items())
                self._producer.produce(topic, record.value, record.key, headers=headers)
                self._producer.poll(0)
            count += len(records)
        self._flush()
        return count

    def poison(self) -> int:
        """Publish to every partition what nobody can read; how many."""
        before = len(self._poisoned)

        def remember(error: object, message: Message) -> None:
            if error is None:
                place = (message.topic() or "", message.partition() or 0, message.offset() or 0)
                self._poisoned.add(place)

        for topic, partitions in self._events().items():
            for partition in partitions:
                kind = self._chance.choice([*event_classes()])
                value, changed = self._chance.choice(_POISON)
                good = {
                    "ce_specversion": "1.0",
                    "ce_id": secrets.token_hex(16),
                    "ce_source": "/chaos",
                    "ce_type": kind,
                    "ce_time": datetime.now(UTC).isoformat(),
                }
                headers: list[tuple[str, str | bytes | None]] = list((good | changed).items())
                self._producer.produce(
                    topic, value, POISON_KEY, partition, remember, headers=headers
                )
        self._flush()
        return len(self._poisoned) - before

    def unburied(self) -> int:
        """How much of the poison is not a dead letter yet of every group that reads its topic.

        Where it is, the group has seen all that stands before it. Raises ChaosError when anything
        else is a dead letter.
        """
        missing = 0
        for group in SERVICES:
            read = {topic.name for topic in topics_of(reads_of(group))}
            if not read:
                continue
            letters = _patiently(partial(dead_letters.read, self._config, group))
            for letter in letters:
                if letter.record.key != POISON_KEY:
                    raise ChaosError(f"a dead letter that was not poisoned: {letter}")
            buried = {(it.record.topic, it.record.partition, it.record.offset) for it in letters}
            missing += len({place for place in self._poisoned if place[0] in read} - buried)
        return missing

    def _events_in(self, topic: str, partitions: Sequence[int]) -> list[Record]:
        found = dead_letters.read_to_end(self._config, topic, dict.fromkeys(partitions, 0))
        return [record for record in found if record.key != POISON_KEY]

    def _events(self) -> dict[str, list[int]]:
        present = _patiently(lambda: self._producer.list_topics(timeout=10)).topics
        names = [topic.name for topic in declared() if topic.name.endswith(EVENTS)]
        return {name: sorted(present[name].partitions) for name in names}

    def _flush(self) -> None:
        if self._producer.flush(_SECONDS):
            raise ChaosError("the brokers do not take what is repeated")


_AHEAD = (datetime.now(UTC) + timedelta(days=365)).isoformat()
_POISON: list[tuple[bytes, dict[str, str]]] = [
    (b"<order/>", {}),
    (b'{"pad": "' + b"x" * 300_000 + b'"}', {}),
    (b"{}", {"ce_type": "weather.changed.v1"}),
    (b"{}", {"ce_id": "17"}),
    (b"{}", {"ce_time": _AHEAD}),
]


def _patiently(ask: Callable[[], T]) -> T:
    """The answer, although brokers are killed meanwhile; raises ChaosError."""
    try:
        return patiently(ask, _SECONDS)
    except KafkaException as error:
        raise ChaosError(f"the brokers do not answer: {error}") from error
