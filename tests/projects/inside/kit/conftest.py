"""A table of the tests' own, with an outbox, in a schema that no context has."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, create_engine
from sqlalchemy.ext.asyncio import AsyncSession

from kit.clock import new_id, utc_now
from kit.database import Database, SqlTransactions
from kit.messages import to_message
from kit.outbox import Outbox, outbox_table
from kit.provision import grants
from kit.settings import role_of

METADATA = MetaData(schema="kit_test")
NUMBERS = Table("numbers", METADATA, Column("value", Integer, primary_key=True))
OUTBOX = outbox_table(METADATA)


@dataclass(frozen=True, slots=True)
class Counted:
    """An event of the tests."""

    TYPE: ClassVar[str] = "kit-test.counted.v1"

    value: int
    key: str = "one"


class Work:
    """A unit of work over the tests' table."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self._outbox = Outbox(session, OUTBOX)

    async def add(self, value: int) -> None:
        """Store a number."""
        await self.session.execute(NUMBERS.insert().values(value=value))

    def publish(self, event: Counted, identifier: UUID | None = None) -> None:
        """Through the outbox."""
        made = identifier or new_id()
        message = to_message(event, key=event.key, new_id=lambda: made, occurred_at=utc_now())
        self._outbox.add(message)


@pytest.fixture(scope="session")
def kit_schema(database_url: str, owner_url: str) -> str:
    """The URL of a database with the tests' schema."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(owner_url))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS kit_test")
        METADATA.create_all(connection)
        connection.exec_driver_sql(grants(role_of(database_url), ["kit_test"]))
    engine.dispose()
    return database_url


@pytest.fixture
def empty_schema(kit_schema: str, owner_url: str) -> str:
    """The same without rows."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("TRUNCATE kit_test.numbers, kit_test.outbox, kit_test.outbox_owed")
    return kit_schema


@pytest.fixture
async def database(empty_schema: str) -> AsyncIterator[Database]:
    """An open database."""
    opened = Database(empty_schema, pool_size=4)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def transactions(database: Database) -> SqlTransactions[Work]:
    """Units of work."""
    return SqlTransactions(database, Work)
