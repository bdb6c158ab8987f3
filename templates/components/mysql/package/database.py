"""One context's database on MySQL or MariaDB: transactions, and single statements beside them.

What goes wrong is raised as the rest of the kit knows it from PostgreSQL: a deadlock, which is also
what Galera calls a transaction that another node's has come before, is run anew as there.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import msgspec
from psycopg import OperationalError, errors
from sqlalchemy import URL, event, make_url, text
from sqlalchemy.engine import Dialect, ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import OperationalError as SqlOperationalError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    async_sessionmaker,
    create_async_engine,
)

from kit.database import _Pool
from kit.mysql.settings import MySqlSettings
from kit.mysql.spans import trace_statements

_WAIT_SECONDS = 5.0
_CONNECT_SECONDS = 5
# What MariaDB alone knows stands in its own comments. A read waits until its node has applied what
# others had committed before: only so it sees what was written through another node.
_SESSION = (
    "SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO',"
    " innodb_lock_wait_timeout = {seconds:.0f}"
    " /*M!, max_statement_time = {seconds}, wsrep_sync_wait = 1 */"
)
_SAID_OTHERWISE: dict[int, type[OperationalError]] = {
    # A deadlock, or a write that Galera has certified on another node before.
    1213: errors.DeadlockDetected,
    1020: errors.DeadlockDetected,  # the record has changed since it was read
    1305: errors.DeadlockDetected,  # the savepoint is gone, which a deadlock took with it
    1205: errors.LockNotAvailable,
    3572: errors.LockNotAvailable,
    1969: errors.QueryCanceled,
    3024: errors.QueryCanceled,
}
_LOOK = """
    SELECT current_user(), EXISTS(
        SELECT * FROM information_schema.user_privileges
        WHERE privilege_type IN ('SUPER', 'CREATE USER')
    ), (
        SELECT min(table_schema) FROM information_schema.schema_privileges
        WHERE privilege_type IN ('ALTER', 'DROP')
    ), false, @@max_connections
"""
# A node of Galera that is no part of the cluster, and servers that end.
_AWAY = frozenset({1047, 1053, 1927})


class Database:
    """Connections are made when they are first needed."""

    variables = "MYSQL_DATABASE_URL", "MYSQL_POOL_SIZE"

    def __init__(
        self, url: URL, context: str, *, pool_size: int = 4, statement_timeout_ms: int = 5_000
    ) -> None:
        """Up to `pool_size` connections; `context` says whose they are.

        A statement that runs longer than `statement_timeout_ms` is ended by MariaDB; MySQL goes on.
        """
        self.context = context
        self.pool_size = pool_size
        seconds = max(1.0, statement_timeout_ms / 1000)
        self._engine = _engine(url, pool_size, _SESSION.format(seconds=seconds), "READ COMMITTED")
        # Neither reads nor writes take the last connection from the other.
        self._single = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self.sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self._reads = asyncio.Semaphore(max(1, pool_size - 1))

    @property
    def connections_at_most(self) -> int:
        """How many it opens at most; relays take those of the pool, too."""
        return self.pool_size

    async def open(self) -> None:
        """Nothing: connections are made when they are first needed."""

    async def close(self) -> None:
        """Close every connection; those that are needed later are made anew."""
        await self._engine.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection for what one statement reads."""
        async with self._reads, self._single.connect() as connection:
            yield connection

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[AsyncConnection]:
        """A connection for what one statement writes: that is a transaction of its own."""
        async with self._single.connect() as connection:
            yield connection

    async def ping(self) -> None:
        """Ask the server for an answer; raises what keeps it from giving one."""
        async with self.statement() as connection:
            await connection.execute(text("SELECT 1"))

    async def ask(self, _of_postgresql: str) -> list[Any]:
        """What kit.operations asks its database for, in MySQL's words.

        Who we are, whether we may do anything, what we may change the tables of, and how many
        connections there are. Raises psycopg's error where the server is away.
        """
        try:
            async with self.statement() as connection:
                return list(await connection.execute(text(_LOOK)))
        except (DBAPIError, OSError) as error:
            raise OperationalError(str(error)) from error

    def connections_in_use(self) -> dict[str, tuple[int, int]]:
        """How many connections are checked out, and how many callers wait for one."""
        pool = cast("_Pool", self._engine.pool)
        return {f"mysql_{self.context}": (pool.checkedout(), pool.asked)}


def open_database(settings: MySqlSettings, context: str) -> Database:
    """The database of a context; connects later."""
    return Database(
        url_of(settings.mysql_database_url.get_secret_value(), context),
        context,
        pool_size=settings.mysql_pool_size,
        statement_timeout_ms=settings.statement_timeout_ms,
    )


def url_of(url: str, context: str) -> URL:
    """The URL of a context's database: its name is that of `url` with the context's behind it."""
    given = make_url(url)
    return given.set(drivername="mysql+asyncmy", database=f"{given.database}_{context}")


def _engine(url: URL, pool_size: int, session: str, isolation: str) -> AsyncEngine:
    authority = url.query.get("ssl_ca")
    arguments: dict[str, Any] = {"connect_timeout": _CONNECT_SECONDS, "init_command": session}
    if authority:
        arguments["ssl"] = ssl.create_default_context(cafile=str(authority))
    engine = create_async_engine(
        url.set(query={"charset": "utf8mb4"}),
        connect_args=arguments,
        poolclass=_Pool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=_WAIT_SECONDS,
        pool_recycle=1800,
        pool_pre_ping=True,
        isolation_level=isolation,
        hide_parameters=True,
        json_serializer=lambda value: msgspec.json.encode(value).decode(),
        json_deserializer=msgspec.json.decode,
    )
    # It warns of each row that INSERT IGNORE leaves out, whose count says so already.
    logging.getLogger("asyncmy").setLevel(logging.ERROR)
    event.listen(engine.sync_engine, "do_connect", _connect)
    trace_statements(engine.sync_engine)
    event.listen(engine.sync_engine, "handle_error", _say_otherwise)
    return engine


def _connect(dialect: Dialect, _: object, arguments: list[Any], named: dict[str, Any]) -> Any:
    """A connection of the driver, which says of some that end while they begin: RuntimeError."""
    try:
        return dialect.connect(*arguments, **named)
    except RuntimeError as error:
        raise dialect.loaded_dbapi.OperationalError(str(error)) from error


def number_of(error: BaseException | None) -> int:
    """The server's number of an error; 0 where it is none of its own."""
    first = error.args[0] if error is not None and error.args else 0
    return first if isinstance(first, int) else 0


def _say_otherwise(context: ExceptionContext) -> None:
    number = number_of(context.original_exception)
    if number in _AWAY:
        context.is_disconnect = True
    kind = _SAID_OTHERWISE.get(number)
    if kind is not None:
        cause = kind(str(context.original_exception.args[-1]))
        raise SqlOperationalError(context.statement, None, cause) from context.original_exception


def is_taken(error: DBAPIError) -> bool:
    """Whether a statement ended because another transaction has the row that it wants at once."""
    return isinstance(error.orig, errors.LockNotAvailable)


def is_deadlock(error: DBAPIError) -> bool:
    """Whether a transaction ended for another one to go on, here or on another node."""
    return isinstance(error.orig, errors.DeadlockDetected)
