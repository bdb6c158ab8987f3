"""What a reader sees; these are the response types of the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orders.domain.lines import OrderLine
from orders.domain.order import Order
from orders.domain.states import OrderStatus, Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineView:
    """A line; the price of one in cents, null until it is captured."""

    product_id: UUID
    quantity: int
    unit_price_cents: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """An order as its owner sees it; money in cents, times in UTC."""

    id: UUID
    status: OrderStatus
    reason: Rejection | None
    lines: Sequence[OrderLineView]
    total_cents: int | None
    currency: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingOrders:
    """How many orders are not decided yet, and when the oldest of them was placed."""

    count: int
    oldest: datetime | None


def view_of(order: Order) -> OrderView:
    """The order as it stands."""
    return OrderView(
        id=order.id,
        status=order.status,
        reason=order.reason,
        lines=_lines(order.lines),
        total_cents=order.total_cents,
        currency=order.currency,
        created_at=order.created_at,
        updated_at=order.updated_at,
    )


def view_when_placed(order: Order) -> OrderView:
    """The order as the first answer to its placing showed it, whatever became of it since."""
    unpriced = [OrderLine(line.product_id, line.quantity) for line in order.lines]
    return OrderView(
        id=order.id,
        status=OrderStatus.PENDING,
        reason=None,
        lines=_lines(unpriced),
        total_cents=None,
        currency=None,
        created_at=order.created_at,
        updated_at=order.created_at,
    )


def _lines(lines: Sequence[OrderLine]) -> list[OrderLineView]:
    return [
        OrderLineView(
            product_id=line.product_id,
            quantity=line.quantity,
            unit_price_cents=line.unit_price_cents,
        )
        for line in lines
    ]
