"""What a reader sees; these are the response types of the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from notifications.domain.kinds import NotificationKind

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationView:
    """A notification as its user sees it."""

    id: UUID
    kind: NotificationKind
    order_id: UUID
    subject: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Part of a list, and the cursor of the next part (null at the end)."""

    items: Sequence[T]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailBacklog:
    """How many e-mails wait to be sent, and how many were given up."""

    waiting: int
    given_up: int
