"""A context's process on Kafka whose database is on MySQL, as kit_kafka.process has it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, cast

from sqlalchemy import Table

from kit.bus import Bus
from kit.mysql.composition import Foundation
from kit.mysql.database import Database
from kit_kafka import process
from kit_kafka.mysql.handling import Handling
from kit_kafka.mysql.relay import KafkaRelay
from kit_kafka.observation import KafkaMetrics
from kit_kafka.producer import EventProducer
from kit_kafka.settings import KafkaSettings, Role

TABLES = "kit_kafka.mysql"
"""Whose migrations a context's database has besides the context's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaFoundation(Foundation):
    """A foundation whose relays publish to Kafka."""

    producer: EventProducer
    source: str

    def relay(self, outbox: Table) -> KafkaRelay:
        """From a context's outbox to its topic."""
        return KafkaRelay(self.database, outbox, self.producer, self.source)


class Kafka(process.Kafka):
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
        super().__init__(settings, context, cast("Any", database), bus, has)
        self._on_mysql = database
        # What has to be so before the consumer handles anything.
        self.before: list[Callable[[], Awaitable[bool]]] = []
        self._begun = False

    @property
    def foundation(self) -> Any:
        """What the context is wired on; its source is the context's name."""
        return KafkaFoundation(
            self._on_mysql,
            self._bus,
            self._bus,
            producer=self._producer,
            source=f"/{self._context}",
        )

    def handling(
        self,
        metrics: KafkaMetrics,
        permanent: Mapping[type[Exception], str] | None = None,
    ) -> Handling:
        """How the context's consumer group handles events."""
        usual = super().handling(metrics, permanent)
        given = {each.name: getattr(usual, each.name) for each in fields(usual)}
        return Handling(**given, may_begin=self._may_begin)

    async def _may_begin(self) -> bool:
        if not self._begun:
            self._begun = all([await each() for each in self.before])
        return self._begun
