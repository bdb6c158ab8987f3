"""What a reader sees; these are the response types of the API."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationView:
    """A notification as its user sees it."""

    id: UUID
    kind: str
    subject: str
    about: UUID
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MailBacklog:
    """How many e-mails wait to be sent, and how many were given up."""

    waiting: int
    given_up: int
