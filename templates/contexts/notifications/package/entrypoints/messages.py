"""What the notifications context does when something happened. Each may be called again."""

from collections.abc import Sequence

from contracts.identity_v1 import UserRegistered
from contracts.orders_v1 import OrderCancelled, OrderConfirmed, OrderRejected
from kit.bus import Bus
from notifications.application.service import ConfirmedOrder, NotificationService
from notifications.domain.recipient import Recipient


class NotificationMessages:
    """Events that users are notified of, and the addresses to notify."""

    def __init__(self, service: NotificationService) -> None:
        self._service = service

    async def order_confirmed(self, event: OrderConfirmed) -> None:
        """Record it."""
        await self.orders_confirmed([event])

    async def orders_confirmed(self, events: Sequence[OrderConfirmed]) -> None:
        """Record all."""
        confirmed = [
            ConfirmedOrder(
                order_id=event.order_id,
                user_id=event.user_id,
                total_cents=event.total_cents,
                currency=event.currency,
            )
            for event in events
        ]
        await self._service.orders_confirmed(confirmed)

    async def order_rejected(self, event: OrderRejected) -> None:
        """Record it."""
        await self._service.order_rejected(event.order_id, event.user_id, event.reason)

    async def order_cancelled(self, event: OrderCancelled) -> None:
        """Record it."""
        await self._service.order_cancelled(event.order_id, event.user_id)

    async def user_registered(self, event: UserRegistered) -> None:
        """Remember the address."""
        await self._service.know_recipient(
            Recipient(user_id=event.user_id, email=event.email, name=event.name)
        )


def subscribe(bus: Bus, service: NotificationService) -> None:
    """Handle every message that concerns the notifications context."""
    messages = NotificationMessages(service)
    bus.subscribe(OrderConfirmed, messages.order_confirmed, together=messages.orders_confirmed)
    bus.subscribe(OrderRejected, messages.order_rejected)
    bus.subscribe(OrderCancelled, messages.order_cancelled)
    bus.subscribe(UserRegistered, messages.user_registered)
