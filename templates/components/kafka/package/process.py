"""A context's process on Kafka: what it publishes, what it consumes, and which of both it does."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from fastapi import APIRouter
from sqlalchemy import Table

from kit.background import Backoff, Periodic
from kit.bus import Bus
from kit.clock import utc_now
from kit.composition import Foundation, Part
from kit.database import Database
from kit.messages import ContractEvent
from kit.metrics import Metrics
from kit_kafka.brokers import Brokers
from kit_kafka.catalogue import event_classes
from kit_kafka.consumer import EventConsumer
from kit_kafka.envelope import Rules
from kit_kafka.handling import Handling
from kit_kafka.observation import KafkaMetrics
from kit_kafka.producer import EventProducer
from kit_kafka.relay import KafkaRelay
from kit_kafka.roles import chosen
from kit_kafka.settings import KafkaSettings, Role
from kit_kafka.topics import Topic, dead_letters_of, service_of, topic_of

_PURGE_EVERY = timedelta(hours=1)
SCHEMA = "kit_kafka"
"""What a context's database holds besides the context's own schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaFoundation(Foundation):
    """A foundation whose relays publish to Kafka."""

    producer: EventProducer
    source: str

    def relay(self, outbox: Table) -> KafkaRelay:
        """From a context's outbox to its topic."""
        return KafkaRelay(self.database, outbox, self.producer, self.source)


class Kafka:
    """What one context needs of the brokers. Nothing is connected to before the process starts."""

    def __init__(
        self,
        settings: KafkaSettings,
        context: str,
        database: Database,
        bus: Bus,
        has: Sequence[Role],
    ) -> None:
        """`has` are the context's roles; raises SettingsError where ROLES asks for another one."""
        self._has = has
        self._roles = chosen(context, has, settings.roles)
        self._settings = settings
        self._context = context
        self._database = database
        self._bus = bus
        self._producer = EventProducer(settings)

    @property
    def foundation(self) -> Foundation:
        """What the context is wired on; its source is the context's name."""
        source = f"/{self._context}"
        # Relays publish; the bus is whose events are consumed here.
        return KafkaFoundation(
            self._database,
            self._bus,
            self._bus,
            producer=self._producer,
            source=source,
        )

    def part(
        self,
        reads: Sequence[type[ContractEvent]],
        *,
        permanent: Mapping[type[Exception], str] | None = None,
        batch: int = 100,
        together: bool = True,
        periodic: Sequence[Periodic] = (),
        observe: Sequence[Callable[[Metrics], None]] = (),
    ) -> Part:
        """The consumer of these event classes, unless this process has another role.

        `periodic` work runs and `observe` is called whatever the role is.
        `permanent` gives domain errors that no repetition mends the reason of their dead letters.
        A `batch` is what is stored in one transaction; not `together`, one event after the other.
        """
        topics = topics_of(reads)
        brokers = Brokers(self._settings, _needed(self._context, topics))
        metrics = KafkaMetrics()
        handling = replace(self.handling(metrics, permanent), together=together)
        consumer = EventConsumer(self._settings, brokers, handling, topics, batch=batch)
        consumes = bool(reads) and "consumer" in self._roles
        purge = Periodic("purge the inbox", consumer.purge, _PURGE_EVERY)

        def show(shown: Metrics) -> None:
            if consumes:
                metrics.register(shown)
                shown.on_scrape(consumer.observe, metrics.paused, metrics.retries, metrics.lag)

        return Part(
            router=APIRouter(),
            statuses={},
            loops=(consumer,) if consumes else (),
            # An API accepts orders without brokers; whoever publishes or consumes needs them.
            checks={"kafka": brokers.check} if self._roles - {"api"} else {},
            periodic=(*periodic, purge) if consumes else periodic,
            observe=(show, *observe),
        )

    def handling(
        self,
        metrics: KafkaMetrics,
        permanent: Mapping[type[Exception], str] | None = None,
    ) -> Handling:
        """How the context's consumer group handles events."""
        settings = self._settings
        return Handling(
            group=self._context,
            bus=self._bus,
            database=self._database,
            producer=self._producer,
            rules=Rules(
                known=frozenset(event_classes()),
                max_bytes=settings.max_event_bytes,
                max_skew=timedelta(seconds=settings.max_clock_skew_seconds),
                clock=utc_now,
            ),
            metrics=metrics,
            backoff=Backoff(settings.retry_delays_seconds),
            permanent=permanent or {},
        )

    def in_roles(self, *parts: Part) -> list[Part]:
        """The parts without what this process does not do.

        Periodic work goes with the last of the context's roles, so that every context has it once.
        """
        roles = self._roles
        return [
            replace(
                part,
                router=part.router if "api" in roles else APIRouter(),
                relays=part.relays if "relay" in roles else (),
                periodic=part.periodic if self._has[-1] in roles else (),
            )
            for part in parts
        ]

    @property
    def closing(self) -> Sequence[Callable[[], Awaitable[None]]]:
        """What is to be awaited when the process ends."""
        return [self._producer.close]


def topics_of(reads: Sequence[type[ContractEvent]]) -> list[Topic]:
    """The topics of these event classes."""
    return list({topic_of(cls.TYPE).name: topic_of(cls.TYPE) for cls in reads}.values())


def _needed(context: str, read: Sequence[Topic]) -> list[Topic]:
    published = [topic_of(kind) for kind in event_classes() if service_of(kind) == context]
    own = [*published, *([dead_letters_of(context)] if read else [])]
    return list({topic.name: topic for topic in [*own, *read]}.values())
