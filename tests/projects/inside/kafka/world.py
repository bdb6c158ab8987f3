"""A shop in miniature on real infrastructure: one event type, an outbox, a consumer, effects."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from confluent_kafka import Consumer
from prometheus_client import Counter
from sqlalchemy import Column, MetaData, Table, Text, Uuid
from sqlalchemy.ext.asyncio import AsyncSession

from dev.kafka import EmbeddedKafka
from kit.background import Backoff
from kit.bus import Bus
from kit.clock import new_id, utc_now
from kit.database import Database, SqlTransactions
from kit.messages import to_message
from kit.outbox import Outbox, outbox_table
from kit_kafka.brokers import Brokers
from kit_kafka.consumer import EventConsumer
from kit_kafka.dead_letters import DeadLetter, read
from kit_kafka.envelope import Rules
from kit_kafka.handling import Handling
from kit_kafka.observation import KafkaMetrics
from kit_kafka.producer import EventProducer, Outgoing
from kit_kafka.relay import KafkaRelay
from kit_kafka.settings import KafkaSettings
from kit_kafka.topics import Topic, dead_letters_of, events_of

METADATA = MetaData(schema="kafka_test")
EFFECTS = Table(
    "effects",
    METADATA,
    Column("position", Text, primary_key=True),
    Column("id", Uuid),
    Column("key", Text),
)
OUTBOX = outbox_table(METADATA)
SOURCE = "/shop/tests"
PARTITIONS = 3


class NothingThereError(Exception):
    """An event about something that does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The tests' event."""

    TYPE: ClassVar[str] = "tests.counted.v1"

    number: int
    key: str = "one"


class Work:
    """A unit of work that counts."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self._outbox = Outbox(session, OUTBOX)

    def publish(self, kind: str, number: int, key: str) -> None:
        """Through the outbox."""
        event = Counted(number=number, key=key)
        message = to_message(event, key=key, new_id=new_id, occurred_at=utc_now())
        # The topic follows from the type, and each test has its own.
        object.__setattr__(message, "type", kind)
        self._outbox.add(message)

    async def effect(self, number: int, key: str) -> None:
        """Add a row, one more for each time that the number is counted."""
        await self.session.execute(
            EFFECTS.insert().values(position=f"{number}/{secrets.token_hex(4)}", key=key)
        )


Handler = Callable[[Counted], Awaitable[None]]


@dataclass
class Running:
    """What a test's world runs, to be stopped at its end."""

    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    stops: list[Callable[[], None]] = field(default_factory=list)


class World:
    """One topic, one outbox, and as many relays and consumers as a test starts."""

    def __init__(
        self, settings: KafkaSettings, database: Database, embedded: EmbeddedKafka | None
    ) -> None:
        self.settings = settings
        self.embedded = embedded is not None
        self.database = database
        self.context = f"t{secrets.token_hex(4)}"
        self.kind = f"{self.context}.counted.v1"
        self.topic: Topic = events_of(self.context)
        self.group = f"g{secrets.token_hex(4)}"
        self.producer = EventProducer(settings, delivery_seconds=3)
        self.kafka_metrics = KafkaMetrics()
        self.transactions = SqlTransactions(database, Work)
        self.handled: list[int] = []
        self.needed = (self.topic, dead_letters_of(self.group))
        self.brokers = Brokers(settings, self.needed)
        self._running = Running()

    async def publish(self, *numbers: int, key: str = "one") -> None:
        """Into the outbox, in one transaction each."""
        for number in numbers:
            async with self.transactions() as work:
                work.publish(self.kind, number, key)

    async def send(self, *records: Outgoing) -> None:
        """Straight into the topic, past the outbox."""
        assert await self.producer.publish(records) == [None] * len(records)

    def relay(self) -> KafkaRelay:
        """A relay of the tests' outbox that does not run."""
        return KafkaRelay(self.database, OUTBOX, self.producer, SOURCE)

    def handling(self, handler: Handler | None = None, **options: Any) -> Handling:
        """What a consumer does with events: counts them by default."""
        bus = Bus()
        renamed = type("Renamed", (Counted,), {"TYPE": self.kind, "__slots__": ()})
        bus.subscribe("tests", renamed, _each(handler or self.count))
        rules = Rules(
            known=frozenset({self.kind, f"{self.context}.ignored.v1"}),
            max_bytes=self.settings.max_event_bytes,
            max_skew=timedelta(seconds=self.settings.max_clock_skew_seconds),
            clock=utc_now,
        )
        values: dict[str, Any] = {
            "group": self.group,
            "bus": bus,
            "database": self.database,
            "producer": self.producer,
            "rules": rules,
            "metrics": self.kafka_metrics,
            "backoff": Backoff(self.settings.retry_delays_seconds),
            "permanent": {NothingThereError: "unknown_aggregate"},
        }
        return Handling(**(values | options))

    async def count(self, event: Counted) -> None:
        """The effect."""
        async with self.transactions() as work:
            await work.effect(event.number, event.key)
        self.handled.append(event.number)

    def consumer(self, handling: Handling | None = None, batch: int = 100) -> EventConsumer:
        """A consumer that does not run."""
        handling = handling or self.handling()
        return EventConsumer(self.settings, self.brokers, handling, [self.topic], batch=batch)

    def start(self, *pieces: Any) -> None:
        """Run relays and consumers until the test ends."""
        for piece in pieces:
            self._running.tasks.append(asyncio.create_task(piece.run()))
            self._running.stops.append(piece.stop)

    async def stop(self) -> None:
        """Stop what runs."""
        for stop in self._running.stops:
            stop()
        await asyncio.gather(*self._running.tasks)
        self._running = Running()

    async def close(self) -> None:
        """Stop, and disconnect."""
        await self.stop()
        await self.producer.close()

    async def effects(self) -> list[int]:
        """The numbers that took effect, sorted."""
        async with self.database.reading() as connection:
            rows = await (
                await connection.execute("SELECT position FROM kafka_test.effects")
            ).fetchall()
        return sorted(int(row[0].partition("/")[0]) for row in rows)

    async def effects_become(self, numbers: Sequence[int], seconds: float = 20) -> None:
        """Wait for exactly these effects."""
        await eventually(self.effects, lambda found: found == sorted(numbers), seconds)

    async def counted(self, counter: Counter, value: float) -> None:
        """Wait for a metric: it counts what has happened, a moment later."""

        async def look() -> float:
            found: float = counter._value.get()
            return found

        await eventually(look, lambda found: found == value)

    async def dead_letters(self, count: int) -> list[DeadLetter]:
        """The group's dead letters, once there are so many."""
        config = self.settings.kafka_client("test")

        async def look() -> list[DeadLetter]:
            return await asyncio.to_thread(read, config, self.group)

        found: list[DeadLetter] = await eventually(look, lambda found: len(found) >= count)
        return found

    def everything_in_the_topic(self) -> list[Any]:
        """Every record of the topic as librdkafka gives it, per partition in order."""
        config = self.settings.kafka_client("test") | {
            "group.id": f"look-{secrets.token_hex(4)}",
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
        }
        consumer = Consumer(config)
        consumer.subscribe([self.topic.name])
        found: list[Any] = []
        ended: set[int] = set()
        while len(ended) < PARTITIONS:
            for message in consumer.consume(100, 0.5):
                if message.error():
                    ended.add(message.partition() or 0)
                else:
                    found.append(message)
        consumer.close()
        return found


def _each(handler: Handler) -> Callable[[Sequence[Any]], Awaitable[None]]:
    async def handle(events: Sequence[Any]) -> None:
        for event in events:
            await handler(event)

    return handle


async def eventually(
    look: Callable[[], Awaitable[Any]], holds: Callable[[Any], bool], seconds: float = 20
) -> Any:
    """What `look` finds once it holds."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not holds(found := await look()):
        assert asyncio.get_running_loop().time() < deadline, f"not so after {seconds} s: {found}"
        await asyncio.sleep(0.05)
    return found
