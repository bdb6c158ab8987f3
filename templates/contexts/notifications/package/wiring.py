"""Notifications wired: on PostgreSQL; made from events, they reach users by e-mail."""

from datetime import timedelta

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
from notifications.entrypoints.mail import sender
from notifications.entrypoints.messages import subscribe

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
    subscribe(foundation.bus, service)
    part = Part(
        router=router(queries, authenticate),
        statuses={},
        periodic=(
            Periodic("deliver e-mail", sender(delivery), _DELIVER_EVERY),
            purging(foundation.database, rows.created_at, keep, rows.due_at.is_(None)),
        ),
        observe=(lambda metrics: _observe(queries, metrics),),
    )
    return Wired(part, None)


def _observe(queries: NotificationQueries, metrics: Metrics) -> None:
    waiting = metrics.gauge("mail_waiting", "E-mails to be sent.")
    given_up = metrics.gauge("mail_given_up", "E-mails that never got through.")

    async def look() -> None:
        mail = await queries.mail_backlog()
        waiting.set(mail.waiting)
        given_up.set(mail.given_up)

    metrics.on_scrape(look, waiting, given_up)
