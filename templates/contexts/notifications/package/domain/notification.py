"""A notification, and the delivery of its e-mail: at least once, retried with growing delays."""

from datetime import datetime, timedelta
from uuid import UUID

from notifications.domain.kinds import NotificationKind
from notifications.domain.texts import SUBJECTS

FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=1)
# With the delays above an e-mail is given up after about 17 hours.
MAX_ATTEMPTS = 24


def delay_after(attempt: int) -> timedelta:
    """How long to wait after the nth attempt: doubles from 30 seconds up to an hour."""
    return min(FIRST_DELAY * (1 << min(attempt - 1, 20)), LONGEST_DELAY)


class Notification:
    """A message to one user about one order. Its e-mail is due until it is sent or given up."""

    def __init__(
        self,
        *,
        notification_id: UUID,
        user_id: UUID,
        order_id: UUID,
        kind: NotificationKind,
        body: str,
        now: datetime,
    ) -> None:
        self.id = notification_id
        self.user_id = user_id
        self.order_id = order_id
        self.kind = kind
        self.subject = SUBJECTS[kind]
        self.body = body
        self.created_at = now
        self.attempts = 0
        self.due_at: datetime | None = now
        self.sent_at: datetime | None = None
        self.given_up_at: datetime | None = None
        self.last_error: str | None = None

    def begin_attempt(self, now: datetime) -> None:
        """Count an attempt before it is made, and make the next one due, should this one vanish."""
        self.attempts += 1
        self.due_at = now + delay_after(self.attempts)

    def withdraw_attempt(self, begun_at: datetime, now: datetime) -> None:
        """The attempt that was begun then was not made after all: it counts nothing and is due.

        Nothing happens if the e-mail was sent, given up or attempted again since then.
        """
        if self.due_at == begun_at + delay_after(self.attempts):
            self.attempts -= 1
            self.due_at = now

    def sent(self, now: datetime) -> None:
        """The e-mail was handed over."""
        if self.sent_at is None:
            self.sent_at = now
        self.due_at = None

    def failed(self, error: str, now: datetime, *, permanent: bool) -> None:
        """The e-mail was not handed over; no more attempts if that is permanent, or after 24."""
        if self.sent_at is not None:
            return
        self.last_error = error
        if permanent or self.attempts >= MAX_ATTEMPTS:
            self.given_up_at = now
            self.due_at = None
