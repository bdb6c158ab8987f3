"""Notifications: on PostgreSQL; told by events, they tell users by e-mail."""

from dataclasses import dataclass
from datetime import timedelta

from app.background import Periodic
from app.settings import Settings
from app.wiring.part import Foundation, Part
from kit.auth import Authenticate
from kit.clock import utc_now
from kit.database import SqlTransactions
from kit.ids import new_id
from notifications.adapters.read_models import SqlNotificationQueries
from notifications.adapters.repositories import SqlNotificationWork
from notifications.application.delivery import MailDelivery
from notifications.application.service import NotificationService
from notifications.entrypoints.http import router
from notifications.entrypoints.mail import sender
from notifications.entrypoints.messages import subscribe

_DELIVER_EVERY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Notifications:
    """What the process needs of notifications."""

    part: Part
    queries: SqlNotificationQueries


def wire(foundation: Foundation, settings: Settings, authenticate: Authenticate) -> Notifications:
    """Make the context's services and subscribe its handlers."""
    transactions = SqlTransactions(foundation.database, SqlNotificationWork)
    service = NotificationService(transactions, utc_now, new_id)
    delivery = MailDelivery(transactions, settings.mailer, utc_now)
    queries = SqlNotificationQueries(foundation.database)
    subscribe(foundation.bus, service)
    part = Part(
        router=router(queries, authenticate),
        statuses={},
        periodic=(Periodic("deliver e-mail", sender(delivery), _DELIVER_EVERY),),
    )
    return Notifications(part, queries)
