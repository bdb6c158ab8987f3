"""Gauges of every process that are looked up when Prometheus asks."""

from kit.composition import Application
from kit.metrics import Metrics


def observe(application: Application, metrics: Metrics) -> None:
    """Pools and outboxes, and what the contexts have to show."""
    connections = metrics.gauge(
        "database_connections_in_use",
        "Connections checked out of a pool, of all workers together.",
        ("pool",),
        "livesum",
    )
    answers = metrics.gauge("database_up", "1 if the database answers, otherwise 0.")
    waiting = metrics.gauge("outbox_waiting_messages", "Messages not delivered yet.", ("outbox",))
    oldest = metrics.gauge(
        "outbox_oldest_message_seconds", "Age of the oldest undelivered message.", ("outbox",)
    )
    parked = metrics.gauge(
        "outbox_parked_messages", "Messages given up after too many attempts.", ("outbox",)
    )

    def count_connections() -> None:
        for pool, in_use in application.database.connections_in_use().items():
            connections.labels(pool).set(in_use)

    async def look() -> None:
        count_connections()
        try:
            await application.database.ping()
        except Exception:
            answers.set(0)
            raise
        answers.set(1)
        for relay in application.relays:
            backlog = await relay.backlog()
            waiting.labels(relay.name).set(backlog.waiting)
            oldest.labels(relay.name).set(backlog.oldest_seconds)
            parked.labels(relay.name).set(backlog.parked)

    metrics.on_scrape(look, waiting, oldest, parked)
    application.watched.append(count_connections)  # Prometheus asks one worker for all
    for part in application.observe:
        part(metrics)
