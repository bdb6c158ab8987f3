"""Requests to and answers from the catalog context, and what becomes of products, version 1.

The answer to a reservation is also an event: where catalog is called it is returned, where events
flow it is published. The order's id identifies the reservation, so a request may be repeated.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, TypeAlias
from uuid import UUID

RejectionReason: TypeAlias = Literal["out_of_stock", "unknown_product", "mixed_currencies"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductCreated:
    """A product can be ordered from now on."""

    TYPE: ClassVar[str] = "catalog.product-created.v1"

    id: UUID
    at: datetime
    sku: str
    name: str
    price_cents: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDeleted:
    """A product can no longer be ordered; its id is never used again."""

    TYPE: ClassVar[str] = "catalog.product-deleted.v1"

    id: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedLine:
    """How many of a product to reserve."""

    product_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveStock:
    """Ask for all lines of an order, or none. Each product stands in one line."""

    order_id: UUID
    lines: tuple[RequestedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedLine:
    """A reserved line with the price captured when it was reserved."""

    product_id: UUID
    quantity: int
    unit_price_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReserved:
    """Every line is held for the order until `expires_at`, or until it is confirmed or released."""

    TYPE: ClassVar[str] = "catalog.stock-reserved.v1"

    order_id: UUID
    lines: tuple[ReservedLine, ...]
    currency: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRejected:
    """Nothing is held for the order."""

    TYPE: ClassVar[str] = "catalog.stock-rejected.v1"

    order_id: UUID
    reason: RejectionReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationLost:
    """A confirmed order's reservation had expired and the stock could not be taken again."""

    TYPE: ClassVar[str] = "catalog.reservation-lost.v1"

    order_id: UUID
