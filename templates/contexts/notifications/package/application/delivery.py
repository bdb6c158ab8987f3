"""E-mail goes out at least once.

An attempt is counted and the next one made due before the e-mail is handed over. So a crash in
between costs a repeat, with the same Message-ID, and never an e-mail. What a slow server leaves no
time for before the next attempt is due is withdrawn, lest another process sends it meanwhile.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from notifications.application.ports import (
    AT_ONCE,
    Clock,
    Mail,
    Mailer,
    MailNotSentError,
    RetryAfter,
    Transactions,
    Work,
)
from notifications.domain.notification import Notification, Recipient

ATTEMPT_WITHIN = timedelta(seconds=30)
"""Until then nobody else tries the e-mail."""

BEGIN_WITHIN = timedelta(seconds=5)
"""After the attempt is counted: with SEND_WITHIN well before ATTEMPT_WITHIN."""

NO_ADDRESS = "no address is known for the user"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """How a batch went; what failed is due again, what was given up is not.

    `more` may be due now.
    """

    sent: int
    failed: int
    given_up: int
    more: bool = False


class _NotBegunError(Exception):
    """There was no time left for the e-mail."""


class MailDelivery:
    """Sends the e-mail of notifications, a batch at a time."""

    def __init__(
        self,
        transactions: Transactions,
        mailer: Mailer,
        clock: Clock,
        retry_after: RetryAfter,
        *,
        batch: int = 50,
        at_once: int = AT_ONCE,
    ) -> None:
        """`at_once` e-mails of a batch are handed over at once."""
        self._transactions = transactions
        self._mailer = mailer
        self._clock = clock
        self._retry_after = retry_after
        self._batch = batch
        self._at_once = at_once

    async def deliver_due(self) -> DeliveryReport:
        """Send a batch of what is due. Several processes may do so at once."""
        outcomes = await self._deliver_batch()
        return DeliveryReport(
            sent=outcomes.count("sent"),
            failed=outcomes.count("failed"),
            given_up=outcomes.count("given up"),
            more=len(outcomes) == self._batch,
        )

    async def _deliver_batch(self) -> list[str]:
        now = self._clock()
        until = now + ATTEMPT_WITHIN
        async with self._transactions() as work:
            attempts = await self._begin(work, now, until)
        if not attempts:
            return []
        slots = asyncio.Semaphore(self._at_once)
        failures = await asyncio.gather(
            *(self._attempt(mail, slots, now + BEGIN_WITHIN) for mail in attempts.values())
        )
        return await self._note_all(dict(zip(attempts, failures, strict=True)), until)

    async def _begin(self, work: Work, now: datetime, until: datetime) -> dict[UUID, Mail | None]:
        due = await work.notifications.due(now, self._batch)
        recipients = await work.recipients.of([each.user_id for each in due]) if due else {}
        mails: dict[UUID, Mail | None] = {}
        for notification in due:
            notification.begin_attempt(until)
            recipient = recipients.get(notification.user_id)
            mails[notification.id] = None if recipient is None else _mail(notification, recipient)
        return mails

    async def _attempt(
        self, mail: Mail | None, slots: asyncio.Semaphore, begin_before: datetime
    ) -> MailNotSentError | _NotBegunError | None:
        if mail is None:
            return MailNotSentError(NO_ADDRESS)
        async with slots:
            if self._clock() >= begin_before:
                return _NotBegunError()
            try:
                await self._mailer.send(mail)
            except MailNotSentError as error:
                return error
            except Exception as error:  # noqa: BLE001 - one e-mail's fault keeps no other from being noted
                return MailNotSentError(type(error).__name__)
        return None

    async def _note_all(
        self, failures: dict[UUID, MailNotSentError | _NotBegunError | None], until: datetime
    ) -> list[str]:
        outcomes = []
        async with self._transactions() as work:
            found = await work.notifications.get_many(failures)
            for notification_id, failure in failures.items():
                notification = found.get(notification_id)
                outcomes.append(
                    "failed" if notification is None else self._note(notification, failure, until)
                )
        return outcomes

    def _note(
        self,
        notification: Notification,
        failure: MailNotSentError | _NotBegunError | None,
        until: datetime,
    ) -> str:
        now = self._clock()
        if failure is None:
            notification.sent(now)
            return "sent"
        if isinstance(failure, _NotBegunError):
            notification.withdraw_attempt(until, now)
            return "not begun"
        delay = None if failure.permanent else self._retry_after(notification.attempts)
        retry_at = None if delay is None else now + timedelta(seconds=delay)
        notification.failed(str(failure), now, retry_at)
        return "failed" if notification.given_up_at is None else "given up"


def _mail(notification: Notification, recipient: Recipient) -> Mail:
    return Mail(
        id=notification.id,
        email=recipient.email,
        name=recipient.name,
        subject=notification.subject,
        body=notification.body,
        date=notification.created_at,
    )
