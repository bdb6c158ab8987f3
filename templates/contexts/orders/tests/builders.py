"""What several tests of orders make."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from orders.application.process import OrderProcess
from orders.application.service import OrderService, PlaceOrder
from tests.orders.memory import (
    MemoryPlacements,
    MemoryStock,
    MemoryStore,
    MemoryTransactions,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class ManualClock:
    """A clock that moves when a test moves it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **spans: float) -> None:
        """Let time pass: `pass_time(seconds=3)`."""
        self.now += timedelta(**spans)


def rising_ids() -> Iterator[UUID]:
    """Identifiers that sort in the order in which they were made, as version 7 does."""
    number = 0
    while True:
        number += 1
        yield UUID(int=number)


class Shop:
    """The orders context in memory."""

    def __init__(self) -> None:
        ids = rising_ids()
        self.clock = ManualClock()
        self.store = MemoryStore()
        self.stock = MemoryStock()
        self.transactions = MemoryTransactions(self.store)
        self.placements = MemoryPlacements(self.store)
        self.service = OrderService(
            self.transactions, self.placements, self.clock, lambda: next(ids)
        )
        self.process = OrderProcess(self.transactions, self.stock, self.clock)

    async def place(self, user_id: UUID, *quantities: int, key: str | None = None) -> UUID:
        """Place an order for new products, one line for each quantity."""
        lines = tuple((uuid4(), quantity) for quantity in quantities or (1,))
        placed = await self.service.place(
            PlaceOrder(user_id=user_id, idempotency_key=key or str(uuid4()), lines=lines)
        )
        return placed.order.id

    async def settle(self, order_id: UUID) -> None:
        """Let the process advance the order."""
        await self.process.advance({order_id: self.store.orders[order_id].lines})
