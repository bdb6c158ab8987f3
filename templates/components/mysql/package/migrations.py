"""Alembic for contexts on MySQL: a database and a version table each.

MySQL commits before and after every statement that changes a table: a revision that fails half way
leaves what it has done. So a revision does one thing, or what can be repeated.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import JSON, Connection, MetaData, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from kit.migrations import NONE, MigrationError, configuration, head_of, revisions
from kit.mysql.database import Database, url_of

_VERSIONS = "alembic_version"
_RIGHTS = "SELECT, INSERT, UPDATE, DELETE"


def run_env(metadata: MetaData) -> None:
    """What a context's `env.py` calls: run the revisions on the connection that it is given."""
    connection = context.config.attributes.get("connection")
    if connection is None:
        raise RuntimeError(
            "migrations run through kit.mysql.migrate, not through Alembic's command"
        )
    context.configure(connection=connection, target_metadata=metadata, version_table=_VERSIONS)
    with context.begin_transaction():
        context.run_migrations()


def upgrade(url: str, contexts: Sequence[str], *, rows: str | None = None) -> None:
    """Bring every context's database to its newest revision; it is made if it is not there.

    The user `rows` ('shop'@'%') may work on its rows. Raises MigrationError.
    """
    for name in contexts:
        _make(url, name)
        migrate(url, name, "head")
        if rows is not None:
            _on_server(url, f"GRANT {_RIGHTS} ON {_database(url, name)}.* TO {rows}")


def migrate(url: str, name: str, revision: str) -> None:
    """Bring a context's database to a revision; `base` takes all of them back."""

    def work(connection: Connection) -> None:
        config = configuration(name, connection)
        at = _revision(connection)
        if at is not None and at not in {each.revision for each in revisions(name)}:
            if at.isdecimal() and int(at) > int(head_of(name)):
                return  # a later release has been here, and this one's code works with it
            raise MigrationError(f"{name}: the database is at {at!r}, which is no revision of it")
        change = command.downgrade if revision == "base" else command.upgrade
        change(config, revision)

    on_database(url, name, work)


def on_database(url: str, name: str, work: Callable[[Connection], None]) -> None:
    """Run `work` on a connection to a context's database."""

    async def run() -> None:
        engine = create_async_engine(url_of(url, name), poolclass=NullPool, hide_parameters=True)
        async with engine.connect() as connection:
            await connection.run_sync(work)
            await connection.commit()
        await engine.dispose()

    asyncio.run(run())


def differences(connection: Connection, metadata: MetaData) -> list[Any]:
    """What tables of a database are not as the code has them, as Alembic says it."""
    compared = MigrationContext.configure(connection, opts={"compare_type": _is_other_type})
    return list(compare_metadata(compared, metadata))


def _is_other_type(
    context: MigrationContext, there: object, column: object, found: object, wanted: Any
) -> bool | None:
    """MariaDB keeps JSON as text that is checked; of the rest Alembic knows."""
    del context, there, column, found
    return False if isinstance(getattr(wanted, "impl", wanted), JSON) else None


def drop(url: str, contexts: Sequence[str]) -> None:
    """Remove the contexts' databases: a test's own."""
    for name in contexts:
        _on_server(url, f"DROP DATABASE IF EXISTS {_database(url, name)}")


async def pending_on(database: Database) -> bool:
    """Whether a context's database lacks a revision of this release."""
    async with database.statement() as connection:
        at = await connection.run_sync(_revision)
    return int(at or NONE) < int(head_of(database.context))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSIONS):
        return None
    return connection.execute(text(f"SELECT version_num FROM {_VERSIONS}")).scalar()  # noqa: S608 - a constant


def _database(url: str, name: str) -> str:
    return f"`{str(url_of(url, name).database).replace('`', '``')}`"


def _make(url: str, name: str) -> None:
    _on_server(url, f"CREATE DATABASE IF NOT EXISTS {_database(url, name)} CHARACTER SET utf8mb4")


def answers(url: str) -> bool:
    """Whether the server of a URL takes connections now."""
    return asyncio.run(answering(url))


async def answering(url: str) -> bool:
    """As `answers`, where a loop runs already."""
    try:
        await _execute(url, "SELECT 1")
    except (DBAPIError, OSError):
        return False
    return True


def _on_server(url: str, statement: str) -> None:
    asyncio.run(_execute(url, statement))


async def _execute(url: str, statement: str) -> None:
    place = url_of(url, "")._replace(database=None)
    engine = create_async_engine(place, poolclass=NullPool, hide_parameters=True)
    try:
        async with engine.connect() as connection:
            await connection.exec_driver_sql(statement)
    finally:
        await engine.dispose()
