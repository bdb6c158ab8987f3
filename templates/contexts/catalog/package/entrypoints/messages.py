"""What the catalog does about the events of orders. Each handler may run again and run late."""

from collections.abc import Sequence

from catalog.application.reservations import ReservationService, Reserve
from catalog.domain.reservation import RequestedLine
from contracts.orders_v1 import OrderCancelled, OrderConfirmed, OrderPlaced, OrderRejected


class CatalogMessages:
    """Handlers, to be subscribed by whoever composes the process."""

    def __init__(self, reservations: ReservationService) -> None:
        self._reservations = reservations

    async def order_placed(self, event: OrderPlaced) -> None:
        """Reserve; the answer is published. Only where orders does not ask by a call."""
        lines = tuple(RequestedLine(line.product_id, line.quantity) for line in event.lines)
        await self._reservations.reserve(Reserve(order_id=event.order_id, lines=lines))

    async def order_confirmed(self, event: OrderConfirmed) -> None:
        """What is held is sold."""
        await self._reservations.confirm(event.order_id)

    async def orders_confirmed(self, events: Sequence[OrderConfirmed]) -> None:
        """The same for many."""
        await self._reservations.confirm_all([event.order_id for event in events])

    async def order_rejected(self, event: OrderRejected) -> None:
        """Whatever is held goes back."""
        await self._reservations.release(event.order_id)

    async def order_cancelled(self, event: OrderCancelled) -> None:
        """Whatever is held or sold goes back."""
        await self._reservations.release(event.order_id)
