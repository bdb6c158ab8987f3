"""The order: a state machine with one way in and three ways out.

    pending -> confirmed -> cancelled
    pending -> rejected
    pending -> cancelled

Each method that changes an order returns the event of the change, or None when the order is past
the point where the change could apply. So a late or repeated message has no effect.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from orders.domain.errors import OrderNotCancellableError
from orders.domain.events import OrderCancelled, OrderConfirmed, OrderPlaced, OrderRejected
from orders.domain.lines import OrderLine, new_lines, priced, total_cents
from orders.domain.states import OrderStatus, Rejection


class Order:
    """What a user asked for and what became of it."""

    def __init__(
        self, order_id: UUID, user_id: UUID, lines: tuple[OrderLine, ...], now: datetime
    ) -> None:
        self.id = order_id
        self.user_id = user_id
        self.lines = lines
        self.status = OrderStatus.PENDING
        self.reason: Rejection | None = None
        self.total_cents: int | None = None
        self.currency: str | None = None
        self.created_at = now
        self.updated_at = now

    @classmethod
    def place(
        cls, order_id: UUID, user_id: UUID, wanted: Sequence[tuple[UUID, int]], now: datetime
    ) -> tuple["Order", OrderPlaced]:
        """A pending order for (product, quantity) pairs. Raises InvalidOrderError."""
        order = cls(order_id, user_id, new_lines(wanted), now)
        return order, OrderPlaced(order_id=order_id, user_id=user_id, lines=order.lines, at=now)

    @property
    def is_pending(self) -> bool:
        """Whether nothing was decided yet."""
        return self.status is OrderStatus.PENDING

    def confirm(
        self, prices: Mapping[UUID, int], currency: str, now: datetime
    ) -> OrderConfirmed | None:
        """Fix the prices (cents per product). Only a pending order can be confirmed."""
        if not self.is_pending:
            return None
        self.lines = priced(self.lines, prices)
        total = total_cents(self.lines)
        self.total_cents = total
        self.currency = currency
        self._enter(OrderStatus.CONFIRMED, now)
        return OrderConfirmed(
            order_id=self.id, user_id=self.user_id, total_cents=total, currency=currency, at=now
        )

    def reject(self, reason: Rejection, now: datetime) -> OrderRejected | None:
        """End a pending order that cannot be filled."""
        if not self.is_pending:
            return None
        self.reason = reason
        self._enter(OrderStatus.REJECTED, now)
        return OrderRejected(order_id=self.id, user_id=self.user_id, reason=reason, at=now)

    def cancel(self, now: datetime) -> OrderCancelled | None:
        """Call off a pending or confirmed order; None when it is cancelled already.

        Raises OrderNotCancellableError when it was rejected.
        """
        if self.status is OrderStatus.REJECTED:
            raise OrderNotCancellableError(self.id)
        if self.status is OrderStatus.CANCELLED:
            return None
        self._enter(OrderStatus.CANCELLED, now)
        return OrderCancelled(order_id=self.id, user_id=self.user_id, at=now)

    def lose_reservation(self, now: datetime) -> OrderCancelled | None:
        """Cancel a confirmed order whose stock is gone."""
        return self.cancel(now) if self.status is OrderStatus.CONFIRMED else None

    def ending(self) -> OrderRejected | OrderCancelled | None:
        """The event that ended the order without a sale, to be published again; None otherwise."""
        if self.reason is not None:
            return OrderRejected(
                order_id=self.id, user_id=self.user_id, reason=self.reason, at=self.updated_at
            )
        if self.status is OrderStatus.CANCELLED:
            return OrderCancelled(order_id=self.id, user_id=self.user_id, at=self.updated_at)
        return None

    def _enter(self, status: OrderStatus, now: datetime) -> None:
        self.status = status
        self.updated_at = now
