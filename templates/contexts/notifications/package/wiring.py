"""Notifications wired: on PostgreSQL; made from events, they reach users by e-mail."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from prometheus_client import Counter

from kit.auth import Authenticate
from kit.background import Backoff, Periodic, purging
from kit.clock import new_id, utc_now
from kit.composition import Foundation, Part, Wired
from kit.database import SqlTransactions
from kit.metrics import Metrics
from notifications.adapters.repositories import SqlNotificationQueries, SqlNotificationWork
from notifications.adapters.settings import NotificationsSettings
from notifications.adapters.tables import notifications
from notifications.application.delivery import MailDelivery
from notifications.application.ports import NotificationQueries
from notifications.application.service import NotificationService
from notifications.domain.texts import TEXTS
from notifications.entrypoints.http import router
from notifications.entrypoints.messages import subscribe

_log = structlog.get_logger()

_DELIVER_EVERY = timedelta(seconds=1)
# Given up after about 17 hours.
_BACKOFF = Backoff.doubling(first=30, longest=3600, attempts=24)


def wire(
    foundation: Foundation, settings: NotificationsSettings, authenticate: Authenticate
) -> Wired[None]:
    """Make the context's services and subscribe its handlers."""
    transactions = SqlTransactions(foundation.database, SqlNotificationWork)
    service = NotificationService(transactions, TEXTS, utc_now, new_id)
    delivery = MailDelivery(transactions, settings.mailer, utc_now, _BACKOFF.after)
    queries = SqlNotificationQueries(foundation.database)
    rows = notifications.c
    keep = timedelta(days=settings.retention_notifications_days)
    attempts = Counter("mail_attempts", "E-mails by outcome.", ["outcome"], registry=None)
    subscribe(foundation.bus, service)
    part = Part(
        router=router(queries, authenticate),
        statuses={},
        periodic=(
            Periodic("deliver e-mail", sender(delivery, attempts), _DELIVER_EVERY),
            purging(foundation.database, rows.created_at, keep, rows.due_at.is_(None)),
        ),
        observe=(lambda metrics: _observe(queries, attempts, metrics),),
    )
    return Wired(part, None)


def sender(
    delivery: MailDelivery, attempts: Counter | None = None
) -> Callable[[], Awaitable[bool]]:
    """What is to be called every second or so, and at once after True; logs no address."""

    async def send_due() -> bool:
        report = await delivery.deliver_due()
        if attempts is not None:
            for outcome in ("sent", "failed", "given_up"):
                attempts.labels(outcome).inc(getattr(report, outcome))
        if report.given_up:
            _log.error("e-mail given up", given_up=report.given_up)
        if report.failed:
            _log.warning("e-mail not sent, to be tried again", failed=report.failed)
        return report.more

    return send_due


def _observe(queries: NotificationQueries, attempts: Counter, metrics: Metrics) -> None:
    metrics.registry.register(attempts)
    waiting = metrics.gauge("mail_waiting", "E-mails to be sent.")
    given_up = metrics.gauge("mail_given_up", "E-mails that never got through.")

    async def look() -> None:
        mail = await queries.mail_backlog()
        waiting.set(mail.waiting)
        given_up.set(mail.given_up)

    metrics.on_scrape(look, waiting, given_up)
