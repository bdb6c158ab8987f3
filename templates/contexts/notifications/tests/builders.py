"""What several tests of notifications make."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from uuid import UUID, uuid4

from notifications.application.delivery import MailDelivery
from notifications.application.ports import AT_ONCE, Mailer, Transactions
from notifications.application.service import Notice, NotificationService
from notifications.domain.recipient import Recipient
from notifications.domain.texts import Data, Text, Write
from tests.notifications.memory import MemoryMailer, MemoryStore, MemoryTransactions

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ADA = Recipient(user_id=UUID(int=1), email="ada@example.com", name="Ada")


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
