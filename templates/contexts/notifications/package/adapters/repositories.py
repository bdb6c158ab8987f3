"""The ports on PostgreSQL, within one SQLAlchemy session."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from kit.database import Database, among, locked
from kit.http import NEWEST
from notifications.adapters.tables import ONCE, notifications, recipients
from notifications.application.ports import MailBacklog, NotificationView
from notifications.domain.notification import Notification, Recipient

_COLUMNS = notifications.c.keys()
_KEEP_ONCE = insert(notifications).on_conflict_do_nothing(index_elements=ONCE)
_PAGE = (
    "SELECT id, kind, subject, about, created_at FROM notifications.notifications "
    "WHERE user_id = %s AND id < %s ORDER BY id DESC LIMIT %s"
)
# Two counts over two partial indexes.
_BACKLOG = (
    "SELECT (SELECT count(*) FROM notifications.notifications WHERE due_at IS NOT NULL) AS waiting,"
    " (SELECT count(*) FROM notifications.notifications WHERE given_up_at IS NOT NULL) AS given_up"
)


class SqlNotifications:
    """Notifications in the session's unit of work."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add_once(self, notifications: Sequence[Notification]) -> None:
        """Keep each notification unless its user has one of the kind about that version."""
        # In one order for all callers, or two that keep the same ones could wait for good.
        rows = [
            {name: getattr(each, name) for name in _COLUMNS}
            for each in sorted(notifications, key=lambda each: (each.about, each.version))
        ]
        await self._session.execute(_KEEP_ONCE, rows)

    async def due(self, now: datetime, limit: int) -> Sequence[Notification]:
        """Those whose e-mail is due, longest due first, locked; those locked by others left out."""
        due = (
            select(Notification)
            .where(notifications.c.due_at <= now)
            .order_by(notifications.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return (await self._session.scalars(due)).all()

    async def get_many(self, notification_ids: Collection[UUID]) -> dict[UUID, Notification]:
        """Those that exist; locked in the order of their ids, so two callers cannot deadlock."""
        found = await locked(self._session, Notification, notifications.c.id, notification_ids)
        return {each.id: each for each in found}


class SqlRecipients:
    """Addresses in the session's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def save(self, recipient: Recipient) -> None:
        """Keep or replace a user's address."""
        values = {"email": recipient.email, "name": recipient.name}
        kept = insert(recipients).values(user_id=recipient.user_id, **values)
        await self._session.execute(
            kept.on_conflict_do_update(index_elements=["user_id"], set_=values)
        )

    async def of(self, user_ids: Sequence[UUID]) -> dict[UUID, Recipient]:
        """The addresses that are known, by user."""
        rows = await self._session.execute(
            select(recipients).where(among(recipients.c.user_id, user_ids))
        )
        return {row["user_id"]: Recipient(**row) for row in rows.mappings()}


class SqlNotificationWork:
    """What one transaction of the notifications context can touch."""

    def __init__(self, session: AsyncSession) -> None:
        self.notifications = SqlNotifications(session)
        self.recipients = SqlRecipients(session)


class SqlNotificationQueries:
    """Read models over the notifications table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, user_id: UUID, limit: int, after: UUID | None
    ) -> Sequence[NotificationView]:
        """Up to `limit` of the user's notifications, newest first, that come after `after`."""
        async with self._database.reading() as connection:
            cursor = connection.cursor(row_factory=class_row(NotificationView))
            await cursor.execute(_PAGE, (user_id, after or NEWEST, limit))
            return await cursor.fetchall()

    async def mail_backlog(self) -> MailBacklog:
        """How much e-mail waits."""
        async with self._database.reading() as connection:
            cursor = connection.cursor(row_factory=class_row(MailBacklog))
            await cursor.execute(_BACKLOG)
            return await cursor.fetchone() or MailBacklog(waiting=0, given_up=0)
