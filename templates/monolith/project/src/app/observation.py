"""Gauges that are looked up when Prometheus asks."""

from app.composition import Application
from kit.metrics import Metrics


def observe(application: Application, metrics: Metrics) -> None:
    """Pools, outboxes, orders by state, e-mail."""
    connections = metrics.gauge(
        "database_connections_in_use", "Connections checked out of a pool.", ("pool",)
    )
    waiting = metrics.gauge("outbox_waiting_messages", "Messages not delivered yet.", ("outbox",))
    oldest = metrics.gauge(
        "outbox_oldest_message_seconds", "Age of the oldest undelivered message.", ("outbox",)
    )
    parked = metrics.gauge(
        "outbox_parked_messages", "Messages given up after too many attempts.", ("outbox",)
    )
    orders = metrics.gauge("orders", "Orders by state.", ("status",))
    mail_waiting = metrics.gauge("mail_waiting", "E-mails to be sent.")
    mail_given_up = metrics.gauge("mail_given_up", "E-mails that never got through.")

    async def look() -> None:
        for pool, in_use in application.database.connections_in_use().items():
            connections.labels(pool).set(in_use)
        for relay in application.relays:
            backlog = await relay.backlog()
            waiting.labels(relay.name).set(backlog.waiting)
            oldest.labels(relay.name).set(backlog.oldest_seconds)
            parked.labels(relay.name).set(backlog.parked)
        for status, count in (await application.count_orders()).items():
            orders.labels(status).set(count)
        mail = await application.mail_backlog()
        mail_waiting.set(mail.waiting)
        mail_given_up.set(mail.given_up)

    metrics.on_scrape(look)
