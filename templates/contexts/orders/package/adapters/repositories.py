"""The ports on PostgreSQL, within one SQLAlchemy session."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from kit.database import locked
from kit.outbox import Outbox
from orders.adapters.publishing import message_of
from orders.adapters.tables import orders, outbox
from orders.domain.events import OrderEvent
from orders.domain.order import Order
from orders.domain.states import OrderStatus


class SqlOrders:
    """Orders in the session's unit of work."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, order_id: UUID) -> Order | None:
        """The order, its row locked until the transaction ends."""
        return await self._session.get(Order, order_id, with_for_update=True)

    async def get_many(self, order_ids: Collection[UUID]) -> dict[UUID, Order]:
        """Those that exist; locked in the order of their ids, so two callers cannot deadlock."""
        found = await locked(self._session, Order, orders.c.id, order_ids)
        return {order.id: order for order in found}

    async def pending_since(
        self, before: datetime, limit: int, after: Order | None = None
    ) -> Sequence[Order]:
        """Pending orders created before a time, oldest first, not locked."""
        place = tuple_(orders.c.created_at, orders.c.id)
        waiting = (
            select(Order)
            .where(orders.c.status == OrderStatus.PENDING, orders.c.created_at < before)
            .order_by(orders.c.created_at, orders.c.id)
            .limit(limit)
        )
        if after is not None:
            waiting = waiting.where(place > tuple_(after.created_at, after.id))
        return (await self._session.scalars(waiting)).all()


class SqlOrderWork:
    """What one transaction of the orders context can touch."""

    def __init__(self, session: AsyncSession) -> None:
        self.orders = SqlOrders(session)
        self._outbox = Outbox(session, outbox)

    def publish(self, event: OrderEvent) -> None:
        """Tell the event if the transaction commits. An order's events share a key."""
        self._outbox.add(message_of(event))
