"""What the notifications context needs from outside; adapters provide it. And what it answers."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias
from uuid import UUID

from notifications.domain.notification import Notification, Recipient

Clock: TypeAlias = Callable[[], datetime]
NewId: TypeAlias = Callable[[], UUID]
# How many seconds to wait after so many failed attempts; None when it is time to give up.
RetryAfter: TypeAlias = Callable[[int], float | None]

AT_ONCE = 10
"""E-mails that are handed over at the same time."""

SEND_WITHIN = timedelta(seconds=15)
"""What handing one e-mail over may take, from first to last."""


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


class Notifications(Protocol):
    """All notifications. What was got is changed in place and saved on commit."""

    async def add_once(self, notifications: Sequence[Notification]) -> None:
        """Keep each notification unless its user has one of the kind about that version."""

    async def due(self, now: datetime, limit: int) -> Sequence[Notification]:
        """Those whose e-mail is due, longest due first, locked; those locked by others left out."""

    async def get_many(self, notification_ids: Collection[UUID]) -> dict[UUID, Notification]:
        """Those that exist, locked in the order of their ids until the transaction ends."""


class Recipients(Protocol):
    """A projection of identity's events about its users."""

    async def save(self, recipient: Recipient) -> None:
        """Keep or replace a user's address."""

    async def of(self, user_ids: Sequence[UUID]) -> dict[UUID, Recipient]:
        """The addresses that are known, by user."""


class Work(Protocol):
    """What one transaction can touch."""

    @property
    def notifications(self) -> Notifications:
        """The notifications."""

    @property
    def recipients(self) -> Recipients:
        """The addresses."""


# Leaving the block commits; an exception rolls back.
Transactions: TypeAlias = Callable[[], AbstractAsyncContextManager[Work]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """An e-mail. A repeat has the same id, from which its Message-ID is made, and the same date."""

    id: UUID
    email: str
    name: str
    subject: str
    body: str
    date: datetime


class MailNotSentError(Exception):
    """The e-mail was not handed over. The text names no address: it is kept and logged."""

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.permanent = permanent


class Mailer(Protocol):
    """Whoever takes e-mail."""

    async def send(self, mail: Mail) -> None:
        """Hand the e-mail over, or raise MailNotSentError; nothing leaves after SEND_WITHIN.

        May be called again with the same, and AT_ONCE times at once.
        """


class NotificationQueries(Protocol):
    """Notifications to read."""

    async def page(
        self, user_id: UUID, limit: int, after: UUID | None
    ) -> Sequence[NotificationView]:
        """Up to `limit` of the user's notifications, newest first, that come after `after`."""

    async def mail_backlog(self) -> MailBacklog:
        """How much e-mail waits."""
