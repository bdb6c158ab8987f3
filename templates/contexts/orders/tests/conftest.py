"""The orders context on either kind of adapter."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from kit.database import Database, SqlTransactions
from orders.adapters.placements import SqlPlacements
from orders.adapters.publishing import contract_of
from orders.adapters.read_models import SqlOrderQueries
from orders.adapters.repositories import SqlOrderWork
from orders.application.ports import OrderQueries, Placements, Transactions
from tests.orders.builders import Shop
from tests.orders.memory import MemoryOrderQueries


@pytest.fixture
def shop() -> Shop:
    """The orders context in memory."""
    return Shop()


@dataclass(frozen=True)
class Adapters:
    """One way to keep orders, and the types of the contract events that it has published."""

    transactions: Transactions
    placements: Placements
    queries: OrderQueries
    published: Callable[[], Awaitable[list[str]]]


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def adapters(request: pytest.FixtureRequest) -> Adapters:
    """Every way to keep orders, one after another."""
    if request.param == "memory":
        return in_memory()
    return on_postgres(request.getfixturevalue("database"))


def in_memory() -> Adapters:
    """Orders in memory."""
    shop = Shop()

    async def published() -> list[str]:
        return [contract_of(event).TYPE for event in shop.store.published]

    queries = MemoryOrderQueries(shop.store)
    return Adapters(shop.transactions, shop.placements, queries, published)


def on_postgres(database: Database) -> Adapters:
    """Orders in PostgreSQL."""

    async def published() -> list[str]:
        async with database.reading() as connection:
            cursor = await connection.execute("SELECT type FROM orders.outbox ORDER BY position")
            return [name for (name,) in await cursor.fetchall()]

    transactions = SqlTransactions(database, SqlOrderWork)
    return Adapters(transactions, SqlPlacements(database), SqlOrderQueries(database), published)
