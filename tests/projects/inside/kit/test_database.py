"""The two pools, how many connections there are, and what becomes of them without a server."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import psycopg
import pytest
from fastapi import APIRouter
from psycopg.conninfo import make_conninfo
from psycopg_pool import PoolTimeout
from pydantic import SecretStr
from sqlalchemy import text

import kit.database
from kit.bus import Bus
from kit.composition import Foundation, Part, compose, migrated, open_database
from kit.database import Connection, Database
from kit.settings import CommonSettings
from tests.kit.conftest import OUTBOX

pytestmark = pytest.mark.postgres

Share = Callable[[Database], AbstractAsyncContextManager[Connection]]


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
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
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


async def test_a_lost_server_costs_no_call_but_those_in_progress(
    database: Database, empty_schema: str
) -> None:
    await asyncio.gather(*(read(database) for _ in range(12)))
    await asyncio.gather(*(write(database) for _ in range(12)))
    await database.ping()
    terminate_all(empty_schema)
    await database.ping()
    for call in (read, write):
        assert await outcomes(call, database) == [True] * 6


@pytest.mark.parametrize(
    ("many", "other"),
    [(Database.statement, Database.reading), (Database.reading, Database.statement)],
)
async def test_neither_reads_nor_writes_take_the_last_connection_of_the_other(
    database: Database, many: Share, other: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AsyncExitStack() as busy:
        for _ in range(database.pool_size - 1):
            await busy.enter_async_context(many(database))
        with monkeypatch.context() as patch:
            patch.setattr(kit.database, "_WAIT_SECONDS", 0.01)
            with pytest.raises(PoolTimeout, match="no connection was free"):
                await busy.enter_async_context(many(database))
        async with asyncio.timeout(2), other(database) as connection:
            await connection.execute("SELECT 1")
    async with many(database) as connection:
        await connection.execute("SELECT 1")


async def test_readiness_does_not_wait_for_busy_pools(database: Database) -> None:
    async with AsyncExitStack() as busy:
        await take_all(database, busy)
        async with asyncio.timeout(2):
            await database.ping()


async def take_all(database: Database, busy: AsyncExitStack) -> None:
    """Every connection of both pools."""
    for _ in range(database.pool_size - 1):
        await busy.enter_async_context(database.reading())
    await busy.enter_async_context(database.statement())
    for _ in range(database.pool_size):
        session = await busy.enter_async_context(database.sessions())
        await session.execute(text("SELECT 1"))


async def test_no_more_connections_are_opened_than_are_counted(empty_schema: str) -> None:
    settings = CommonSettings(
        environment="test", database_url=SecretStr(empty_schema), database_pool_size=3
    )
    database, bus = open_database(settings, "counted"), Bus()
    relay = Foundation(database, bus, bus).relay(OUTBOX)
    part = Part(router=APIRouter(), relays=(relay,))
    application = compose(settings, database, [part], migrated(database, []))
    count = (
        "SELECT count(*)::int FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'counted'"
    )

    async def opened() -> int:
        with psycopg.connect(empty_schema) as connection:
            found = connection.execute(count).fetchone()
        return found[0] if found else 0

    assert await opened() == 0
    await database.open()
    application.background.start()
    async with AsyncExitStack() as busy:
        await take_all(database, busy)
        await asyncio.gather(*(check() for check in application.checks.values()))
        async with asyncio.timeout(10):
            while await opened() < application.connections_at_most:
                await asyncio.sleep(0)
        assert await opened() == application.connections_at_most == 3 + 3 + 1 + 1
    await application.background.stop(timedelta(seconds=5))
    await database.close()
    async with asyncio.timeout(10):  # a server's processes end a moment after their connections
        while await opened():
            await asyncio.sleep(0)


@asynccontextmanager
async def reachable_at(port: int, url: str) -> AsyncIterator[int]:
    """The server of `url` at another port of this host, until the block ends."""
    writers: list[asyncio.StreamWriter] = []

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = urlsplit(url)
        beyond, to_beyond = await asyncio.open_connection(host.hostname, host.port or 5432)
        writers.extend((writer, to_beyond))
        await asyncio.gather(forward(reader, to_beyond), forward(beyond, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", port)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for writer in writers:
        writer.close()


async def test_a_server_that_was_away_is_used_as_soon_as_it_is_back(empty_schema: str) -> None:
    async with reachable_at(0, empty_schema) as port:
        database = Database(make_conninfo(empty_schema, port=port))
        await database.open()
        assert await read(database) == 1
        await database.ping()
    for call in (database.ping(), read(database)):
        with pytest.raises(psycopg.OperationalError):
            await call
    # Meanwhile the pauses between attempts to connect have grown.
    async with reachable_at(port, empty_schema):
        await database.ping()
        async with asyncio.timeout(2):
            assert await read(database) == 1
        await database.close()


@pytest.mark.parametrize("prepared", [True, False])
async def test_statements_are_prepared_unless_a_pooler_is_in_between(
    empty_schema: str, *, prepared: bool
) -> None:
    settings = CommonSettings(
        environment="test",
        database_url=SecretStr(empty_schema),
        database_prepared_statements=prepared,
    )
    database = open_database(settings, "app")
    for _ in range(10):
        await database.ping()
    assert await database.ask("SELECT count(*) > 0 FROM pg_prepared_statements") == [(prepared,)]
    await database.close()


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


async def test_connections_in_use_and_callers_who_wait_are_counted(empty_schema: str) -> None:
    small = Database(empty_schema, pool_size=1)
    await small.open()

    async def read() -> None:
        async with small.reading():
            pass

    async def write() -> None:
        async with small.sessions.begin() as session:
            await session.connection()

    async with small.reading(), small.sessions.begin() as session:
        await session.connection()
        assert small.connections_in_use() == {"transactions": (1, 0), "statements": (1, 0)}
        others = [asyncio.create_task(each()) for each in (read, read, write)]
        await asyncio.sleep(0)
        assert small.connections_in_use() == {"transactions": (1, 1), "statements": (1, 2)}
    await asyncio.gather(*others)
    assert small.connections_in_use() == {"transactions": (0, 0), "statements": (0, 0)}
    await small.close()


async def test_what_the_url_says_holds(empty_schema: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def shown(url: str) -> dict[str, object]:
        names = ("statement_timeout", "work_mem", "application_name", "timezone")
        async with Database(url).dedicated() as connection:
            cursor = await connection.execute(
                "SELECT name, setting FROM pg_settings WHERE lower(name) = ANY(%s)", (list(names),)
            )
            return {str(name).lower(): value for name, value in await cursor.fetchall()}

    usual = {"statement_timeout": "5000", "application_name": "app", "timezone": "UTC"}
    assert (await shown(empty_schema)).items() >= usual.items()
    options = "-c work_mem=8MB  -c statement_timeout=700 -c timezone=Asia/Tokyo"
    own = {"statement_timeout": "700", "work_mem": "8192", "timezone": "UTC"}
    url = make_conninfo(empty_schema, options=options, application_name="theirs")
    assert (await shown(url)).items() >= (own | {"application_name": "theirs"}).items()
    monkeypatch.setenv("PGOPTIONS", options)
    assert (await shown(empty_schema)).items() >= own.items()


async def test_a_connection_cancelled_among_several_statements_is_made_anew(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As where the loop is busy: psycopg lets others go first once its pipeline is open.
    monkeypatch.setattr(psycopg.waiting, "MAX_BUSY_TIME", 0.0)
    names = [{"name": str(number)} for number in range(5)]
    begun = asyncio.Event()

    async def several() -> None:
        async with database.sessions() as session, session.begin():
            await session.execute(text("SELECT 1"))
            begun.set()
            await session.execute(text("SELECT set_config('app.name', :name, true)"), names)

    for turns in range(100):
        begun.clear()
        running = asyncio.create_task(several())
        await begun.wait()
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        (failure,) = await asyncio.gather(running, return_exceptions=True)
        if failure is None:
            break
        assert await write(database) == 1, turns
    assert 5 < turns < 99
