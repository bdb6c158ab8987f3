"""The ports on PostgreSQL, within one SQLAlchemy session."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from kit.database import locked
from kit.ids import new_id
from kit.messages import to_message
from kit.outbox import Outbox
from orders.adapters.publishing import contract_of
from orders.adapters.tables import idempotency_keys, orders, outbox
from orders.domain.errors import IdempotencyInProgressError
from orders.domain.events import OrderEvent
from orders.domain.idempotency import IdempotencyKey
from orders.domain.order import Order
from orders.domain.states import OrderStatus

# Takes the key's lock without waiting, and keeps the key if it got the lock and the key is new. The
# lock ends with the transaction, so a key that is kept by the holder is visible to the next.
_CLAIM = text("""
    WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(:lock) AS mine),
    kept AS (
        INSERT INTO orders.idempotency_keys (user_id, key, fingerprint, order_id, created_at)
        SELECT CAST(:user_id AS uuid), CAST(:key AS text), CAST(:fingerprint AS bytea),
               CAST(:order_id AS uuid), CAST(:created_at AS timestamptz)
        FROM turn WHERE mine
        ON CONFLICT (user_id, key) DO NOTHING
        RETURNING 1
    )
    SELECT turn.mine, EXISTS (SELECT FROM kept) AS kept FROM turn
""")


class SqlOrders:
    """Orders in the session's unit of work."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, order: Order) -> None:
        """Keep a new order."""
        self._session.add(order)

    async def get(self, order_id: UUID) -> Order | None:
        """The order, its row locked until the transaction ends."""
        return await self._session.get(Order, order_id, with_for_update=True)

    async def get_many(self, order_ids: Collection[UUID]) -> dict[UUID, Order]:
        """Those that exist; locked in the order of their ids, so two callers cannot deadlock."""
        found = await locked(self._session, Order, orders.c.id, order_ids)
        return {order.id: order for order in found}

    async def pending_since(self, before: datetime, limit: int) -> Sequence[Order]:
        """Pending orders created before a time, oldest first, not locked."""
        waiting = (
            select(Order)
            .where(orders.c.status == OrderStatus.PENDING, orders.c.created_at < before)
            .order_by(orders.c.created_at)
            .limit(limit)
        )
        return (await self._session.scalars(waiting)).all()


class SqlIdempotencyKeys:
    """Idempotency keys, kept in the transaction of the order that they stand for."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def claim(self, key: IdempotencyKey) -> IdempotencyKey | None:
        """Keep the key, or return the one kept earlier; never waits for another transaction."""
        values = {
            "lock": _lock(key),
            "user_id": key.user_id,
            "key": key.key,
            "fingerprint": key.fingerprint,
            "order_id": key.order_id,
            "created_at": key.created_at,
        }
        mine, kept = (await self._session.execute(_CLAIM, values)).one()
        if not mine:
            raise IdempotencyInProgressError
        return None if kept else await self._earlier(key)

    async def purge(self, before: datetime) -> int:
        """Forget keys created before a time; return how many there were."""
        old = (
            delete(idempotency_keys)
            .where(idempotency_keys.c.created_at < before)
            .returning(idempotency_keys.c.order_id)
        )
        return len((await self._session.execute(old)).all())

    async def _earlier(self, key: IdempotencyKey) -> IdempotencyKey:
        kept = select(idempotency_keys).where(
            idempotency_keys.c.user_id == key.user_id, idempotency_keys.c.key == key.key
        )
        row = (await self._session.execute(kept)).mappings().one()
        return IdempotencyKey(**row)


class SqlOrderWork:
    """What one transaction of the orders context can touch."""

    def __init__(self, session: AsyncSession) -> None:
        self.orders = SqlOrders(session)
        self.idempotency = SqlIdempotencyKeys(session)
        self._outbox = Outbox(session, outbox)

    def publish(self, event: OrderEvent) -> None:
        """Tell the event if the transaction commits. An order's events share a key."""
        message = to_message(
            contract_of(event), key=str(event.order_id), new_id=new_id, occurred_at=event.at
        )
        self._outbox.add(message)


def _lock(key: IdempotencyKey) -> int:
    digest = hashlib.sha256(b"orders.idempotency" + key.user_id.bytes + key.key.encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
