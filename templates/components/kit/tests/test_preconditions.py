"""Who serves, and on which database: what a start refuses, and what it warns of."""

from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from structlog.testing import capture_logs

from kit.database import Database
from kit.preconditions import Preconditions
from kit.settings import SettingsError

pytestmark = pytest.mark.postgres


async def started(url: str, *, rows_only: bool = True) -> list[str]:
    """What a start on the database logs."""
    with capture_logs() as logged:
        await Preconditions(Database(url), rows_only=rows_only).at_start()
    return [str(entry["event"]) for entry in logged]


async def test_production_serves_as_nobody_who_may_change_tables(
    database_url: str, owner_url: str, server_url: str
) -> None:
    assert await started(database_url) == []
    superuser = urlunsplit(urlsplit(server_url)._replace(path=urlsplit(database_url).path))
    for url, reason in ((owner_url, "may change"), (superuser, "is a superuser")):
        with pytest.raises(SettingsError, match=reason):
            await started(url)
        assert await started(url, rows_only=False) == []


async def test_a_server_that_is_away_is_looked_at_later(database_url: str) -> None:
    url = urlunsplit(urlsplit(database_url)._replace(netloc="nobody:x@127.0.0.1:9"))
    preconditions = Preconditions(Database(url), rows_only=True)
    await preconditions.at_start()
    with pytest.raises(psycopg.OperationalError):
        await preconditions.check()


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
    (warning,) = await started(without_letters, rows_only=False)
    assert "LC_CTYPE" in warning
    with psycopg.connect(without_letters, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        found = connection.execute("SELECT show_trgm('лампа'), show_trgm('lamp')").fetchone()
    assert found is not None
    assert (len(found[0]), len(found[1])) == (0, 5)
