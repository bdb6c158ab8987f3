"""What a user does with orders."""

from dataclasses import dataclass
from uuid import UUID

from orders.application.ports import (
    Clock,
    NewId,
    OrderView,
    Placements,
    Transactions,
    view_of,
    view_when_placed,
)
from orders.domain.errors import IdempotencyKeyReusedError, OrderNotFoundError
from orders.domain.idempotency import IdempotencyKey, fingerprint
from orders.domain.order import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """A user wants so many of each product; a repeat of the request brings the same key."""

    user_id: UUID
    idempotency_key: str
    lines: tuple[tuple[UUID, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrder:
    """The answer to placing an order; `replayed` when an earlier request had placed it."""

    order: OrderView
    replayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """A user calls an order off."""

    user_id: UUID
    order_id: UUID


class OrderService:
    """Places and cancels orders. Settling them is the order process's part."""

    def __init__(
        self, transactions: Transactions, placements: Placements, clock: Clock, new_id: NewId
    ) -> None:
        self._transactions = transactions
        self._placements = placements
        self._clock = clock
        self._new_id = new_id

    async def place(self, command: PlaceOrder) -> PlacedOrder:
        """Keep a pending order, once per user and idempotency key.

        Raises InvalidOrderError, IdempotencyKeyReusedError, IdempotencyInProgressError.
        """
        now = self._clock()
        order, placed = Order.place(self._new_id(), command.user_id, command.lines, now)
        key = IdempotencyKey(
            user_id=command.user_id,
            key=command.idempotency_key,
            fingerprint=fingerprint(command.lines),
            order_id=order.id,
            created_at=now,
        )
        earlier = await self._placements.place_once(key, order, placed)
        if earlier is None:
            return PlacedOrder(order=view_of(order), replayed=False)
        if earlier.fingerprint != key.fingerprint:
            raise IdempotencyKeyReusedError
        async with self._transactions() as work:
            first = await work.orders.get(earlier.order_id)
        if first is None:
            raise OrderNotFoundError(earlier.order_id)
        return PlacedOrder(order=view_when_placed(first), replayed=True)

    async def cancel(self, command: CancelOrder) -> OrderView:
        """Call an order off; a second time changes nothing.

        Raises OrderNotFoundError, OrderNotCancellableError.
        """
        async with self._transactions() as work:
            order = await work.orders.get(command.order_id)
            if order is None or order.user_id != command.user_id:
                raise OrderNotFoundError(command.order_id)
            event = order.cancel(self._clock())
            if event is not None:
                work.publish(event)
        return view_of(order)
