"""What is recorded when something happened. Each may be called again for the same happening."""

from uuid import UUID

from notifications.application.ports import Clock, NewId, Transactions
from notifications.domain.kinds import NotificationKind
from notifications.domain.notification import Notification
from notifications.domain.recipient import Recipient
from notifications.domain.texts import REASONS, body, price


class NotificationService:
    """Records one notification for each order and kind."""

    def __init__(self, transactions: Transactions, clock: Clock, new_id: NewId) -> None:
        self._transactions = transactions
        self._clock = clock
        self._new_id = new_id

    async def order_confirmed(
        self, order_id: UUID, user_id: UUID, total_cents: int, currency: str
    ) -> None:
        """Tell the user that the order is confirmed, and what it costs."""
        statement = f"Your order is confirmed. Total: {price(total_cents, currency)}."
        await self._record(order_id, user_id, NotificationKind.ORDER_CONFIRMED, statement)

    async def order_rejected(self, order_id: UUID, user_id: UUID, reason: str) -> None:
        """Tell the user that the order was rejected, and why."""
        statement = f"Your order could not be filled. {REASONS.get(reason, '')}".rstrip()
        await self._record(order_id, user_id, NotificationKind.ORDER_REJECTED, statement)

    async def order_cancelled(self, order_id: UUID, user_id: UUID) -> None:
        """Tell the user that the order is cancelled."""
        statement = "Your order is cancelled."
        await self._record(order_id, user_id, NotificationKind.ORDER_CANCELLED, statement)

    async def know_recipient(self, recipient: Recipient) -> None:
        """Remember where a user's e-mail goes."""
        async with self._transactions() as work:
            await work.recipients.save(recipient)

    async def _record(
        self, order_id: UUID, user_id: UUID, kind: NotificationKind, statement: str
    ) -> None:
        notification = Notification(
            notification_id=self._new_id(),
            user_id=user_id,
            order_id=order_id,
            kind=kind,
            body=body(order_id, statement),
            now=self._clock(),
        )
        async with self._transactions() as work:
            await work.notifications.add_once(notification)
