"""One PostgreSQL: SQLAlchemy sessions for transactions, psycopg pools for single statements."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec
from psycopg import AsyncConnection, OperationalError
from psycopg.rows import TupleRow
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import ColumnElement, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from kit.outbox import discard_outbox, flush_outbox

E = TypeVar("E")
V = TypeVar("V")
W = TypeVar("W")

Connection = AsyncConnection[TupleRow]

# For every connection of the process: an order's JSON is written and read eight times.
set_json_dumps(msgspec.json.encode)
set_json_loads(msgspec.json.decode)


def among(column: ColumnElement[V], values: Collection[V]) -> ColumnElement[bool]:
    """Whether the column holds one of the values.

    As one array, so that the server has one statement prepared, however many values there are.
    """
    return column == any_(literal(list(values), ARRAY(column.type)))


async def locked(
    session: AsyncSession, entity: type[E], column: ColumnElement[V], values: Collection[V]
) -> Sequence[E]:
    """Those that exist with one of the values, locked until the transaction ends.

    In the order of the column, so that two callers cannot wait for each other.
    """
    found = select(entity).where(among(column, values)).order_by(column).with_for_update()
    return (await session.scalars(found)).all()


class Database:
    """Connections are made in `open`, never at import or construction."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 8,
        application_name: str = "app",
        statement_timeout_ms: int = 5_000,
    ) -> None:
        """`url` is any libpq connection string; each of the three pools holds up to `pool_size`.

        A statement that runs longer than `statement_timeout_ms` is cancelled by the server.
        """
        self._url = url
        self._parameters: dict[str, Any] = {
            "application_name": application_name,
            "connect_timeout": 5,
            "options": (
                f"-c timezone=UTC -c statement_timeout={statement_timeout_ms}"
                f" -c lock_timeout={statement_timeout_ms}"
                " -c idle_in_transaction_session_timeout=30000"
            ),
        }
        self.pool_size = pool_size
        # async_creator hands libpq the same string as everywhere else, several hosts included.
        self._engine = create_async_engine(
            "postgresql+psycopg://",
            async_creator=self._connect,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=5,
            pool_recycle=1800,
            hide_parameters=True,
        )
        self.sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self._readers, self._statements = self._pools()

    async def open(self) -> None:
        """Start the pools. Does not wait for the server: `/readyz` tells when it answers."""
        await self._readers.open()
        await self._statements.open()

    async def close(self) -> None:
        """Close every connection; `open` begins anew."""
        await self._readers.close()
        await self._statements.close()
        await self._engine.dispose()
        self._readers, self._statements = self._pools()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """An autocommit connection from the read pool: one statement, one round trip."""
        async with _taken_from(self._readers) as connection:
            yield connection

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[Connection]:
        """An autocommit connection for what one statement writes, without the session's trips.

        That is a transaction of its own even within `one_transaction`. Readers have other
        connections, so that they do not wait for writers.
        """
        async with _taken_from(self._statements) as connection:
            yield connection

    @asynccontextmanager
    async def dedicated(self) -> AsyncIterator[Connection]:
        """An autocommit connection of the caller's own, outside of the pools, for long loops."""
        connection = await self._connect(autocommit=True)
        try:
            yield connection
        finally:
            await connection.close()

    async def ping(self) -> None:
        """Ask the server for an answer; raises psycopg's or the pool's error."""
        async with self._readers.connection(timeout=2) as connection:
            await connection.execute("SELECT 1")

    def connections_in_use(self) -> dict[str, int]:
        """How many connections of each pool are checked out."""
        in_use = {"writers": self._engine.pool.checkedout()}  # type: ignore[attr-defined]
        for pool in (self._readers, self._statements):
            stats = pool.get_stats()
            in_use[pool.name] = stats.get("pool_size", 0) - stats.get("pool_available", 0)
        return in_use

    def _pools(self) -> tuple[AsyncConnectionPool[Connection], AsyncConnectionPool[Connection]]:
        return self._pool("readers", at_least=1), self._pool("statements", at_least=0)

    def _pool(self, name: str, at_least: int) -> AsyncConnectionPool[Connection]:
        return AsyncConnectionPool(
            self._url,
            min_size=at_least,
            max_size=self.pool_size,
            timeout=5,
            open=False,
            kwargs={**self._parameters, "autocommit": True},
            name=name,
        )

    async def _connect(self, *, autocommit: bool = False) -> Connection:
        return await AsyncConnection.connect(self._url, autocommit=autocommit, **self._parameters)


@asynccontextmanager
async def _taken_from(pool: AsyncConnectionPool[Connection]) -> AsyncIterator[Connection]:
    async with pool.connection() as connection:
        try:
            yield connection
        except OperationalError:
            if connection.closed:
                # The others were probably lost with it: one request fails, not each in turn.
                await pool.check()
            raise


@dataclass(frozen=True, slots=True)
class _Shared:
    database: Database
    session: AsyncSession
    after_commit: list[Callable[[], None]] = field(default_factory=list)


_shared: ContextVar[_Shared | None] = ContextVar("shared transaction", default=None)


@asynccontextmanager
async def one_transaction(database: Database) -> AsyncIterator[AsyncSession]:
    """Every unit of work on `database` within the block is a savepoint of one transaction.

    So that a consumer can store what it has handled together with the effect. Leaving the block
    without an exception commits; an exception rolls everything back.
    """
    async with database.sessions() as session:
        shared = _Shared(database, session)
        token = _shared.set(shared)
        try:
            yield session
        finally:
            _shared.reset(token)
        await session.commit()
    for wake in dict.fromkeys(shared.after_commit):
        wake()


class SqlTransactions(Generic[W]):
    """Where units of work commit: called, it gives a context manager of one.

    `work` makes a context's repositories on a session. Leaving the block without an exception
    writes the outbox and commits; an exception rolls back. `after_commit` is called when the
    committed work published something: it wakes the relay.
    """

    def __init__(
        self,
        database: Database,
        work: Callable[[AsyncSession], W],
        after_commit: Callable[[], None] | None = None,
    ) -> None:
        self._database = database
        self._work = work
        self._after_commit = after_commit

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[W]:
        """Open a unit of work."""
        shared = _shared.get()
        if shared is not None and shared.database is self._database:
            async with self._within(shared) as work:
                yield work
            return
        async with self._database.sessions() as session:
            yield self._work(session)
            published = await flush_outbox(session)
            await session.commit()
        if published and self._after_commit:
            self._after_commit()

    @asynccontextmanager
    async def _within(self, shared: _Shared) -> AsyncIterator[W]:
        session = shared.session
        try:
            async with session.begin_nested():
                yield self._work(session)
                published = await flush_outbox(session)
        except BaseException:
            discard_outbox(session)
            raise
        # As if it had been a session of its own: the next unit of work reads anew.
        session.expunge_all()
        if published and self._after_commit:
            shared.after_commit.append(self._after_commit)
