"""What every process shows its operators, never through the gateway: health, metrics, gauges.

And what it expects of its database's role, locale and limits, looked at once, at its start.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from time import monotonic

import psycopg
import structlog
from fastapi import APIRouter
from prometheus_client import ProcessCollector, Summary
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.responses import Response

from kit.composition import Application, Check
from kit.database import Database
from kit.http import json_response
from kit.logs import describe
from kit.metrics import Metrics
from kit.settings import SettingsError

_log = structlog.get_logger()

_CHECK_SECONDS = 3
_LOOK = """
    SELECT current_user, rolsuper, (
        SELECT min(pg_class.oid::regclass::text) FROM pg_class
        JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE relkind IN ('r', 'p') AND nspname !~ '^(pg_|information_schema$)'
        AND pg_has_role(relowner, 'MEMBER')
    ), CASE described->>'datlocprovider'
        WHEN 'b' THEN described->>'datlocale' = 'C'
        WHEN 'i' THEN false
        ELSE datctype IN ('C', 'POSIX')
    END,
    least(
        current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0),
        CASE WHEN rolconnlimit >= 0 THEN rolconnlimit END,
        CASE WHEN datconnlimit >= 0 THEN datconnlimit END
    )
    FROM pg_roles, pg_database
    -- As JSON, a column that an older server does not have is null: providers came with 15.
    CROSS JOIN LATERAL to_jsonb(pg_database) AS described
    WHERE rolname = current_user AND datname = current_database()
"""


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
    """The process, its pools and outboxes, and what the contexts have to show."""
    metrics.databases.append(application.database)
    answers = metrics.gauge("database_up", "1 if the database answers, otherwise 0.")
    of_outbox = partial(metrics.gauge, labels=("outbox",))
    waiting = of_outbox("outbox_waiting_messages", "Messages not delivered yet.")
    oldest = of_outbox("outbox_oldest_message_seconds", "Age of the oldest undelivered message.")
    parked = of_outbox("outbox_parked_messages", "Messages given up after too many attempts.")
    # Prometheus asks one worker for all.
    application.watched.extend([_process(metrics), _pools(metrics)])

    async def look() -> None:
        for watch in application.watched:
            watch()
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                for database in metrics.databases:
                    await database.ping()
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
    for relay in application.relays:
        relay.tell = partial(metrics.tell, relay.name)
    for part in application.observe:
        part(metrics)


def _process(metrics: Metrics) -> Callable[[], None]:
    """Processor, memory and files, as the system tells of them, and how busy the event loop is."""
    process = ProcessCollector(registry=None)
    shown = {
        family.name: metrics.gauge(
            family.samples[0].name,
            family.documentation,
            of_workers="livemax" if "start_time" in family.name else "livesum",
        )
        for family in process.collect()
    }
    delay = Summary(
        "event_loop_delay_seconds",
        "How long what is ready to run waits for its turn.",
        registry=metrics.registry,
    )

    def look() -> None:
        for family in process.collect():
            shown[family.name].set(family.samples[0].value)
        asked = monotonic()
        asyncio.get_running_loop().call_soon(lambda: delay.observe(monotonic() - asked))

    return look


def _pools(metrics: Metrics) -> Callable[[], None]:
    """Those of all workers together."""
    in_use, waiting, limit = (
        metrics.gauge(f"database_connections_{name}", text, ("pool",), "livesum")
        for name, text in {
            "in_use": "Connections checked out of a pool.",
            "waiting": "Callers that wait for a connection.",
            "limit": "Connections that a pool may have.",
        }.items()
    )

    def look() -> None:
        for database in metrics.databases:
            for pool, (taken, asked) in database.connections_in_use().items():
                in_use.labels(pool).set(taken)
                waiting.labels(pool).set(asked)
                limit.labels(pool).set(database.pool_size)

    return look


class Preconditions:
    """Production refuses a superuser, an owner of tables, and more connections than there are.

    Who breaks into a role that works on rows cannot change a table; and the last of too many
    connections would be refused under load.

    Each of the `workers` opens up to so many `connections`.
    """

    def __init__(
        self, database: Database, *, workers: int, connections: int, production: bool
    ) -> None:
        self._database = database
        self._workers = workers
        self._connections = connections
        self._production = production
        self._hold = False

    async def at_start(self) -> None:
        """Raises SettingsError. Where the server is away, `check` says later what is wrong."""
        with suppress(psycopg.OperationalError):
            await self.check()

    async def check(self) -> None:
        """Raises SettingsError, psycopg.Error."""
        if self._hold:
            return
        url, pool = self._database.variables
        ((role, superuser, table, no_letters, given),) = await self._database.ask(_LOOK)
        if self._production and (superuser or table):
            held = "is a superuser" if superuser else f"may change {table}, as its owner may"
            raise SettingsError(
                f"{url}: the role {role} {held}; when ENVIRONMENT=production the process"
                ' serves as one that works on rows: see "Roles of the database" in the runbook'
            )
        if no_letters:
            _log.warning(
                "the database's LC_CTYPE is C: searches find nothing in scripts other than Latin;"
                " make it with LC_CTYPE C.UTF-8"
            )
        together = self._workers * self._connections
        if together > given:
            reason = (
                f"{pool}, GRANIAN_WORKERS: {self._workers} workers open up to"
                f" {self._connections} connections each, {together} together, and the server gives"
                f' the role {role} {given}: lower one of them; see "Connections" in the runbook'
            )
            if self._production:
                raise SettingsError(reason)
            _log.warning(reason)
        self._hold = True
