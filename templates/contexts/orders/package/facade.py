"""The only thing of orders that another context's adapter may call."""

from collections.abc import Collection
from uuid import UUID

from orders.application.ports import OrderQueries


class OrdersFacade:
    """Which orders there are."""

    def __init__(self, orders: OrderQueries) -> None:
        self._orders = orders

    async def known_orders(self, ids: Collection[UUID]) -> frozenset[UUID]:
        """The ids of orders that there are, of some."""
        return await self._orders.known_orders(ids)
