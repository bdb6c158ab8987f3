"""Events of the orders context, version 1."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, TypeAlias
from uuid import UUID

RejectionReason: TypeAlias = Literal[
    "out_of_stock", "unknown_product", "mixed_currencies", "timed_out"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedLine:
    """How many of a product were ordered."""

    product_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced:
    """An order was accepted and waits for its stock."""

    TYPE: ClassVar[str] = "orders.order-placed.v1"

    order_id: UUID
    user_id: UUID
    lines: tuple[OrderedLine, ...]
    placed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderConfirmed:
    """The order's stock is held and its prices are fixed: the reservation becomes a sale."""

    TYPE: ClassVar[str] = "orders.order-confirmed.v1"

    order_id: UUID
    user_id: UUID
    total_cents: int
    currency: str
    confirmed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRejected:
    """The order came to nothing: whatever is held for it is to be released."""

    TYPE: ClassVar[str] = "orders.order-rejected.v1"

    order_id: UUID
    user_id: UUID
    reason: RejectionReason
    rejected_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled:
    """The order was called off: whatever is held or sold for it goes back to stock."""

    TYPE: ClassVar[str] = "orders.order-cancelled.v1"

    order_id: UUID
    user_id: UUID
    cancelled_at: datetime
