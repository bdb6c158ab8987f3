"""What several tests of notifications make."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from notifications.application.delivery import MailDelivery
from notifications.application.ports import AT_ONCE, Mailer, Transactions
from notifications.application.service import NotificationService
from notifications.domain.recipient import Recipient
from tests.notifications.memory import MemoryMailer, MemoryStore, MemoryTransactions

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ADA = Recipient(user_id=UUID(int=1), email="ada@example.com", name="Ada")


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

    def __init__(self, transactions: Transactions | None = None) -> None:
        ids = rising_ids()
        self.clock = ManualClock()
        self.store = MemoryStore()
        self.mailer = MemoryMailer()
        self.transactions = transactions or MemoryTransactions(self.store)
        self.service = NotificationService(self.transactions, self.clock, lambda: next(ids))
        self.delivery = self.delivery_by(self.mailer)

    def delivery_by(self, mailer: Mailer, batch: int = 50, at_once: int = AT_ONCE) -> MailDelivery:
        """Another process that sends e-mail."""
        return MailDelivery(
            self.transactions, mailer, self.clock, doubling, batch=batch, at_once=at_once
        )
