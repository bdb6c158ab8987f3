"""What several tests of notifications make."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from uuid import UUID, uuid4

from notifications.application.delivery import MailDelivery
from notifications.application.ports import (
    AT_ONCE,
    Mail,
    MailBacklog,
    Mailer,
    MailNotSentError,
    NotificationView,
    Transactions,
)
from notifications.application.service import Notice, NotificationService
from notifications.domain.notification import Notification, Recipient
from notifications.domain.texts import Data, Text, Write

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ADA = Recipient(user_id=UUID(int=1), email="ada@example.com", name="Ada")


class MemoryStore:
    """What was committed."""

    def __init__(self) -> None:
        self.notifications: dict[UUID, Notification] = {}
        self.recipients: dict[UUID, Recipient] = {}


class MemoryNotifications:
    """Notifications of one transaction: copies, until it commits."""

    def __init__(self, committed: dict[UUID, Notification]) -> None:
        self.all = {place: deepcopy(each) for place, each in committed.items()}

    async def add_once(self, notifications: Sequence[Notification]) -> None:
        for notification in notifications:
            if _once(notification) not in {_once(each) for each in self.all.values()}:
                self.all[notification.id] = notification

    async def due(self, now: datetime, limit: int) -> Sequence[Notification]:
        due = [(each.due_at, each) for each in self.all.values() if each.due_at is not None]
        ready = sorted((pair for pair in due if pair[0] <= now), key=lambda pair: pair[0])
        return [each for _, each in ready[:limit]]

    async def get_many(self, notification_ids: Collection[UUID]) -> dict[UUID, Notification]:
        return {each: self.all[each] for each in notification_ids if each in self.all}


class MemoryRecipients:
    """Addresses of one transaction."""

    def __init__(self, committed: dict[UUID, Recipient]) -> None:
        self.all = dict(committed)

    async def save(self, recipient: Recipient) -> None:
        self.all[recipient.user_id] = recipient

    async def of(self, user_ids: Sequence[UUID]) -> dict[UUID, Recipient]:
        return {user_id: self.all[user_id] for user_id in user_ids if user_id in self.all}


class MemoryWork:
    """One transaction."""

    def __init__(self, store: MemoryStore) -> None:
        self.notifications = MemoryNotifications(store.notifications)
        self.recipients = MemoryRecipients(store.recipients)


class MemoryTransactions:
    """Transactions on a store."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[MemoryWork]:
        async with self._lock:
            work = MemoryWork(self._store)
            yield work
            self._store.notifications = work.notifications.all
            self._store.recipients = work.recipients.all


class MemoryMailer:
    """Keeps what is sent; fails as often as a test asks."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.failures: list[MailNotSentError] = []

    async def send(self, mail: Mail) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(mail)


class MemoryNotificationQueries:
    """Reads what was committed."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def page(
        self, user_id: UUID, limit: int, after: UUID | None
    ) -> Sequence[NotificationView]:
        mine = [each for each in self._store.notifications.values() if each.user_id == user_id]
        mine.sort(key=lambda each: each.id, reverse=True)
        rest = [each for each in mine if after is None or each.id < after]
        return [
            NotificationView(
                id=each.id,
                kind=each.kind,
                subject=each.subject,
                about=each.about,
                created_at=each.created_at,
            )
            for each in rest[:limit]
        ]

    async def mail_backlog(self) -> MailBacklog:
        every = self._store.notifications.values()
        return MailBacklog(
            waiting=sum(each.due_at is not None for each in every),
            given_up=sum(each.given_up_at is not None for each in every),
        )


def _once(each: Notification) -> tuple[object, ...]:
    return each.about, each.version, each.kind, each.user_id


def lent(data: Data) -> Text:
    """A text of a library."""
    return Text("You have a book", f"You have {data['title']}.\n")


def returned(data: Data) -> Text:
    """Another one."""
    return Text("You returned a book", f"You returned {data['title']}.\n")


def notice(
    text: str = "lent",
    *,
    about: UUID | None = None,
    user_id: UUID = ADA.user_id,
    version: int = 0,
) -> Notice:
    """Something to tell a user, about another book each time."""
    return Notice(
        text=text,
        user_id=user_id,
        about=about or uuid4(),
        version=version,
        data={"title": "Emma"},
    )


class ManualClock:
    """A clock that moves when a test moves it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, span: timedelta) -> None:
        """Let time pass."""
        self.now += span


def rising_ids() -> Iterator[UUID]:
    """Identifiers that sort in the order in which they were made, as version 7 does."""
    number = 0
    while True:
        number += 1
        yield UUID(int=number)


def doubling(attempts: int) -> float | None:
    """Half a minute, one minute, two; then it is given up."""
    return 15 * 2.0**attempts if attempts < 4 else None


class Office:
    """The notifications context, in memory by default."""

    def __init__(
        self,
        transactions: Transactions | None = None,
        texts: Mapping[str, Write] = MappingProxyType({"lent": lent, "returned": returned}),
    ) -> None:
        ids = rising_ids()
        self.clock = ManualClock()
        self.store = MemoryStore()
        self.mailer = MemoryMailer()
        self.transactions = transactions or MemoryTransactions(self.store)
        self.service = NotificationService(
            self.transactions,
            texts,
            self.clock,
            lambda: next(ids),
        )
        self.delivery = self.delivery_by(self.mailer)

    def delivery_by(self, mailer: Mailer, batch: int = 50, at_once: int = AT_ONCE) -> MailDelivery:
        """Another process that sends e-mail."""
        return MailDelivery(
            self.transactions, mailer, self.clock, doubling, batch=batch, at_once=at_once
        )
