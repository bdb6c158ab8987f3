"""The relay to Kafka: outbox to topics, per key in the order of the outbox.

Any number of relays may work on one outbox. Keys fall into shards; a relay works on the shards
whose advisory lock it gets, so that no two of them publish the same key at the same time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import structlog
from confluent_kafka import KafkaError
from psycopg import sql
from sqlalchemy import Table

from kit.database import Connection, Database
from kit.messages import Message
from kit.relay import Policy, Relay
from kit_kafka.catalogue import topic_of
from kit_kafka.envelope import headers_of
from kit_kafka.producer import EventProducer, Outgoing

_log = structlog.get_logger()

_SHARDS = 32
_TOO_LARGE = (KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG, KafkaError.INVALID_RECORD)
POLICY = Policy(batch=1000, poll_seconds=0.1)


class _Row(NamedTuple):
    id: str
    type: str
    key: str
    payload: str
    headers: dict[str, str]
    occurred_at: datetime

    def outgoing(self, source: str) -> Outgoing:
        return Outgoing(
            topic_of(self.type).name,
            self.key.encode(),
            self.payload.encode(),
            headers_of(self, source),
        )


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
        super().__init__(database, table, self._undeliverable, policy)
        self._producer = producer
        self._source = source
        self._kafka = _Statements.on(table)
        self._reachable = True

    async def _undeliverable(self, message: Message) -> None:
        raise NotImplementedError(message.type)  # batches are published, not messages

    async def _deliver_batch(self, connection: Connection) -> int:
        # In a pipeline BEGIN travels with what follows it, and COMMIT with what precedes it.
        async with connection.pipeline(), connection.transaction():
            # Two statements: what another relay has published meanwhile must be seen as published.
            locked = await (await connection.execute(self._kafka.lock)).fetchall()
            if not locked:
                return 0
            shards = [shard for (shard,) in locked]
            cursor = await connection.execute(self._kafka.take, (shards, self._policy.batch))
            rows = [_Row(*row) for row in await cursor.fetchall()]
            if not rows:
                return 0
            outcomes = await self._producer.publish([row.outgoing(self._source) for row in rows])
            published, parked, refused = _sorted(rows, outcomes)
            await connection.execute(self._kafka.delivered, (f"{{{','.join(published)}}}",))
            for row, error in parked:
                await connection.execute(self._kafka.park, (error, row.id))
                _log.error("message parked", relay=self.name, message_id=row.id, error=error)
        self._tell(refused, len(published))
        # A batch that is refused is no progress: wait for the next poll.
        return self._policy.batch if published and not refused else 0

    def _tell(self, refused: str | None, published: int) -> None:
        if refused and self._reachable:
            _log.warning("relay waits for its brokers", relay=self.name, error=refused)
        elif published and not refused and not self._reachable:
            _log.info("relay has its brokers back", relay=self.name)
        if refused or published:
            self._reachable = refused is None


def _sorted(
    rows: Sequence[_Row], outcomes: Sequence[KafkaError | None]
) -> tuple[list[str], list[tuple[_Row, str]], str | None]:
    """Published, to be parked, and why others were refused.

    What was published after a refused one of its key counts as refused too: the repetition, which
    the inbox absorbs, brings them in order again.
    """
    published: list[str] = []
    parked: list[tuple[_Row, str]] = []
    stopped: set[str] = set()
    refused = None
    for row, error in zip(rows, outcomes, strict=True):
        if error is None:
            if row.key not in stopped:
                published.append(row.id)
        elif error.code() in _TOO_LARGE:
            parked.append((row, error.str()))
        else:
            stopped.add(row.key)
            refused = error.str()
    return published, parked, refused


@dataclass(frozen=True, slots=True)
class _Statements:
    lock: sql.Composed
    take: sql.Composed
    delivered: sql.Composed
    park: sql.Composed

    @classmethod
    def on(cls, table: Table) -> "_Statements":
        name = sql.Identifier(*(part for part in (table.schema, table.name) if part))
        undelivered = sql.SQL(
            "delivered_at IS NULL AND failed_at IS NULL AND next_attempt_at <= now()"
        )
        shard = sql.SQL("(hashtext(key) & {})").format(sql.Literal(_SHARDS - 1))
        lock = sql.SQL(
            "WITH head AS MATERIALIZED"
            " (SELECT key FROM {name} WHERE {undelivered} ORDER BY id LIMIT 2000),"
            " shards AS MATERIALIZED (SELECT DISTINCT {shard} AS shard FROM head),"
            # Half of them: another relay shall find something to do.
            " chosen AS MATERIALIZED (SELECT shard FROM shards ORDER BY random()"
            " LIMIT (SELECT (count(*) + 1) / 2 FROM shards))"
            " SELECT shard FROM chosen"
            " WHERE pg_try_advisory_xact_lock(hashtext({lock}), shard)"
        ).format(
            name=name,
            undelivered=undelivered,
            shard=shard,
            lock=sql.Literal(f"relay of {table.schema}.{table.name}"),
        )
        return cls(
            lock=lock,
            take=sql.SQL(
                "SELECT id::text, type, key, payload::text, headers, occurred_at FROM {name}"
                " WHERE {undelivered} AND {shard} = ANY(%s) ORDER BY id LIMIT %s FOR UPDATE"
            ).format(name=name, undelivered=undelivered, shard=shard),
            # As one text: a driver takes long over an array of hundreds.
            delivered=sql.SQL(
                "UPDATE {} SET delivered_at = clock_timestamp() WHERE id = ANY(%s::uuid[])"
            ).format(name),
            park=sql.SQL(
                "UPDATE {} SET failed_at = clock_timestamp(), last_error = %s WHERE id = %s"
            ).format(name),
        )
