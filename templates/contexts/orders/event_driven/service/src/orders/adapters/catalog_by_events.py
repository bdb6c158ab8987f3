"""Stock is reserved by the consumer of `OrderPlaced`; the answer is an event, too."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from time import monotonic
from uuid import UUID

from kit.database import Database, SqlTransactions
from kit_kafka.exchange import Exchange
from orders.adapters.repositories import SqlOrderWork
from orders.application.ports import Refused, Reserved
from orders.domain.events import OrderPlaced
from orders.domain.lines import OrderLine


class CatalogByEvents:
    """The catalog context behind the orders context's own port.

    Placing an order has published OrderPlaced. Asked for an order that waits for long, this
    publishes it once more, at most once in each `again_after`: an answer may have been lost.
    """

    def __init__(self, database: Database, exchange: Exchange, again_after: timedelta) -> None:
        self._exchange = exchange
        self._transactions = SqlTransactions(database, SqlOrderWork)
        self._again_after = again_after.total_seconds()
        self._asked: dict[UUID, float] = {}

    async def reserve(
        self, wanted: Mapping[UUID, Sequence[OrderLine]]
    ) -> Sequence[Reserved | Refused]:
        """No answer: it comes as a message."""
        for order_id in wanted:
            await self._ask(order_id)
        return ()

    async def unanswered(self, order_ids: Collection[UUID]) -> Collection[UUID]:
        """Those that catalog has gone past without an answer."""
        found = await self._exchange.unanswered([str(order_id) for order_id in order_ids])
        return {order_id for order_id in order_ids if str(order_id) in found}

    async def _ask(self, order_id: UUID) -> None:
        now = monotonic()
        self._asked = {
            each: asked for each, asked in self._asked.items() if now - asked < self._again_after
        }
        if order_id in self._asked:
            return
        async with self._transactions() as work:
            order = await work.orders.get(order_id)
            if order is not None and order.is_pending:
                work.publish(
                    OrderPlaced(
                        order_id=order.id,
                        user_id=order.user_id,
                        lines=order.lines,
                        at=order.created_at,
                    )
                )
        self._asked[order_id] = now
