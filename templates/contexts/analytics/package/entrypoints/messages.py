"""What analytics learns from events; many of them at once."""

from collections.abc import Sequence
from typing import TypeAlias

from analytics.application.projection import SalesProjection
from analytics.domain.order_facts import OrderFacts
from contracts.orders_v1 import OrderCancelled, OrderConfirmed, OrderPlaced, OrderRejected
from kit.bus import Bus

OrderEvent: TypeAlias = OrderPlaced | OrderConfirmed | OrderRejected | OrderCancelled
READS = (OrderPlaced, OrderConfirmed, OrderRejected, OrderCancelled)


class AnalyticsMessages:
    """Events as facts. May be called again with the same."""

    def __init__(self, projection: SalesProjection) -> None:
        self._projection = projection

    async def many(self, events: Sequence[OrderEvent]) -> None:
        """Take them into the projection."""
        await self._projection.take([_facts(event) for event in events])


def subscribe(bus: Bus, projection: SalesProjection) -> None:
    """Take every event that the projection is made of."""
    messages = AnalyticsMessages(projection)
    bus.subscribe("analytics", OrderPlaced, messages.many)
    bus.subscribe("analytics", OrderConfirmed, messages.many)
    bus.subscribe("analytics", OrderRejected, messages.many)
    bus.subscribe("analytics", OrderCancelled, messages.many)


def _facts(event: OrderEvent) -> OrderFacts:
    if isinstance(event, OrderPlaced):
        return OrderFacts(order_id=event.order_id, state="placed", placed_at=event.placed_at)
    if isinstance(event, OrderConfirmed):
        return OrderFacts(
            order_id=event.order_id,
            state="confirmed",
            confirmed_at=event.confirmed_at,
            total_cents=event.total_cents,
            currency=event.currency,
        )
    if isinstance(event, OrderRejected):
        return OrderFacts(order_id=event.order_id, state="rejected")
    return OrderFacts(order_id=event.order_id, state="cancelled")
