"""What the catalog needs from outside, and what it answers."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from catalog.domain.events import DomainEvent
from catalog.domain.product import Product, StockAdjustment, Version
from catalog.domain.reservation import Reservation


@dataclass(frozen=True, slots=True)
class ProductView:
    """A product as clients see it."""

    id: UUID
    sku: str
    name: str
    description: str
    price_cents: int
    currency: str
    stock: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class VersionedProduct:
    """A product together with the version that its ETag carries."""

    product: ProductView
    version: Version


class Products(Protocol):
    """The products of a unit of work. What it returns is locked until the unit of work ends."""

    async def add(self, product: Product) -> None:
        """Store a new product; raises SkuTakenError."""

    async def get(self, product_id: UUID) -> Product:
        """A product that is not deleted; raises ProductNotFoundError."""

    async def get_many(self, product_ids: Collection[UUID]) -> dict[UUID, Product]:
        """Those that exist, deleted ones too; locked in the order of their ids."""

    async def save(self, product: Product) -> None:
        """Store what was changed; raises SkuTakenError."""


class Reservations(Protocol):
    """The reservations of a unit of work. What it returns is locked until the unit of work ends."""

    async def find_many(self, order_ids: Collection[UUID]) -> dict[UUID, Reservation]:
        """Those that exist, by order; locked in the order of their ids."""

    async def add(self, *reservations: Reservation) -> None:
        """Store new reservations; raises ReservationExistsError, also for one made meanwhile."""

    async def due(self, now: datetime, limit: int) -> Sequence[Reservation]:
        """Held ones that have expired at `now`, without those that somebody else has locked."""


class Adjustments(Protocol):
    """What administrators did to stock; it only grows."""

    async def find(
        self, product_id: UUID, administrator_id: UUID, idempotency_key: str
    ) -> StockAdjustment | None:
        """What the administrator did to the product with that key."""

    async def add(self, adjustment: StockAdjustment) -> None:
        """Keep it."""


class Work(Protocol):
    """A unit of work: everything in it is stored, or nothing."""

    @property
    def products(self) -> Products:
        """The products."""

    @property
    def reservations(self) -> Reservations:
        """The reservations."""

    @property
    def adjustments(self) -> Adjustments:
        """What administrators did to stock."""

    def publish(self, event: DomainEvent) -> None:
        """Tell others, if and only if this unit of work is stored."""


Transactions: TypeAlias = Callable[[], AbstractAsyncContextManager[Work]]


class ProductQueries(Protocol):
    """Reads, straight into what clients get."""

    async def get(self, product_id: UUID) -> VersionedProduct | None:
        """The product, unless it is unknown or deleted."""

    async def known_products(self, ids: Collection[UUID]) -> frozenset[UUID]:
        """The ids of products that there are, of some."""

    async def page(
        self, limit: int, after: UUID | None, search: str | None
    ) -> Sequence[ProductView]:
        """Up to `limit` products, newest first, that come after `after`.

        `search` is looked for in name, description and SKU, without case.
        """
