"""Alembic for contexts on MySQL: a database each, and a version table for each package in it.

What else has tables in a context's database is called `context/package`, as `orders/kit_kafka.mysql`.

MySQL commits before and after every statement that changes a table: a revision that fails half way
leaves what it has done. So a revision does one thing, or what can be repeated.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext
from sqlalchemy import JSON, URL, Connection, MetaData, TypeDecorator, inspect, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from kit.migrations import NONE, MigrationError, configuration, head_of, revisions
from kit.mysql.columns import ENUMERATION, AsJson, EnumText, Text
from kit.mysql.database import Database, url_of

_VERSIONS = "alembic_version"
# The tables of `kit_kafka.mysql`, which are in the databases of contexts and none of theirs.
_OF_CONSUMERS = "kit_kafka_"
# It would repeat each warning of the server: that a primary key has no name of its own.
_DRIVER: Final = logging.getLogger("asyncmy")
_RIGHTS = "SELECT, INSERT, UPDATE, DELETE"


def run_env(metadata: MetaData) -> None:
    """What a context's `env.py` calls: run the revisions on the connection that it is given."""
    connection = context.config.attributes.get("connection")
    if connection is None:
        raise RuntimeError(
            "migrations run through kit.mysql.migrate, not through Alembic's command"
        )
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=context.config.attributes.get("versions", _VERSIONS),
        include_name=_of_these(metadata),
        compare_type=_is_other_type,
        render_item=_spelled,
    )
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


def provision(admin: str, contexts: Sequence[str], owner: str, rows: str) -> None:
    """Make the users of two URLs, as the user of another one, and the contexts' databases.

    The owner may do anything there, and give rights; passwords become those of the URLs.
    """
    for url in (owner, rows):
        user = _user(url)
        said = f"{user} IDENTIFIED BY {_text(make_url(url).password or '')}"
        _on_server(admin, f"CREATE USER IF NOT EXISTS {said}")
        _on_server(admin, f"ALTER USER {said}")
    for name in contexts:
        _make(owner, name, by=admin)
        place = f"{_database(owner, name)}.*"
        _on_server(admin, f"GRANT ALL ON {place} TO {_user(owner)} WITH GRANT OPTION")


def migrate(url: str, name: str, revision: str) -> None:
    """Bring a context's database to a revision; `base` takes all of them back."""

    def work(connection: Connection) -> None:
        package = package_of(name)
        config = configuration(package, connection)
        config.attributes["versions"] = _versions_of(name)
        at = _revision(connection, name)
        if at is not None and at not in {each.revision for each in revisions(package)}:
            if at.isdecimal() and int(at) > int(head_of(package)):
                return  # a later release has been here, and this one's code works with it
            raise MigrationError(f"{name}: the database is at {at!r}, which is no revision of it")
        change = command.downgrade if revision == "base" else command.upgrade
        change(config, revision)

    on_database(url, name, work)


def on_database(url: str, name: str, work: Callable[[Connection], None]) -> None:
    """Run `work` on a connection to a context's database."""

    async def run() -> None:
        _DRIVER.setLevel(logging.ERROR)
        engine = create_async_engine(_place(url, name), poolclass=NullPool, hide_parameters=True)
        async with engine.connect() as connection:
            await connection.run_sync(work)
            await connection.commit()
        await engine.dispose()

    asyncio.run(run())


def differences(connection: Connection, metadata: MetaData) -> list[Any]:
    """What tables of a database are not as the code has them, as Alembic says it."""
    compared = MigrationContext.configure(
        connection, opts={"compare_type": _is_other_type, "include_name": _of_these(metadata)}
    )
    return list(compare_metadata(compared, metadata))


def _is_other_type(
    context: MigrationContext, there: object, column: object, found: object, wanted: Any
) -> bool | None:
    """MariaDB keeps JSON as text that is checked; of the rest Alembic knows."""
    del context, there, column, found
    return False if isinstance(getattr(wanted, "impl", wanted), JSON) else None


def _spelled(kind: str, item: Any, autogenerated: AutogenContext) -> str | Literal[False]:
    """The kit's types as a revision says them; False: as Alembic does."""
    if kind != "type" or not isinstance(item, TypeDecorator):
        return False
    if isinstance(item, AsJson):
        return "sa.JSON()"
    autogenerated.imports.add("from kit.mysql import columns")
    if isinstance(item, EnumText):
        return f"columns.Text({ENUMERATION})"
    length = item.length or "" if isinstance(item, Text) else ""
    return f"columns.{type(item).__name__}({length})"


def drop(url: str, contexts: Sequence[str]) -> None:
    """Remove the contexts' databases: a test's own."""
    for name in contexts:
        _on_server(url, f"DROP DATABASE IF EXISTS {_database(url, name)}")


async def pending_on(database: Database, name: str) -> bool:
    """Whether a context's database lacks a revision of this release."""
    async with database.statement() as connection:
        at = await connection.run_sync(_revision, name)
    return int(at or NONE) < int(head_of(package_of(name)))


def package_of(name: str) -> str:
    """Whose migrations they are: the context's own, or of what has tables in its database."""
    return name.rpartition("/")[2]


def _versions_of(name: str) -> str:
    _, _, package = name.partition("/")
    return f"{_VERSIONS}_{package.replace('.', '_')}" if package else _VERSIONS


def _of_these(metadata: MetaData) -> Callable[[str | None, str, object], bool]:
    """Which of a database's tables are to be those of the metadata."""
    of_consumers = any(name.startswith(_OF_CONSUMERS) for name in metadata.tables)

    def included(name: str | None, kind: str, _: object) -> bool:
        if kind != "table" or name is None:
            return True
        return not name.startswith(_VERSIONS) and name.startswith(_OF_CONSUMERS) == of_consumers

    return included


def _revision(connection: Connection, name: str) -> str | None:
    table = _versions_of(name)
    if not inspect(connection).has_table(table):
        return None
    return connection.execute(text(f"SELECT version_num FROM {table}")).scalar()  # noqa: S608 - a constant


def _place(url: str, name: str) -> URL:
    return url_of(url, name.partition("/")[0])


def _database(url: str, name: str) -> str:
    return f"`{str(_place(url, name).database).replace('`', '``')}`"


def _make(url: str, name: str, *, by: str = "") -> None:
    made = f"CREATE DATABASE IF NOT EXISTS {_database(url, name)} CHARACTER SET utf8mb4"
    _on_server(by or url, made)


def _user(url: str) -> str:
    return f"{_text(make_url(url).username or '')}@'%'"


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


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
    _DRIVER.setLevel(logging.ERROR)
    place = url_of(url, "")._replace(database=None)
    engine = create_async_engine(place, poolclass=NullPool, hide_parameters=True)
    try:
        async with engine.connect() as connection:
            # The driver formats it: a user's host is any.
            await connection.exec_driver_sql(statement.replace("%", "%%"))
    finally:
        await engine.dispose()
