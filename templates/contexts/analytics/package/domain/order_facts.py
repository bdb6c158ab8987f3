"""What is known about an order, from events that may come late, twice or in another order."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

State: TypeAlias = Literal["placed", "confirmed", "rejected", "cancelled"]

# A later state is never taken back by an earlier event that arrives after it.
_RANK: dict[State, int] = {"placed": 0, "confirmed": 1, "rejected": 2, "cancelled": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """One order; a time is None while its event has not been seen. Money in cents."""

    order_id: UUID
    state: State
    placed_at: datetime | None = None
    confirmed_at: datetime | None = None
    total_cents: int | None = None
    currency: str | None = None

    def with_(self, later: "OrderFacts") -> "OrderFacts":
        """Both together: the further state, and everything that either knows."""
        further = max(self.state, later.state, key=_RANK.__getitem__)
        return replace(
            self,
            state=further,
            placed_at=self.placed_at or later.placed_at,
            confirmed_at=self.confirmed_at or later.confirmed_at,
            total_cents=later.total_cents if self.total_cents is None else self.total_cents,
            currency=self.currency or later.currency,
        )
