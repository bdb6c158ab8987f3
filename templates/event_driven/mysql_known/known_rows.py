"""Whether there are rows of another context, on MySQL: copies of their ids, kept by its events.

As kit_kafka.known_rows has it, but that no lock keeps the consumer away while a copy is filled:
locks by name are one node's. It begins when all copies are there. Of two that fill one copy the
second finds that it is, and what it has done is undone.
"""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Executable, insert

from kit.composition import Part
from kit.messages import ContractEvent
from kit.mysql.database import Database
from kit.mysql.transactions import SqlTransactions
from kit_kafka import known_rows
from kit_kafka.mysql.adapters import tables
from kit_kafka.mysql.process import Kafka
from kit_kafka.settings import KafkaSettings


class KnownByEvents(known_rows.KnownByEvents):
    """The ids of an entity's rows, which all of its events are about by their `key`."""

    copies = tables.copies
    known_rows = tables.known_rows

    def __init__(
        self,
        database: Database,
        rows: str,
        *,
        there: Sequence[type[ContractEvent]],
        gone: Sequence[type[ContractEvent]] = (),
        key: str,
    ) -> None:
        super().__init__(cast("Any", database), rows, there=there, gone=gone, key=key)

    def _in_transactions(self, database: Any) -> Any:
        return SqlTransactions(database, known_rows.itself)

    def _noting(self) -> Executable:
        return insert(self.known_rows).prefix_with("IGNORE")


def filling(kafka: Kafka, settings: KafkaSettings, *made: KnownByEvents) -> Part:
    """What fills the copies that are new, and keeps process and consumer from going on before."""
    kafka.before.extend(each.filled for each in made)
    return known_rows.filling(cast("Any", kafka), settings, *made)
