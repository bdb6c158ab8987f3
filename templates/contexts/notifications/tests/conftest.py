"""The notifications context on either kind of adapter."""

from dataclasses import dataclass

import pytest

from kit.database import Database, SqlTransactions
from notifications.adapters.repositories import SqlNotificationQueries, SqlNotificationWork
from notifications.application.ports import NotificationQueries
from tests.notifications.builders import MemoryNotificationQueries, Office


@pytest.fixture
def office() -> Office:
    """The notifications context in memory."""
    return Office()


@dataclass(frozen=True)
class Kept:
    """One way to keep notifications, and to read them."""

    office: Office
    queries: NotificationQueries


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def kept(request: pytest.FixtureRequest) -> Kept:
    """Every way to keep notifications, one after another."""
    if request.param == "memory":
        office = Office()
        return Kept(office, MemoryNotificationQueries(office.store))
    database: Database = request.getfixturevalue("database")
    office = Office(SqlTransactions(database, SqlNotificationWork))
    return Kept(office, SqlNotificationQueries(database))
