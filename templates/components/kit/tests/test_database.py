"""The two pools, and what becomes of them when the server goes away."""

import asyncio

import psycopg
import pytest
from sqlalchemy import text

from kit.database import Database

pytestmark = pytest.mark.postgres


async def read(database: Database) -> object:
    async with database.reading() as connection:
        row = await (await connection.execute("SELECT 1 FROM pg_sleep(0.01)")).fetchone()
    return row and row[0]


async def write(database: Database) -> object:
    async with database.sessions() as session:
        return (await session.execute(text("SELECT 1"))).scalar()


def terminate_all(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'app'"
        )


async def outcomes(call: object, database: Database) -> list[bool]:
    """Whether each of six calls, one after the other, got through."""
    assert callable(call)
    got = []
    for _ in range(6):
        try:
            got.append(await call(database) == 1)
        except Exception:  # noqa: BLE001 - counted
            got.append(False)
    return got


async def test_a_lost_server_costs_one_call_and_not_one_for_each_connection(
    database: Database, empty_schema: str
) -> None:
    await asyncio.gather(*(read(database) for _ in range(12)))
    await asyncio.gather(*(write(database) for _ in range(12)))
    terminate_all(empty_schema)
    for call in (read, write):
        assert (await outcomes(call, database)).count(False) <= 1


async def test_times_come_in_utc(database: Database) -> None:
    async with database.reading() as connection:
        row = await (await connection.execute("SELECT now()")).fetchone()
    assert row is not None
    assert row[0].utcoffset().total_seconds() == 0


async def test_a_statement_has_a_deadline(empty_schema: str) -> None:
    hasty = Database(empty_schema, statement_timeout_ms=100)
    await hasty.open()
    with pytest.raises(psycopg.errors.QueryCanceled):
        async with hasty.reading() as connection:
            await connection.execute("SELECT pg_sleep(5)")
    await hasty.close()


async def test_connections_in_use_are_counted(database: Database) -> None:
    async with database.reading():
        in_use = database.connections_in_use()
    assert in_use["readers"] >= 1
    assert in_use["writers"] == in_use["statements"] == 0
