"""The migrations make what the code expects, and can be taken back."""

from collections.abc import Iterator
from importlib import import_module
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import sql
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from app.contexts import CONTEXTS
from kit.migrations import downgrade, pending, upgrade

pytestmark = pytest.mark.postgres


@pytest.fixture
def fresh(database_url: str) -> Iterator[str]:
    """An empty database."""
    name = sql.Identifier(f"fresh_{uuid4().hex}")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        yield urlunsplit(urlsplit(database_url)._replace(path="/" + name.as_string().strip('"')))
        connection.execute(sql.SQL("DROP DATABASE {}").format(name))


def tables(url: str) -> set[tuple[str, str]]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s)",
            (list(CONTEXTS),),
        ).fetchall()
    return {(row[0], row[1]) for row in rows if row[1] != "alembic_version"}


@pytest.mark.parametrize("name", CONTEXTS)
def test_tables_and_migrations_agree(database_url: str, name: str) -> None:
    metadata = import_module(f"{name}.adapters.tables").metadata
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(database_url),
        poolclass=NullPool,
    )
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda found, kind, _: kind != "schema" or found == name,
                "version_table_schema": name,
                "compare_type": True,
                "compare_server_default": True,
            },
        )
        assert compare_metadata(context, metadata) == []


def test_every_migration_goes_down_and_up_again(fresh: str) -> None:
    assert pending(fresh, CONTEXTS) == list(CONTEXTS)
    upgrade(fresh, CONTEXTS)
    assert pending(fresh, CONTEXTS) == []
    made = tables(fresh)
    assert made
    downgrade(fresh, CONTEXTS)
    assert tables(fresh) == set()
    upgrade(fresh, CONTEXTS)
    assert tables(fresh) == made
    upgrade(fresh, CONTEXTS)
