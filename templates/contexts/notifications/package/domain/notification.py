"""A notification, and the delivery of its e-mail: at least once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from notifications.domain.texts import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A user's address, as identity's event says."""

    user_id: UUID
    email: str
    name: str


class Notification:
    """A message to one user about a row. Its e-mail is due until it is sent or given up.

    `kind` is the name of its text. `version` is the row's where each of them is told of, else 0.
    """

    def __init__(
        self,
        *,
        notification_id: UUID,
        user_id: UUID,
        about: UUID,
        version: int,
        kind: str,
        text: Text,
        now: datetime,
    ) -> None:
        self.id = notification_id
        self.user_id = user_id
        self.about = about
        self.version = version
        self.kind = kind
        # It becomes a header, and a line more could become another one.
        self.subject = " ".join(text.subject.splitlines())
        self.body = text.body
        self.created_at = now
        self.attempts = 0
        self.due_at: datetime | None = now
        self.sent_at: datetime | None = None
        self.given_up_at: datetime | None = None
        self.last_error: str | None = None

    def begin_attempt(self, until: datetime) -> None:
        """Count an attempt before it is made; the next one is due then, should this one vanish."""
        self.attempts += 1
        self.due_at = until

    def withdraw_attempt(self, until: datetime, now: datetime) -> None:
        """The attempt that had until then was not made after all: it counts nothing and is due.

        Nothing happens if the e-mail was sent, given up or attempted again since then.
        """
        if self.due_at == until:
            self.attempts -= 1
            self.due_at = now

    def sent(self, now: datetime) -> None:
        """The e-mail was handed over."""
        if self.sent_at is None:
            self.sent_at = now
        self.due_at = None

    def failed(self, error: str, now: datetime, retry_at: datetime | None) -> None:
        """The e-mail was not handed over: it is due again then, or given up (None)."""
        if self.due_at is None:  # it was sent or given up meanwhile
            return
        self.last_error = error
        self.due_at = retry_at
        if retry_at is None:
            self.given_up_at = now
