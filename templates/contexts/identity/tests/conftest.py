"""Identity on either kind of adapter."""

import pytest

from identity.application.ports import Transactions
from tests.identity.builders import Door, MemoryTransactions, on_postgres


@pytest.fixture
def door() -> Door:
    """The use cases in memory."""
    return Door()


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def transactions(request: pytest.FixtureRequest) -> Transactions:
    """Every kind of transactions in turn."""
    if request.param == "memory":
        return MemoryTransactions()
    return on_postgres(request.getfixturevalue("database"))
