"""What is recorded when something happened. Each may be called again for the same happening."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from notifications.application.ports import Clock, NewId, Transactions
from notifications.domain.kinds import NotificationKind
from notifications.domain.notification import Notification
from notifications.domain.recipient import Recipient
from notifications.domain.texts import REASONS, body, price


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedOrder:
    """What a notification of a confirmed order says."""

    order_id: UUID
    user_id: UUID
    total_cents: int
    currency: str


class NotificationService:
    """Records one notification for each order and kind."""

    def __init__(self, transactions: Transactions, clock: Clock, new_id: NewId) -> None:
        self._transactions = transactions
        self._clock = clock
        self._new_id = new_id

    async def orders_confirmed(self, orders: Sequence[ConfirmedOrder]) -> None:
        """Tell each user that the order is confirmed, and what it costs; in one transaction."""
        notifications = []
        for order in orders:
            total = price(order.total_cents, order.currency)
            notifications.append(
                self._notification(
                    order.order_id,
                    order.user_id,
                    NotificationKind.ORDER_CONFIRMED,
                    f"Your order is confirmed. Total: {total}.",
                )
            )
        await self._record(notifications)

    async def order_rejected(self, order_id: UUID, user_id: UUID, reason: str) -> None:
        """Tell the user that the order was rejected, and why."""
        statement = f"Your order could not be filled. {REASONS.get(reason, '')}".rstrip()
        kind = NotificationKind.ORDER_REJECTED
        await self._record([self._notification(order_id, user_id, kind, statement)])

    async def order_cancelled(self, order_id: UUID, user_id: UUID) -> None:
        """Tell the user that the order is cancelled."""
        statement = "Your order is cancelled."
        kind = NotificationKind.ORDER_CANCELLED
        await self._record([self._notification(order_id, user_id, kind, statement)])

    async def know_recipient(self, recipient: Recipient) -> None:
        """Remember where a user's e-mail goes."""
        async with self._transactions() as work:
            await work.recipients.save(recipient)

    def _notification(
        self, order_id: UUID, user_id: UUID, kind: NotificationKind, statement: str
    ) -> Notification:
        return Notification(
            notification_id=self._new_id(),
            user_id=user_id,
            order_id=order_id,
            kind=kind,
            body=body(order_id, statement),
            now=self._clock(),
        )

    async def _record(self, notifications: Sequence[Notification]) -> None:
        async with self._transactions() as work:
            await work.notifications.add_once(notifications)
