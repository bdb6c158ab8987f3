"""What the orders context needs from outside; adapters provide it. And what it answers."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from orders.domain.events import OrderEvent, OrderPlaced
from orders.domain.idempotency import IdempotencyKey
from orders.domain.lines import OrderLine
from orders.domain.order import Order
from orders.domain.states import OrderStatus, Rejection

Clock: TypeAlias = Callable[[], datetime]
NewId: TypeAlias = Callable[[], UUID]


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


class Orders(Protocol):
    """Orders that were placed. What was got is changed in place and saved on commit."""

    async def get(self, order_id: UUID) -> Order | None:
        """The order, locked until the transaction ends."""

    async def get_many(self, order_ids: Collection[UUID]) -> dict[UUID, Order]:
        """Those that exist, locked in the order of their ids until the transaction ends."""

    async def pending_since(
        self, before: datetime, limit: int, after: Order | None = None
    ) -> Sequence[Order]:
        """Pending orders created before a time, oldest first, from the one that follows `after`.

        They are not locked, so not to be changed.
        """


class Placements(Protocol):
    """Orders as they are placed: one for each user and idempotency key."""

    async def place_once(
        self, key: IdempotencyKey, order: Order, placed: OrderPlaced
    ) -> IdempotencyKey | None:
        """Keep the key and the order, tell the event, and return None: all in one transaction.

        Or nothing of it, and return the key that was kept earlier for the same user and key.
        Raises IdempotencyInProgressError when another call is at it; does not wait for that.
        """


class Work(Protocol):
    """What one transaction can touch."""

    @property
    def orders(self) -> Orders:
        """The orders."""

    def publish(self, event: OrderEvent) -> None:
        """Tell the event to everybody if, and only if, the transaction commits."""


# Leaving the block commits; an exception rolls back.
Transactions: TypeAlias = Callable[[], AbstractAsyncContextManager[Work]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """The stock is held. Prices are cents per product."""

    order_id: UUID
    prices: dict[UUID, int]
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nothing is held."""

    order_id: UUID
    reason: Rejection


class StockReservations(Protocol):
    """Whoever holds stock for orders."""

    async def reserve(
        self, wanted: Mapping[UUID, Sequence[OrderLine]]
    ) -> Sequence[Reserved | Refused]:
        """Hold for each order all lines or none; an answer that comes later comes as a message.

        The order's id identifies the reservation: asking again gets the same answer.
        """

    async def unanswered(self, order_ids: Collection[UUID]) -> Collection[UUID]:
        """Those of the orders that nobody will answer: asked for, and no answer is on its way.

        In doubt an order is not among them: it was in stock, perhaps, and only somebody away.
        """


class OrderQueries(Protocol):
    """Orders to read."""

    async def one(self, user_id: UUID, order_id: UUID) -> OrderView | None:
        """The user's order; None also when it belongs to somebody else."""

    async def page(self, user_id: UUID, limit: int, after: UUID | None) -> Sequence[OrderView]:
        """Up to `limit` of the user's orders, newest first, that come after `after`."""

    async def known_orders(self, ids: Collection[UUID]) -> frozenset[UUID]:
        """The ids of orders that there are, of some."""

    async def pending(self) -> PendingOrders:
        """The orders that are not decided yet."""
