"""The development database: DATABASE_URL's, or an embedded PostgreSQL whose data is in `var/`."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg

from dev.postgres import EmbeddedPostgres, database_on
from dev.roles import Roles, make

ROOT = Path(__file__).resolve().parents[1]
STATE = Path(os.environ.get("DEV_STATE") or ROOT / "var")
DATA = STATE / "postgres"
DATABASE = "app"


def embedded() -> EmbeddedPostgres:
    return EmbeddedPostgres(DATA, durable=True)


@contextlib.contextmanager
def administrator() -> Iterator[str | None]:
    """The URL of a superuser of the server of `make dev`, or of one that runs for as long as the
    block lasts. None where DATABASE_URL says what to use."""
    running = _server_of_make_dev()
    if os.environ.get("DATABASE_URL"):
        yield None
    elif running is not None:
        yield running
    else:
        with embedded() as server:
            yield server.url


def given(name: str | None = None) -> Roles:
    """Those of DATABASE_URL and MIGRATION_DATABASE_URL, which may be one; with a `name`, on that
    database of their server."""
    rows = os.environ["DATABASE_URL"]
    owner = os.environ.get("MIGRATION_DATABASE_URL") or rows
    return Roles(*(url if name is None else database_on(url, name) for url in (rows, owner)))


@contextlib.contextmanager
def database(name: str | None = None) -> Iterator[Roles]:
    """The roles of a development database that is there: without a `name` that of DATABASE_URL, or
    `app` on the server of `administrator`."""
    with administrator() as admin:
        yield given(name) if admin is None else make(admin, name or DATABASE)


def _server_of_make_dev() -> str | None:
    try:
        url = (DATA / "url").read_text(encoding="ascii")
        psycopg.connect(url, connect_timeout=2).close()
    except (FileNotFoundError, psycopg.OperationalError):
        return None  # a crash may have left the file
    return url
