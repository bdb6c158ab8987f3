"""What happens in the catalog."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from catalog.domain.reservation import Reason, ReservedLine


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductCreated:
    """A product stands on the list."""

    product_id: UUID
    at: datetime
    sku: str
    name: str
    price_cents: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDeleted:
    """A product is off the list."""

    product_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReserved:
    """Every line is held for the order until `expires_at`."""

    order_id: UUID
    lines: tuple[ReservedLine, ...]
    currency: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRejected:
    """Nothing is held for the order."""

    order_id: UUID
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationLost:
    """A confirmed order's stock had gone back and is no longer there."""

    order_id: UUID


DomainEvent: TypeAlias = (
    ProductCreated | ProductDeleted | StockReserved | StockRejected | ReservationLost
)
