"""What several tests of notifications make."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from notifications.application.delivery import MailDelivery
from notifications.application.ports import Transactions
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


class Office:
    """The notifications context, in memory by default."""

    def __init__(self, transactions: Transactions | None = None) -> None:
        ids = rising_ids()
        self.clock = ManualClock()
        self.store = MemoryStore()
        self.mailer = MemoryMailer()
        self.transactions = transactions or MemoryTransactions(self.store)
        self.service = NotificationService(self.transactions, self.clock, lambda: next(ids))
        self.delivery = MailDelivery(self.transactions, self.mailer, self.clock)
