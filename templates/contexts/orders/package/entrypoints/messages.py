"""What the orders context does when something happened. Each handler may be called again."""

from collections.abc import Sequence

from contracts.catalog_v1 import ReservationLost, StockRejected, StockReserved
from contracts.orders_v1 import OrderPlaced
from kit.bus import Bus
from orders.adapters.catalog_answers import answer_of
from orders.application.process import OrderProcess
from orders.domain.lines import OrderLine


class OrderMessages:
    """Messages that move the order process on."""

    def __init__(self, process: OrderProcess) -> None:
        self._process = process

    async def orders_placed(self, events: Sequence[OrderPlaced]) -> None:
        """Ask for their stock."""
        wanted = {
            event.order_id: [OrderLine(line.product_id, line.quantity) for line in event.lines]
            for event in events
        }
        await self._process.advance(wanted)

    async def stock_answered(self, events: Sequence[StockReserved | StockRejected]) -> None:
        """Record the answers."""
        await self._process.record([answer_of(event) for event in events])

    async def reservations_lost(self, events: Sequence[ReservationLost]) -> None:
        """Cancel the orders."""
        for event in events:
            await self._process.lose_reservation(event.order_id)


def subscribe(bus: Bus, process: OrderProcess) -> None:
    """Handle every message that concerns the orders context."""
    messages = OrderMessages(process)
    bus.subscribe("orders", OrderPlaced, messages.orders_placed)
    bus.subscribe("orders", StockReserved, messages.stock_answered)
    bus.subscribe("orders", StockRejected, messages.stock_answered)
    bus.subscribe("orders", ReservationLost, messages.reservations_lost)
