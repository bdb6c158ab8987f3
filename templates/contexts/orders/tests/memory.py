"""In-memory twins of orders' ports: transactions run one after another and roll back."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from orders.application.ports import OrderView, PendingOrders, Refused, Reserved, view_of
from orders.domain.events import OrderEvent, OrderPlaced
from orders.domain.idempotency import IdempotencyKey
from orders.domain.lines import OrderLine
from orders.domain.order import Order


class MemoryStore:
    """What was committed."""

    def __init__(self) -> None:
        self.orders: dict[UUID, Order] = {}
        self.keys: dict[tuple[UUID, str], IdempotencyKey] = {}
        self.published: list[OrderEvent] = []


class MemoryOrders:
    """Orders of one transaction: copies, until it commits."""

    def __init__(self, committed: dict[UUID, Order]) -> None:
        self._committed = committed
        self.touched: dict[UUID, Order] = {}

    async def get(self, order_id: UUID) -> Order | None:
        if order_id not in self.touched and order_id in self._committed:
            self.touched[order_id] = _copy(self._committed[order_id])
        return self.touched.get(order_id)

    async def get_many(self, order_ids: Collection[UUID]) -> dict[UUID, Order]:
        found = [await self.get(order_id) for order_id in order_ids]
        return {order.id: order for order in found if order is not None}

    async def pending_since(
        self, before: datetime, limit: int, after: Order | None = None
    ) -> Sequence[Order]:
        waiting = [o for o in self._committed.values() if o.is_pending and o.created_at < before]
        if after is not None:
            waiting = [o for o in waiting if _place(o) > _place(after)]
        return [_copy(order) for order in sorted(waiting, key=_place)[:limit]]


class MemoryPlacements:
    """Places orders at once: no other task comes between."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def place_once(
        self, key: IdempotencyKey, order: Order, placed: OrderPlaced
    ) -> IdempotencyKey | None:
        earlier = self._store.keys.get((key.user_id, key.key))
        if earlier is None:
            self._store.keys[key.user_id, key.key] = key
            self._store.orders[order.id] = _copy(order)
            self._store.published.append(placed)
        return earlier


class MemoryWork:
    """One transaction."""

    def __init__(self, store: MemoryStore) -> None:
        self.orders = MemoryOrders(store.orders)
        self.events: list[OrderEvent] = []

    def publish(self, event: OrderEvent) -> None:
        self.events.append(event)


class MemoryTransactions:
    """Transactions on a store."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[MemoryWork]:
        async with self._lock:
            work = MemoryWork(self._store)
            yield work
            self._store.orders.update(work.orders.touched)
            self._store.published.extend(work.events)


class MemoryStock:
    """A catalog with prices, one currency and no end of stock; answers what a test sets."""

    def __init__(self, prices: dict[UUID, int] | None = None) -> None:
        self.prices = prices or {}
        self.answers: dict[UUID, Reserved | Refused | Exception | None] = {}
        self.asked: list[UUID] = []
        self.silent: set[UUID] = set()

    async def reserve(
        self, wanted: Mapping[UUID, Sequence[OrderLine]]
    ) -> Sequence[Reserved | Refused]:
        answers = [self._reserve(order_id, lines) for order_id, lines in wanted.items()]
        return [answer for answer in answers if answer is not None]

    async def unanswered(self, order_ids: Collection[UUID]) -> Collection[UUID]:
        return self.silent.intersection(order_ids)

    def _reserve(self, order_id: UUID, lines: Sequence[OrderLine]) -> Reserved | Refused | None:
        self.asked.append(order_id)
        if order_id in self.answers:
            answer = self.answers[order_id]
            if isinstance(answer, Exception):
                raise answer
            return answer
        prices = {line.product_id: self.prices.get(line.product_id, 100) for line in lines}
        return Reserved(order_id=order_id, prices=prices, currency="EUR")


class MemoryOrderQueries:
    """Reads what was committed."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def one(self, user_id: UUID, order_id: UUID) -> OrderView | None:
        order = self._store.orders.get(order_id)
        return view_of(order) if order is not None and order.user_id == user_id else None

    async def page(self, user_id: UUID, limit: int, after: UUID | None) -> Sequence[OrderView]:
        mine = [order for order in self._store.orders.values() if order.user_id == user_id]
        mine.sort(key=lambda order: order.id, reverse=True)
        rest = [order for order in mine if after is None or order.id < after]
        return [view_of(order) for order in rest[:limit]]

    async def known_orders(self, ids: Collection[UUID]) -> frozenset[UUID]:
        return frozenset(set(ids) & self._store.orders.keys())

    async def pending(self) -> PendingOrders:
        placed = [each.created_at for each in self._store.orders.values() if each.is_pending]
        return PendingOrders(count=len(placed), oldest=min(placed, default=None))


def _place(order: Order) -> tuple[datetime, UUID]:
    return order.created_at, order.id


def _copy(order: Order) -> Order:
    copy = Order(order.id, order.user_id, order.lines, order.created_at)
    copy.status = order.status
    copy.reason = order.reason
    copy.total_cents = order.total_cents
    copy.currency = order.currency
    copy.updated_at = order.updated_at
    return copy
