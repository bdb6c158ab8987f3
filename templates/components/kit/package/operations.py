"""What every process shows its operators, never through the gateway: health, metrics, gauges."""

import asyncio
from collections.abc import Callable, Mapping

from fastapi import APIRouter
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.responses import Response

from kit.composition import Application, Check
from kit.http import json_response
from kit.logs import describe
from kit.metrics import Metrics

_CHECK_SECONDS = 3


def router(
    metrics: Metrics, checks: Mapping[str, Check], draining: Callable[[], bool] = lambda: False
) -> APIRouter:
    """`/livez`, `/readyz` and `/metrics`; a check raises when what it looks at is not ready.

    Nothing is looked at while the process is `draining`: it is not ready, whatever the rest says.
    """
    routes = APIRouter(include_in_schema=False)

    @routes.get("/livez")
    async def livez() -> Response:
        return json_response({"status": "ok"})

    @routes.get("/readyz")
    async def readyz() -> Response:
        if draining():
            return json_response({"status": "draining"}, 503)
        outcomes = await asyncio.gather(*(_outcome(check) for check in checks.values()))
        found = dict(zip(checks, outcomes, strict=True))
        ready = all(outcome == "ok" for outcome in outcomes)
        status = "ok" if ready else "unavailable"
        return json_response({"status": status, "checks": found}, 200 if ready else 503)

    @routes.get("/metrics")
    async def scrape() -> Response:
        return Response(await metrics.render(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return routes


async def _outcome(check: Check) -> str:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await check()
    except Exception as error:  # noqa: BLE001 - whatever it is, we are not ready
        return describe(error)
    return "ok"


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
