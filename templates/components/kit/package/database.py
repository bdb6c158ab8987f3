"""One PostgreSQL: SQLAlchemy sessions for transactions, a psycopg pool for single statements."""

import asyncio
import select as readiness
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Generic, LiteralString, TypeVar, cast

import msgspec
from psycopg import AsyncConnection
from psycopg.abc import Params
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from sqlalchemy import AsyncAdaptedQueuePool, ColumnElement, any_, event, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from kit.database_spans import TracedConnection
from kit.outbox import last_statements
from kit.settings import options_of

E = TypeVar("E")
V = TypeVar("V")
W = TypeVar("W")

Connection = AsyncConnection[TupleRow]

# A pool that cannot connect tries for as long: psycopg's pauses grow for 300 s, past its return.
_RECONNECT_SECONDS = 2.0
_WAIT_SECONDS = 5.0

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
    """Connections are made when they are first needed, after `open`."""

    variables = "DATABASE_URL", "DATABASE_POOL_SIZE"

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 4,
        application_name: str = "app",
        statement_timeout_ms: int = 5_000,
        traced: bool = False,
        prepared_statements: bool = True,
    ) -> None:
        """`url` is any libpq connection string; each of the two pools holds up to `pool_size`.

        A statement that runs longer than `statement_timeout_ms` is cancelled by the server. What
        the URL says of the same parameters holds, but for the time zone. Statements are spans where
        it is `traced`. `prepared_statements` need a connection to the server itself, or to a pooler
        that knows them.
        """
        self._url = url
        self._kind: type[Connection] = TracedConnection if traced else AsyncConnection
        self._parameters = _parameters(
            url,
            application_name,
            {
                "statement_timeout": statement_timeout_ms,
                "lock_timeout": statement_timeout_ms,
                "idle_in_transaction_session_timeout": 30_000,
            },
        )
        if not prepared_statements:
            self._parameters["prepare_threshold"] = None
        self.pool_size = pool_size
        # async_creator hands libpq the same string as everywhere else, several hosts included.
        self._engine = create_async_engine(
            "postgresql+psycopg://",
            poolclass=_Pool,
            async_creator=self._connect,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=_WAIT_SECONDS,
            pool_recycle=1800,
            hide_parameters=True,
        )
        event.listen(self._engine.sync_engine, "checkout", _refuse_lost)
        self._asked = 0  # of the other pool: has or waits
        self._probe: Connection | None = None
        self._probing = asyncio.Lock()
        self.sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self._statements = self._pool()
        # Neither reads nor writes take the pool's last connection from the other, if it has two.
        self._reads, self._writes = (asyncio.Semaphore(max(1, pool_size - 1)) for _ in range(2))

    @property
    def connections_at_most(self) -> int:
        """How many it opens at most, besides `dedicated` ones: two pools and the one of `ask`."""
        return 2 * self.pool_size + 1

    async def open(self) -> None:
        """Start the pools. Does not wait for the server: `/readyz` tells when it answers."""
        await self._statements.open()

    async def close(self) -> None:
        """Close every connection; `open` begins anew."""
        await self._statements.close()
        await self._engine.dispose()
        await self._end_probe()
        self._statements = self._pool()

    def reading(self) -> AbstractAsyncContextManager[Connection]:
        """An autocommit connection for what one statement reads: one round trip."""
        return self._single(self._reads)

    def statement(self) -> AbstractAsyncContextManager[Connection]:
        """An autocommit connection for what one statement writes, without the session's trips.

        That is a transaction of its own even within `one_transaction`.
        """
        return self._single(self._writes)

    @asynccontextmanager
    async def dedicated(self) -> AsyncIterator[Connection]:
        """An autocommit connection of the caller's own, outside of the pools, for long loops."""
        connection = await self._connect(autocommit=True)
        try:
            yield connection
        finally:
            await connection.close()

    async def ping(self) -> None:
        """Ask the server for an answer; raises psycopg's error."""
        await self.ask("SELECT 1")

    async def ask(
        self, query: LiteralString | bytes, params: Params | None = None
    ) -> list[TupleRow]:
        """What a quick query finds, for checks; raises psycopg's error.

        On a connection of its own, so that busy pools do not make the process unready.
        """
        async with self._probing:
            if self._probe is None or _lost(self._probe):
                await self._end_probe()
                self._probe = await self._connect(autocommit=True)
            try:
                return await (await self._probe.execute(query, params)).fetchall()
            except BaseException:
                await self._end_probe()
                raise

    def connections_in_use(self) -> dict[str, tuple[int, int]]:
        """How many connections of each pool are checked out, and how many callers wait for one."""
        stats = self._statements.get_stats()
        single = stats.get("pool_size", 0) - stats.get("pool_available", 0)
        pool = cast("_Pool", self._engine.pool)
        return {
            "transactions": (pool.checkedout(), pool.asked),
            "statements": (single, max(0, self._asked - single)),
        }

    @asynccontextmanager
    async def _single(self, share: asyncio.Semaphore) -> AsyncIterator[Connection]:
        self._asked += 1
        try:
            async with _share(share), _taken_from(self._statements) as connection:
                yield connection
        finally:
            self._asked -= 1

    def _pool(self) -> AsyncConnectionPool[Connection]:
        return AsyncConnectionPool(
            self._url,
            connection_class=self._kind,
            min_size=0,
            max_size=self.pool_size,
            timeout=_WAIT_SECONDS,
            reconnect_timeout=_RECONNECT_SECONDS,
            open=False,
            kwargs={**self._parameters, "autocommit": True},
        )

    async def _end_probe(self) -> None:
        if self._probe is not None:
            await self._probe.close()
            self._probe = None

    async def _connect(self, *, autocommit: bool = False) -> Connection:
        return await self._kind.connect(self._url, autocommit=autocommit, **self._parameters)


class _Pool(AsyncAdaptedQueuePool):
    """Knows how many ask for a connection and do not have one yet."""

    __module__ = AsyncAdaptedQueuePool.__module__  # by which its lines in the log are held back
    asked = 0

    def _do_get(self) -> ConnectionPoolEntry:
        self.asked += 1
        try:
            return super()._do_get()
        finally:
            self.asked -= 1


def _parameters(url: str, application_name: str, settings: Mapping[str, int]) -> dict[str, Any]:
    """What a connection asks for besides its URL; of several equal options the last one holds."""
    given = conninfo_to_dict(url)
    ours = " ".join(f"-c {name}={value}" for name, value in settings.items())
    usual = {"application_name": application_name, "connect_timeout": "5"}
    return {
        **{name: value for name, value in usual.items() if name not in given},
        "options": f"{ours} {options_of(url)} -c timezone=UTC",
    }


@asynccontextmanager
async def _share(connections: asyncio.Semaphore) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(_WAIT_SECONDS):
            await connections.acquire()
    except TimeoutError:
        raise PoolTimeout(f"no connection was free for {_WAIT_SECONDS:g} s") from None
    try:
        yield
    finally:
        connections.release()


@asynccontextmanager
async def _taken_from(pool: AsyncConnectionPool[Connection]) -> AsyncIterator[Connection]:
    # Not by the pool's own `check`: it pauses for a second and more between lost connections.
    connection = await pool.getconn()
    while _lost(connection):
        await connection.close()
        await pool.putconn(connection)
        connection = await pool.getconn()
    try:
        yield connection
    finally:
        await pool.putconn(connection)


def _lost(connection: Connection) -> bool:
    """Whether the server has ended it, as this host knows: an idle one is told nothing else.

    Or psycopg, where cancelled when it sends several statements: the pipeline stays open then.
    """
    if connection.closed or connection.info.pipeline_status:
        return True
    poll = readiness.poll()
    poll.register(connection.fileno(), readiness.POLLIN)
    return bool(poll.poll(0))


def _refuse_lost(adapted: Any, _record: object, _proxy: object) -> None:
    if _lost(adapted.driver_connection):
        # The others were lost with it: all are made anew.
        raise InvalidatePoolError


@dataclass(slots=True)
class _Shared:
    database: Database
    session: AsyncSession
    first: Callable[[AsyncSession], Awaitable[None]] | None = None
    begun: bool = False
    after_commit: list[Callable[[], None]] = field(default_factory=list)


_shared: ContextVar[_Shared | None] = ContextVar("shared transaction", default=None)


@asynccontextmanager
async def one_transaction(
    database: Database, first: Callable[[AsyncSession], Awaitable[None]] | None = None
) -> AsyncIterator[AsyncSession]:
    """Every unit of work on `database` within the block is a savepoint of one transaction.

    So that a consumer can store what it has handled together with the effect. Leaving the block
    without an exception commits; an exception rolls everything back. `first` is awaited when the
    first unit of work begins: until then the transaction holds no connection. With it, nobody is
    to go on after a unit of work that failed, so they are no savepoints.
    """
    async with database.sessions() as session:
        shared = _Shared(database, session, first)
        token = _shared.set(shared)
        try:
            yield session
        finally:
            _shared.reset(token)
        await _commit(session)
    for wake in dict.fromkeys(shared.after_commit):
        wake()


async def driver_of(session: AsyncSession) -> Connection:
    """The driver's connection in the session's transaction, to send several statements at once."""
    connection: Any = (await session.connection()).sync_connection
    return cast("Connection", connection.connection.driver_connection)


async def _commit(session: AsyncSession) -> None:
    """Run the last statements and commit, in one round trip."""
    await session.flush()
    if last := last_statements(session):
        driver = await driver_of(session)
        async with driver.pipeline():
            for statement, row in last:
                await driver.execute(statement, row)
            await driver.commit()
    await session.commit()  # nothing, where the driver has done so


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
            published = bool(last_statements(session))
            await _commit(session)
        if published and self._after_commit:
            self._after_commit()

    @asynccontextmanager
    async def _within(self, shared: _Shared) -> AsyncIterator[W]:
        session = shared.session
        if shared.first is not None and not shared.begun:
            shared.begun = True
            await shared.first(session)
        before = len(last := last_statements(session))
        try:
            async with nullcontext() if shared.first else session.begin_nested():
                yield self._work(session)
        except BaseException:
            del last[before:]
            raise
        # As if it had been a session of its own: the next unit of work reads anew.
        session.expunge_all()
        if len(last) > before and self._after_commit:
            shared.after_commit.append(self._after_commit)
