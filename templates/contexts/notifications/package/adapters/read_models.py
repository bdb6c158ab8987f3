"""Notifications to read, straight from the driver into the response type."""

from uuid import UUID

from psycopg.rows import class_row

from kit.database import Database
from kit.pagination import encode_cursor
from notifications.application.views import MailBacklog, NotificationView, Page

_FIRST = (
    "SELECT id, kind, order_id, subject, created_at FROM notifications.notifications "
    "WHERE user_id = %s ORDER BY id DESC LIMIT %s"
)
_NEXT = (
    "SELECT id, kind, order_id, subject, created_at FROM notifications.notifications "
    "WHERE user_id = %s AND id < %s ORDER BY id DESC LIMIT %s"
)
# Two counts over two partial indexes.
_BACKLOG = (
    "SELECT (SELECT count(*) FROM notifications.notifications WHERE due_at IS NOT NULL) AS waiting,"
    " (SELECT count(*) FROM notifications.notifications WHERE given_up_at IS NOT NULL) AS given_up"
)


class SqlNotificationQueries:
    """Read models over the notifications table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, user_id: UUID, limit: int, after: UUID | None) -> Page[NotificationView]:
        """The user's notifications, newest first, from the one that follows `after`."""
        async with self._database.reading() as connection:
            cursor = connection.cursor(row_factory=class_row(NotificationView))
            if after is None:
                await cursor.execute(_FIRST, (user_id, limit + 1))
            else:
                await cursor.execute(_NEXT, (user_id, after, limit + 1))
            rows = await cursor.fetchall()
        more = len(rows) > limit
        items = rows[:limit]
        return Page(items=items, next_cursor=encode_cursor(items[-1].id) if more else None)

    async def mail_backlog(self) -> MailBacklog:
        """How much e-mail waits."""
        async with self._database.reading() as connection:
            cursor = connection.cursor(row_factory=class_row(MailBacklog))
            await cursor.execute(_BACKLOG)
            return await cursor.fetchone() or MailBacklog(waiting=0, given_up=0)
