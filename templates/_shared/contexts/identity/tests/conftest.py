"""Identity on either kind of adapter."""

from collections.abc import AsyncIterator

import pytest

from identity.adapters.memory import MemoryTransactions
from identity.application.ports import Transactions
from kit.database import Database
from tests.identity.builders import Door, on_postgres


@pytest.fixture
def door() -> Door:
    """The use cases in memory."""
    return Door()


@pytest.fixture
async def database(
    database_url: str,
    clean_database: object,  # noqa: ARG001 - a fixture cannot be marked with usefixtures
) -> AsyncIterator[Database]:
    """An empty PostgreSQL database."""
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def transactions(request: pytest.FixtureRequest) -> Transactions:
    """Every kind of transactions in turn."""
    if request.param == "memory":
        return MemoryTransactions()
    return on_postgres(request.getfixturevalue("database"))
