"""The relay from an outbox on MySQL to Kafka: per key in the order of the outbox."""

from typing import Any

from sqlalchemy import Text as AnyText
from sqlalchemy import insert, select, type_coerce, update

from kit.bus import Bus
from kit.clock import utc_now
from kit.mysql.database import Database
from kit.mysql.relay import Relay, row_of
from kit.relay import Policy
from kit_kafka.producer import EventProducer
from kit_kafka.relay import POLICY, Publishing, Row


class KafkaRelay(Relay):
    """Publishes one outbox. What the brokers do not take stays, and is tried again for ever."""

    def __init__(
        self,
        database: Database,
        table: Any,
        producer: EventProducer,
        source: str,
        policy: Policy = POLICY,
    ) -> None:
        """`source` is the CloudEvents source, such as /shop/orders."""
        # Whoever consumes subscribed to the topic; to the brokers batches are published here.
        super().__init__(database, table, Bus(), policy)
        self._publishing = Publishing(self.name, producer, source)

    async def _deliver_batch(self, connection: Any) -> int:
        del connection
        if not await self._take_turn():
            return 0
        rows = await self._new()
        published = await self._publishing.publish(rows)
        async with self._on_mysql.sessions.begin() as session:
            if published.done:
                done = self._outbox.c.position.in_(published.done)
                await session.execute(update(self._outbox).where(done), {"delivered_at": utc_now()})
            if published.parked:
                debts = [row_of(each) for each in published.parked]
                await session.execute(insert(self._debts), debts)
            await self._end_turn(session)
        self._publishing.say(published)
        self.tell(*published.told)
        # A batch that is refused is no progress: wait for the next poll.
        return 0 if published.refused else len(published.done)

    async def _new(self) -> list[Row]:
        outbox = self._outbox.c
        # As text: what is not read need not be parsed.
        payload = type_coerce(outbox.payload, AnyText).label("payload")
        before = (outbox.position, outbox.id, outbox.type, outbox.key, payload)
        statement = (
            select(*before, outbox.headers, outbox.occurred_at)
            .where(outbox.delivered_at.is_(None))
            .order_by(outbox.position)
            .limit(self._policy.batch)
        )
        async with self._on_mysql.reading() as connection:
            found = (await connection.execute(statement)).all()
        return [Row(row[0], str(row[1]), *row[2:]) for row in found]
