"""What the catalog does about the events of orders. Each handler may run again and run late."""

from collections.abc import Sequence

from catalog.application.reservations import ReservationService, Reserve
from catalog.domain.reservation import RequestedLine
from contracts.orders_v1 import OrderCancelled, OrderConfirmed, OrderPlaced, OrderRejected
from kit.bus import Bus


class CatalogMessages:
    """What happens to the stock of orders."""

    def __init__(self, reservations: ReservationService) -> None:
        self._reservations = reservations

    async def orders_placed(self, events: Sequence[OrderPlaced]) -> None:
        """Reserve; the answers are published."""
        commands = {
            event.order_id: Reserve(
                order_id=event.order_id,
                lines=tuple(RequestedLine(line.product_id, line.quantity) for line in event.lines),
            )
            for event in events
        }
        await self._reservations.reserve(list(commands.values()))

    async def orders_confirmed(self, events: Sequence[OrderConfirmed]) -> None:
        """What is held is sold."""
        await self._reservations.confirm([event.order_id for event in events])

    async def orders_ended(self, events: Sequence[OrderRejected | OrderCancelled]) -> None:
        """Whatever is held or sold goes back."""
        for event in events:
            await self._reservations.release(event.order_id)


def subscribe(bus: Bus, reservations: ReservationService, *, answers: bool) -> None:
    """Handle every message that concerns the catalog.

    `answers` reserves for orders that are placed, where orders does not ask by a call.
    """
    messages = CatalogMessages(reservations)
    if answers:
        bus.subscribe("catalog", OrderPlaced, messages.orders_placed)
    bus.subscribe("catalog", OrderConfirmed, messages.orders_confirmed)
    bus.subscribe("catalog", OrderRejected, messages.orders_ended)
    bus.subscribe("catalog", OrderCancelled, messages.orders_ended)
