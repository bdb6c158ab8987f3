"""What is held of the stock for one order, and what becomes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from catalog.domain.product import Product

State: TypeAlias = Literal["held", "confirmed", "released", "expired", "rejected", "lost"]
Reason: TypeAlias = Literal["out_of_stock", "unknown_product", "mixed_currencies"]


@dataclass(frozen=True, slots=True)
class RequestedLine:
    """How many of a product an order wants."""

    product_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class ReservedLine:
    """A line with the price of the moment in which it was reserved."""

    product_id: UUID
    quantity: int
    unit_price_cents: int


@dataclass(eq=False, kw_only=True)
class Reservation:
    """One per order. Stock is out exactly while the state is `held` or `confirmed`.

    held -> confirmed (sold), expired (nobody confirmed in time), released (order is over)
    confirmed -> released (cancelled: back to stock)
    expired -> confirmed (taken again), lost (could not be taken again), released
    rejected: nothing was ever taken. Every state ends in `released` once the order is over.
    """

    order_id: UUID
    state: State
    created_at: datetime
    updated_at: datetime
    lines: tuple[ReservedLine, ...] = ()
    currency: str | None = None
    expires_at: datetime | None = None
    reason: Reason | None = None

    @property
    def product_ids(self) -> list[UUID]:
        """The products that the reservation is about."""
        return [line.product_id for line in self.lines]

    def confirm(self, products: Mapping[UUID, Product], now: datetime) -> bool:
        """The order is confirmed. False: the stock had gone back and is no longer there."""
        if self.state == "held":
            self._become("confirmed", now)
        elif self.state == "expired":
            if not _available(self.lines, products):
                self._become("lost", now)
                return False
            _take(self.lines, products, now)
            self._become("confirmed", now)
        return self.state != "lost"

    def release(self, products: Mapping[UUID, Product], now: datetime) -> None:
        """The order is over: what is out goes back, once."""
        if self.state in {"held", "confirmed"}:
            self._put_back(products, now)
        if self.state != "released":
            self._become("released", now)

    def expire(self, products: Mapping[UUID, Product], now: datetime) -> None:
        """Nobody confirmed in time: what is held goes back."""
        if self.state == "held":
            self._put_back(products, now)
            self._become("expired", now)

    def _put_back(self, products: Mapping[UUID, Product], now: datetime) -> None:
        for line in self.lines:
            if line.product_id in products:
                products[line.product_id].put_back(line.quantity, now)

    def _become(self, state: State, now: datetime) -> None:
        self.state = state
        self.updated_at = now


def reserve(
    order_id: UUID,
    wanted: Sequence[RequestedLine],
    products: Mapping[UUID, Product],
    now: datetime,
    expires_at: datetime,
) -> Reservation:
    """Take every line from stock, or none; the reservation says which and why."""
    reason = _obstacle(wanted, products)
    if reason is not None:
        return Reservation(
            order_id=order_id, state="rejected", reason=reason, created_at=now, updated_at=now
        )
    lines = tuple(
        ReservedLine(line.product_id, line.quantity, products[line.product_id].price_cents)
        for line in wanted
    )
    currency = products[wanted[0].product_id].currency
    _take(lines, products, now)
    return Reservation(
        order_id=order_id,
        state="held",
        lines=lines,
        currency=currency,
        expires_at=expires_at,
        created_at=now,
        updated_at=now,
    )


def tombstone(order_id: UUID, now: datetime) -> Reservation:
    """Stands for an order that was over before its reservation arrived: nothing is ever taken."""
    return Reservation(order_id=order_id, state="released", created_at=now, updated_at=now)


def _obstacle(wanted: Sequence[RequestedLine], products: Mapping[UUID, Product]) -> Reason | None:
    found = [products.get(line.product_id) for line in wanted]
    if not found or any(product is None or product.is_deleted for product in found):
        return "unknown_product"
    if len({product.currency for product in found if product}) > 1:
        return "mixed_currencies"
    return None if _available(wanted, products) else "out_of_stock"


def _available(
    lines: Sequence[RequestedLine | ReservedLine], products: Mapping[UUID, Product]
) -> bool:
    return all(
        line.product_id in products
        and not products[line.product_id].is_deleted
        and products[line.product_id].stock >= line.quantity
        for line in lines
    )


def _take(lines: Sequence[ReservedLine], products: Mapping[UUID, Product], now: datetime) -> None:
    for line in lines:
        products[line.product_id].take(line.quantity, now)
