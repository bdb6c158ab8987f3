"""The catalog's ports, in memory and on PostgreSQL: one suite runs over both."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from catalog.adapters.read_models import SqlProductQueries
from catalog.adapters.repositories import sql_work
from catalog.application.ports import ProductQueries, Work
from catalog.application.products import AddProduct, ProductService
from catalog.application.reservations import ReservationService
from kit.clock import new_id
from kit.database import Database, SqlTransactions
from tests.catalog.memory import MemoryCatalog

START = datetime(2030, 1, 1, tzinfo=UTC)
HOLD = timedelta(minutes=15)


@dataclass
class Clock:
    """A clock that tests set."""

    now: datetime = START

    def __call__(self) -> datetime:
        """The time."""
        return self.now

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


@dataclass
class Catalog:
    """The context on one kind of adapters."""

    transactions: Callable[[], AbstractAsyncContextManager[Work]]
    queries: ProductQueries
    published_types: Callable[[], list[str]]
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        """Make the services."""
        self.products = ProductService(self.transactions, self.clock, new_id)
        self.reservations = ReservationService(self.transactions, self.clock, HOLD)

    async def add(self, sku: str = "A-1", *, stock: int = 10, currency: str = "EUR") -> UUID:
        """A product on the list."""
        added = await self.products.add(
            AddProduct(
                sku=sku,
                name=f"Product {sku}",
                description="",
                price_cents=250,
                currency=currency,
                stock=stock,
            )
        )
        return added.product.id

    def published_of_orders(self) -> list[str]:
        """What was published about orders, and not about products."""
        return [each for each in self.published_types() if not each.startswith("Product")]

    async def stock(self, product_id: UUID) -> int:
        """What can still be reserved."""
        found = await self.queries.get(product_id)
        assert found is not None
        return found.product.stock


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def catalog(request: pytest.FixtureRequest) -> Catalog:
    """The context on each kind of adapters."""
    if request.param == "memory":
        memory = MemoryCatalog()
        return Catalog(memory, memory, lambda: [type(e).__name__ for e in memory.stored.published])
    url: str = request.getfixturevalue("clean_database")
    database: Database = request.getfixturevalue("database")
    transactions = SqlTransactions(database, sql_work(answers=True))
    return Catalog(transactions, SqlProductQueries(database), lambda: _published(url))


def _published(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT type FROM catalog.outbox ORDER BY id").fetchall()
    names = {
        "catalog.product-created.v1": "ProductCreated",
        "catalog.product-deleted.v1": "ProductDeleted",
        "catalog.stock-reserved.v1": "StockReserved",
        "catalog.stock-rejected.v1": "StockRejected",
        "catalog.reservation-lost.v1": "ReservationLost",
    }
    return [names[row[0]] for row in rows]
