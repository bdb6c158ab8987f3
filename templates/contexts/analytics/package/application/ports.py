"""What analytics needs from outside; adapters provide it."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeAlias

from analytics.domain.order_facts import OrderFacts


class Facts(Protocol):
    """The projection: a row for each order."""

    async def merge(self, facts: Sequence[OrderFacts]) -> Sequence[float]:
        """Add to what is known of these orders; each stands there once.

        The seconds from placement to confirmation of those whose facts tell of a confirmation.
        """


class Work(Protocol):
    """What one transaction can touch."""

    @property
    def facts(self) -> Facts:
        """The projection."""


# Leaving the block commits; an exception rolls back.
Transactions: TypeAlias = Callable[[], AbstractAsyncContextManager[Work]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DailySales:
    """A day in UTC; revenue in cents of the confirmed orders in one currency."""

    day: date
    currency: str | None
    placed: int
    confirmed: int
    rejected: int
    cancelled: int
    revenue_cents: int
