"""The relay to Kafka: outbox to topics, per key in the order of the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import structlog
from confluent_kafka import KafkaError
from psycopg import sql
from sqlalchemy import Table

from kit.bus import Bus
from kit.database import Connection, Database
from kit.owed import Debt
from kit.relay import Policy, Relay, Statements
from kit_kafka.envelope import headers_of
from kit_kafka.producer import EventProducer, Outgoing
from kit_kafka.topics import topic_of

_log = structlog.get_logger()

_BROKERS = "kafka"
_TOO_LARGE = (KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG, KafkaError.INVALID_RECORD)
POLICY = Policy(batch=1000, poll_seconds=0.1)


class Row(NamedTuple):
    """A message of an outbox, its payload as text."""

    position: int
    id: str
    type: str
    key: str
    payload: str
    headers: dict[str, str]
    occurred_at: datetime

    def outgoing(self, source: str) -> Outgoing:
        """As it is published."""
        return Outgoing(
            topic_of(self.type).name,
            self.key.encode(),
            self.payload.encode(),
            headers_of(self, source),
        )


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a batch: the positions that are `done` with, which of them are parked, and why
    others were refused; when those happened that are there now, and how many are not."""

    done: Sequence[int]
    parked: Sequence[Debt]
    refused: str | None
    told: tuple[str, list[datetime], int]


class Publishing:
    """How a relay publishes, wherever its outbox is, and what it says of that."""

    def __init__(self, relay: str, producer: EventProducer, source: str) -> None:
        self._relay = relay
        self._producer = producer
        self._source = source
        self._reachable = True

    async def publish(self, rows: Sequence[Row]) -> Published:
        """Publish messages in their order."""
        outcomes = await self._producer.publish([row.outgoing(self._source) for row in rows])
        done, parked, refused = _sorted(rows, outcomes)
        published = {*done}
        at = [row.occurred_at for row in rows if row.position in published]
        return Published(done, parked, refused, (_BROKERS, at, len(rows) - len(done)))

    def say(self, published: Published) -> None:
        """Log what was parked, and when the brokers go away or are back."""
        for each in published.parked:
            _log.error("message parked", relay=self._relay, key=each.key, error=each.error)
        refused = published.refused
        if refused and self._reachable:
            _log.warning("relay waits for its brokers", relay=self._relay, error=refused)
        elif published.done and not refused and not self._reachable:
            _log.info("relay has its brokers back", relay=self._relay)
        if refused or published.done:
            self._reachable = refused is None


class KafkaRelay(Relay):
    """Publishes one outbox. What the brokers do not take stays, and is tried again for ever."""

    def __init__(
        self,
        database: Database,
        table: Table,
        producer: EventProducer,
        source: str,
        policy: Policy = POLICY,
    ) -> None:
        """`source` is the CloudEvents source, such as /shop/orders."""
        # Whoever consumes subscribed to the topic; to the brokers batches are published here.
        super().__init__(database, table, Bus(), policy)
        self._publishing = Publishing(self.name, producer, source)
        self._take = _taking(table)

    async def _deliver_batch(self, connection: Connection) -> int:
        # In a pipeline BEGIN travels with what follows it, and COMMIT with what precedes it.
        async with connection.pipeline(), connection.transaction():
            shards = await self._lock(connection)
            if not shards:
                return 0
            cursor = await connection.execute(self._take, (shards, self._policy.batch))
            rows = [Row(*row) for row in await cursor.fetchall()]
            if not rows:
                return 0
            published = await self._publishing.publish(rows)
            await connection.execute(self._statements.delivered, (published.done,))
            if published.parked:
                await self._owed.add(connection, published.parked)
        self._publishing.say(published)
        self.tell(*published.told)
        # A batch that is refused is no progress: wait for the next poll.
        return 0 if published.refused else len(published.done)


def _sorted(
    rows: Sequence[Row], outcomes: Sequence[KafkaError | None]
) -> tuple[list[int], list[Debt], str | None]:
    """The positions that are done with, which of them are parked, and why others were refused.

    What was published after a refused one of its key counts as refused too: the repetition, which
    the inbox absorbs, brings them in order again.
    """
    done: list[int] = []
    parked: list[Debt] = []
    stopped: set[str] = set()
    refused = None
    for row, error in zip(rows, outcomes, strict=True):
        if error is not None and error.code() not in _TOO_LARGE:
            stopped.add(row.key)
            refused = error.str()
        elif row.key not in stopped:
            done.append(row.position)
            if error is not None:
                parked.append(Debt(row.position, _BROKERS, row.key, 1, None, error.str()))
    return done, parked, refused


def _taking(table: Table) -> sql.Composed:
    """As the relay takes messages, but as texts: what is not read need not be parsed."""
    return Statements.taking(
        table, "position, id::text, type, key, payload::text, headers, occurred_at"
    )
