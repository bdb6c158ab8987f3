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

    async def orders_confirmed(self, events: Sequence[OrderConfirmed]) -> None:
        """Record them."""
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

    async def orders_rejected(self, events: Sequence[OrderRejected]) -> None:
        """Record them."""
        for event in events:
            await self._service.order_rejected(event.order_id, event.user_id, event.reason)

    async def orders_cancelled(self, events: Sequence[OrderCancelled]) -> None:
        """Record them."""
        for event in events:
            await self._service.order_cancelled(event.order_id, event.user_id)

    async def users_registered(self, events: Sequence[UserRegistered]) -> None:
        """Remember their addresses."""
        for event in events:
            await self._service.know_recipient(
                Recipient(user_id=event.user_id, email=event.email, name=event.name)
            )


def subscribe(bus: Bus, service: NotificationService) -> None:
    """Handle every message that concerns the notifications context."""
    messages = NotificationMessages(service)
    bus.subscribe("notifications", OrderConfirmed, messages.orders_confirmed)
    bus.subscribe("notifications", OrderRejected, messages.orders_rejected)
    bus.subscribe("notifications", OrderCancelled, messages.orders_cancelled)
    bus.subscribe("notifications", UserRegistered, messages.users_registered)
