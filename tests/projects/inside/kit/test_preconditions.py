"""Who serves, and on which database: what a start refuses, and what it warns of."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from structlog.testing import capture_logs

from kit.database import Database
from kit.operations import Preconditions
from kit.settings import SettingsError

pytestmark = pytest.mark.postgres


async def started(url: str, *, production: bool = True, workers: int = 1) -> list[str]:
    """What a start on the database logs; each worker opens up to 9 connections."""
    database = Database(url)
    expected = Preconditions(database, workers=workers, connections=9, production=production)
    try:
        with capture_logs() as logged:
            await expected.at_start()
    finally:
        await database.close()
    return [str(entry["event"]) for entry in logged]


async def test_production_serves_as_nobody_who_may_change_tables(
    database_url: str, owner_url: str, server_url: str
) -> None:
    assert await started(database_url) == []
    superuser = urlunsplit(urlsplit(server_url)._replace(path=urlsplit(database_url).path))
    for url, reason in ((owner_url, "may change"), (superuser, "is a superuser")):
        with pytest.raises(SettingsError, match=reason):
            await started(url)
        assert await started(url, production=False) == []


async def test_a_server_that_is_away_is_looked_at_later(database_url: str) -> None:
    url = urlunsplit(urlsplit(database_url)._replace(netloc="nobody:x@127.0.0.1:9"))
    preconditions = Preconditions(Database(url), workers=1, connections=9, production=True)
    await preconditions.at_start()
    with pytest.raises(psycopg.OperationalError):
        await preconditions.check()


@pytest.fixture(params=["server", "role", "database"])
def limited(
    request: pytest.FixtureRequest, database_url: str, server_url: str
) -> Iterator[tuple[str, int]]:
    """A URL, and how many connections are given there: by the server, to the role, or by the
    database."""
    url = urlsplit(database_url)
    role, name = sql.Identifier(f"limited_{uuid4().hex}"), sql.Identifier(url.path[1:])
    login = f"{role.as_string()[1:-1]}:{url.password}@{url.hostname}:{url.port}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        made = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} CONNECTION LIMIT 60 IN ROLE test")
        connection.execute(made.format(role, sql.Literal(url.password)))
        alter = sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}")
        if request.param == "database":
            connection.execute(alter.format(name, sql.Literal(50)))
        if request.param == "role":
            yield urlunsplit(url._replace(netloc=login)), 60
        else:
            yield database_url, 50 if request.param == "database" else 97
        connection.execute(alter.format(name, sql.Literal(-1)))
        connection.execute(sql.SQL("DROP ROLE {}").format(role))


async def test_workers_open_no_more_connections_than_they_are_given(
    limited: tuple[str, int],
) -> None:
    url, given = limited
    workers = given // 9 + 1
    assert await started(url, workers=workers - 1) == []
    said = f"{workers} workers .* 9 connections each, {workers * 9} together, .* {given}:"
    with pytest.raises(SettingsError, match=f"DATABASE_POOL_SIZE, GRANIAN_WORKERS: {said}"):
        await started(url, workers=workers)
    (warning,) = await started(url, workers=workers, production=False)
    assert re.search(said, warning)


@pytest.fixture
def without_letters(server_url: str) -> Iterator[str]:
    """A database of LC_CTYPE C."""
    name = f"ctype_{uuid4().hex}"
    made = sql.SQL(
        "CREATE DATABASE {} TEMPLATE template0 LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(made.format(sql.Identifier(name)))
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
        connection.execute(sql.SQL("DROP DATABASE {} (FORCE)").format(sql.Identifier(name)))


async def test_a_database_that_knows_no_letters_is_warned_of(without_letters: str) -> None:
    (warning,) = await started(without_letters, production=False)
    assert "LC_CTYPE" in warning
    with psycopg.connect(without_letters, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        found = connection.execute("SELECT show_trgm('лампа'), show_trgm('lamp')").fetchone()
    assert found is not None
    assert (len(found[0]), len(found[1])) == (0, 5)
