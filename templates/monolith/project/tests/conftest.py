"""What all tests share: a private, migrated PostgreSQL database for each worker of pytest-xdist.

The server is TEST_DATABASE_URL's, which must let us make databases, or an embedded one that is
started once for the whole run, when it is first needed.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

from app.contexts import CONTEXTS
from dev.postgres import EmbeddedPostgres
from kit.logs import configure_logging
from kit.migrations import upgrade

BLACKBOX: Final = "tests/blackbox/"
_SERVER: Final = "database_server"
_STARTED: Final = pytest.StashKey[EmbeddedPostgres]()


class _Node(Protocol):
    """A worker, as the controller sees it."""

    config: pytest.Config
    workerinput: dict[str, Any]


class Scheduling(LoadFileScheduling):  # type: ignore[misc]
    """A worker takes a whole file, or all of the black-box suite, which drives one server."""

    def _split_scope(self, nodeid: str) -> str:
        return BLACKBOX if nodeid.startswith(BLACKBOX) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduling:
    """Under pytest-xdist, in the order of the files."""
    config.option.loadscopereorder = False
    return Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest first, so that no worker is left with it alone."""
    items.sort(
        key=lambda item: not {"slow", "blackbox"} & {mark.name for mark in item.iter_markers()}
    )


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: _Node) -> None:
    """Under pytest-xdist the controller starts the server, because it ends last."""
    node.workerinput[_SERVER] = _server(node.config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started."""
    started = config.stash.get(_STARTED, None)
    if started is not None:
        started.stop()


def _server(config: pytest.Config) -> str:
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return given
    started = config.stash.get(_STARTED, None)
    if started is None:
        directory = Path(tempfile.mkdtemp(prefix="test-postgres-"))
        started = EmbeddedPostgres(directory, durable=False)
        started.start()
        config.stash[_STARTED] = started
    return started.url


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def log_format() -> None:
    """As in production; structlog's default draws every local variable of a traceback."""
    configure_logging()


@pytest.fixture(scope="session")
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated database that no other worker sees."""
    worker = getattr(request.config, "workerinput", {})
    server = worker.get(_SERVER) or _server(request.config)
    name = f"test_{os.getpid()}_{worker.get('workerid', 'main')}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    upgrade(url, CONTEXTS)
    yield url
    if "TEST_DATABASE_URL" not in os.environ:
        return  # it goes with its server
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


@pytest.fixture
def clean_database(database_url: str) -> str:
    """The database without a row; its URL."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables"
            " WHERE schemaname = ANY(%s) AND tablename <> 'alembic_version'",
            (list(CONTEXTS),),
        ).fetchall()
        names = sql.SQL(", ").join(sql.Identifier(*each) for each in tables)
        connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))
    return database_url
