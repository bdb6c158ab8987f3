"""Notifications to read, straight from the driver into the response type."""

from collections.abc import Sequence
from uuid import UUID

from psycopg.rows import class_row

from kit.database import Database
from kit.pagination import NEWEST
from notifications.application.views import MailBacklog, NotificationView

_PAGE = (
    "SELECT id, kind, subject, about, created_at FROM notifications.notifications "
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
