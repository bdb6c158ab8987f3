"""Identity's ports on PostgreSQL: within one SQLAlchemy session's transaction, and by statement."""

from collections.abc import Callable, Collection
from datetime import datetime
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlalchemy import ColumnElement, Table, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.identity_v1 import UserRegistered
from identity.adapters import tables
from identity.application.ports import UserView
from identity.domain.errors import EmailTakenError
from identity.domain.session import EndReason, Session
from identity.domain.throttle import Attempts
from identity.domain.user import DomainEvent, User
from kit.background import removal
from kit.database import Database
from kit.messages import to_message
from kit.outbox import Outbox

_USER = "SELECT id, email, name, role FROM identity.users WHERE id = %s"
_KNOWN = "SELECT id FROM identity.users WHERE id = ANY(%s)"


class SqlUsers:
    """Users in `identity.users`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, user: User) -> None:
        self._session.add(user)
        try:
            await self._session.flush()
        except IntegrityError as error:
            if (
                isinstance(error.orig, UniqueViolation)
                and error.orig.diag.constraint_name == tables.EMAIL_UNIQUE
            ):
                raise EmailTakenError("Somebody is registered with this address.") from error
            raise

    async def get(self, user_id: UUID) -> User | None:
        return await self._session.get(User, user_id)

    async def with_email(self, email_key: str) -> User | None:
        found = select(User).where(tables.users.c.email_key == email_key)
        return (await self._session.scalars(found)).one_or_none()

    async def hold(self, user_id: UUID) -> User | None:
        found = select(User).where(tables.users.c.id == user_id)
        return (await self._session.scalars(found.with_for_update(key_share=True))).one_or_none()

    async def hold_with_email(self, email_key: str) -> User | None:
        found = select(User).where(tables.users.c.email_key == email_key)
        return (await self._session.scalars(found.with_for_update(key_share=True))).one_or_none()


class SqlSessions:
    """Sessions in `identity.sessions`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, session: Session) -> None:
        self._session.add(session)

    async def hold(self, session_id: UUID) -> Session | None:
        held = select(Session).where(tables.sessions.c.id == session_id)
        return (await self._session.scalars(held.with_for_update(key_share=True))).one_or_none()

    async def end_all(self, user_id: UUID, reason: EndReason, now: datetime) -> None:
        running = tables.sessions.c.ended_at.is_(None)
        await self._session.execute(
            update(tables.sessions)
            .where(tables.sessions.c.user_id == user_id, running)
            .values(ended_at=now, end_reason=reason)
        )

    async def purge(self, before: datetime, at_most: int) -> int:
        old = tables.sessions.c.refreshable_until < before
        return await _purge(self._session, tables.sessions, old, at_most)


class SqlLoginAttempts:
    """Attempts in `identity.login_attempts`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def hold(self, keys: Collection[str]) -> dict[str, Attempts]:
        rows = [{"key": key} for key in sorted(set(keys))]  # one order: no deadlock
        new = postgresql.insert(Attempts).values(rows)
        # The update changes nothing, but locks the row that is there and returns it.
        upsert = new.on_conflict_do_update(
            index_elements=["key"], set_={"key": new.excluded.key}
        ).returning(Attempts)
        found = await self._session.scalars(upsert, execution_options={"populate_existing": True})
        return {attempts.key: attempts for attempts in found}

    async def purge(self, now: datetime, at_most: int) -> int:
        until = tables.login_attempts.c.forgotten_at
        forgotten = until.is_(None) | (until <= now)
        return await _purge(self._session, tables.login_attempts, forgotten, at_most)


async def _purge(
    session: AsyncSession, table: Table, condition: ColumnElement[bool], at_most: int
) -> int:
    """Remove rows; how many."""
    statement = removal(table, condition, at_most=at_most).returning(*table.primary_key)
    return len((await session.execute(statement)).all())


class SqlWork:
    """One transaction over identity's tables."""

    def __init__(self, session: AsyncSession, new_id: Callable[[], UUID]) -> None:
        self.users = SqlUsers(session)
        self.sessions = SqlSessions(session)
        self.attempts = SqlLoginAttempts(session)
        self._outbox = Outbox(session, tables.outbox)
        self._new_id = new_id

    def publish(self, event: DomainEvent) -> None:
        registered = UserRegistered(
            user_id=event.user_id,
            email=event.email,
            name=event.name,
            registered_at=event.registered_at,
        )
        self._outbox.add(
            to_message(
                registered,
                key=str(event.user_id),
                new_id=self._new_id,
                occurred_at=event.registered_at,
            )
        )


class SqlUserQueries:
    """Users by statement."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def user(self, user_id: UUID) -> UserView | None:
        async with self._database.reading() as connection:
            row = await (await connection.execute(_USER, (user_id,))).fetchone()
        if row is None:
            return None
        return UserView(id=row[0], email=row[1], name=row[2], role=row[3])

    async def known_users(self, ids: Collection[UUID]) -> frozenset[UUID]:
        async with self._database.reading() as connection:
            rows = await (await connection.execute(_KNOWN, ([*ids],))).fetchall()
        return frozenset(row[0] for row in rows)
