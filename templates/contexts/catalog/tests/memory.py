"""In-memory twins of catalog's ports: transactions run one after another and roll back."""

import asyncio
import copy
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from catalog.application.ports import ProductView, VersionedProduct
from catalog.application.products import versioned
from catalog.domain.errors import ProductNotFoundError, ReservationExistsError, SkuTakenError
from catalog.domain.events import DomainEvent
from catalog.domain.product import Product, StockAdjustment, folded
from catalog.domain.reservation import Reservation


class MemoryProducts:
    """Products of a unit of work."""

    def __init__(self, rows: dict[UUID, Product]) -> None:
        self._rows = rows

    async def add(self, product: Product) -> None:
        await self.save(product)

    async def get(self, product_id: UUID) -> Product:
        product = self._rows.get(product_id)
        if product is None or product.is_deleted:
            raise ProductNotFoundError
        return product

    async def get_many(self, product_ids: Collection[UUID]) -> dict[UUID, Product]:
        return {each: self._rows[each] for each in sorted(product_ids) if each in self._rows}

    async def save(self, product: Product) -> None:
        for other in self._rows.values():
            if other.id != product.id and other.sku == product.sku and not other.is_deleted:
                raise SkuTakenError
        self._rows[product.id] = product


class MemoryReservations:
    """Reservations of a unit of work."""

    def __init__(self, rows: dict[UUID, Reservation]) -> None:
        self._rows = rows

    async def find_many(self, order_ids: Collection[UUID]) -> dict[UUID, Reservation]:
        return {each: self._rows[each] for each in sorted(order_ids) if each in self._rows}

    async def add(self, *reservations: Reservation) -> None:
        if any(each.order_id in self._rows for each in reservations):
            raise ReservationExistsError
        self._rows.update((each.order_id, each) for each in reservations)

    async def due(self, now: datetime, limit: int) -> Sequence[Reservation]:
        held = [
            each
            for each in self._rows.values()
            if each.state == "held" and each.expires_at is not None and each.expires_at <= now
        ]
        return held[:limit]


class MemoryAdjustments:
    """What administrators did to stock."""

    def __init__(self, rows: list[StockAdjustment]) -> None:
        self._rows = rows

    async def find(
        self, product_id: UUID, administrator_id: UUID, idempotency_key: str
    ) -> StockAdjustment | None:
        wanted = (product_id, administrator_id, idempotency_key)
        for row in self._rows:
            if (row.product_id, row.administrator_id, row.idempotency_key) == wanted:
                return row
        return None

    async def add(self, adjustment: StockAdjustment) -> None:
        self._rows.append(adjustment)


@dataclass
class MemoryWork:
    """One unit of work: copies, which replace what was there when it is stored."""

    product_rows: dict[UUID, Product] = field(default_factory=dict)
    reservation_rows: dict[UUID, Reservation] = field(default_factory=dict)
    adjustment_rows: list[StockAdjustment] = field(default_factory=list)
    published: list[DomainEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.products = MemoryProducts(self.product_rows)
        self.reservations = MemoryReservations(self.reservation_rows)
        self.adjustments = MemoryAdjustments(self.adjustment_rows)

    def publish(self, event: DomainEvent) -> None:
        self.published.append(event)


class MemoryCatalog:
    """Transactions, one at a time, and queries on what they stored."""

    def __init__(self) -> None:
        self.stored = MemoryWork()
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[MemoryWork]:
        async with self._lock:
            work = copy.deepcopy(self.stored)
            yield work
            self.stored = work

    async def get(self, product_id: UUID) -> VersionedProduct | None:
        product = self.stored.product_rows.get(product_id)
        return None if product is None or product.is_deleted else versioned(product)

    async def known_products(self, ids: Collection[UUID]) -> frozenset[UUID]:
        return frozenset([each for each in ids if await self.get(each) is not None])

    async def page(
        self, limit: int, after: UUID | None, search: str | None
    ) -> Sequence[ProductView]:
        needle = folded(search or "")
        found = [
            versioned(product).product
            for product in sorted(
                self.stored.product_rows.values(), key=lambda each: each.id, reverse=True
            )
            if not product.is_deleted
            and (after is None or product.id < after)
            and needle in product.search
        ]
        return found[:limit]
