"""The development database: DATABASE_URL, or an embedded PostgreSQL whose data is in `var/`."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg

from dev.postgres import EmbeddedPostgres, create_database

ROOT = Path(__file__).resolve().parents[1]
STATE = Path(os.environ.get("DEV_STATE") or ROOT / "var")
DATA = STATE / "postgres"
DATABASE = "app"


def embedded() -> EmbeddedPostgres:
    return EmbeddedPostgres(DATA, durable=True)


@contextlib.contextmanager
def database_url(name: str | None = None) -> Iterator[str]:
    """The URL of a development database that runs: DATABASE_URL, that of `make dev`, or one that
    is started for as long as the block lasts. With a `name`, that database of the same server."""
    given = os.environ.get("DATABASE_URL")
    running = _server_of_make_dev()
    if given:
        yield given if name is None else create_database(given, name)
    elif running is not None:
        yield create_database(running, name or DATABASE)
    else:
        with embedded() as server:
            yield server.database(name or DATABASE)


def _server_of_make_dev() -> str | None:
    try:
        url = (DATA / "url").read_text(encoding="ascii")
        psycopg.connect(url, connect_timeout=2).close()
    except (FileNotFoundError, psycopg.OperationalError):
        return None  # a crash may have left the file
    return url
