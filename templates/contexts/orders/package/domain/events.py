"""What happened to an order."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from orders.domain.lines import OrderLine
from orders.domain.states import Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced:
    """A new order waits for its stock."""

    order_id: UUID
    user_id: UUID
    lines: tuple[OrderLine, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderConfirmed:
    """The stock is held and the prices are fixed."""

    order_id: UUID
    user_id: UUID
    total_cents: int
    currency: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRejected:
    """The order could not be filled."""

    order_id: UUID
    user_id: UUID
    reason: Rejection
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled:
    """The order was called off."""

    order_id: UUID
    user_id: UUID
    at: datetime


OrderEvent: TypeAlias = OrderPlaced | OrderConfirmed | OrderRejected | OrderCancelled
