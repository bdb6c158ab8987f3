"""Units of work on MySQL, as kit.database has them on PostgreSQL; messages are stored with them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncSession

from kit.mysql.database import Database

W = TypeVar("W")
Last = tuple[Executable, dict[str, Any]]


@dataclass(slots=True)
class _Shared:
    database: Database
    session: AsyncSession
    first: Callable[[AsyncSession], Awaitable[None]] | None = None
    begun: bool = False
    after_commit: list[Callable[[], None]] = field(default_factory=list)


_shared: ContextVar[_Shared | None] = ContextVar("shared transaction on MySQL", default=None)


def last_statements(session: AsyncSession) -> list[Last]:
    """What the session's transaction runs just before it commits."""
    return cast("list[Last]", session.info.setdefault("kit.mysql.last_statements", []))


@asynccontextmanager
async def one_transaction(
    database: Database, first: Callable[[AsyncSession], Awaitable[None]] | None = None
) -> AsyncIterator[AsyncSession]:
    """Every unit of work on `database` within the block is a savepoint of one transaction.

    Leaving the block without an exception commits; an exception rolls everything back. `first` is
    awaited when the first unit of work begins: until then the transaction holds no connection. With
    it, nobody is to go on after a unit of work that failed, so they are no savepoints.
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


async def _commit(session: AsyncSession) -> None:
    for statement, values in last_statements(session):
        await session.execute(statement, values)
    await session.commit()


@dataclass(frozen=True, slots=True)
class SqlTransactions(Generic[W]):
    """Where units of work commit: called, it gives a context manager of one, as on PostgreSQL.

    `work` makes a context's repositories on a session, `after_commit` wakes the relay.
    """

    database: Database
    work: Callable[[AsyncSession], W]
    after_commit: Callable[[], None] | None = None

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[W]:
        """Open a unit of work."""
        shared = _shared.get()
        if shared is not None and shared.database is self.database:
            async with self._within(shared) as work:
                yield work
            return
        async with self.database.sessions() as session:
            yield self.work(session)
            published = bool(last_statements(session))
            await _commit(session)
        if published and self.after_commit:
            self.after_commit()

    @asynccontextmanager
    async def _within(self, shared: _Shared) -> AsyncIterator[W]:
        session = shared.session
        if shared.first is not None and not shared.begun:
            shared.begun = True
            await shared.first(session)
        before = len(last := last_statements(session))
        try:
            async with nullcontext() if shared.first else session.begin_nested():
                yield self.work(session)
        except BaseException:
            del last[before:]
            raise
        if len(last) > before and self.after_commit:
            shared.after_commit.append(self.after_commit)
