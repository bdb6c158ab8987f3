"""Everything that the process is made of, wired explicitly; for the server and for the tests."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter

from app.background import Background
from app.contexts import CONTEXTS
from app.settings import Settings
from app.wiring import catalog, identity, notifications, orders
from app.wiring.part import Foundation
from catalog.application.products import ProductService
from kit.bus import Bus
from kit.database import Database
from kit.migrations import pending
from kit.operations import Check
from kit.relay import Relay
from notifications.application.views import MailBacklog


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What the server serves and runs. Nothing in it has connected to anything yet."""

    database: Database
    background: Background
    relays: Sequence[Relay]
    routers: Sequence[APIRouter]
    statuses: Mapping[type[Exception], int]
    checks: Mapping[str, Check]
    prepare: Sequence[Callable[[], None]]
    products: ProductService
    count_orders: Callable[[], Awaitable[dict[str, int]]]
    mail_backlog: Callable[[], Awaitable[MailBacklog]]


def build(settings: Settings) -> Application:
    """Wire every context."""
    url = settings.database_url.get_secret_value()
    database = Database(
        url,
        pool_size=settings.database_pool_size,
        application_name=settings.service_name,
        statement_timeout_ms=settings.statement_timeout_ms,
    )
    foundation = Foundation(database, Bus())
    who = identity.wire(foundation, settings)
    stock = catalog.wire(foundation, settings, who.authenticate)
    sales = orders.wire(foundation, settings, who.authenticate, stock.facade)
    news = notifications.wire(foundation, settings, who.authenticate)
    parts = (who.part, stock.part, sales.part, news.part)
    relays = [relay for part in parts for relay in part.relays]
    background = Background(relays, [work for part in parts for work in part.periodic])

    async def relays_run() -> None:
        if failed := background.failed():
            raise RuntimeError(f"ended: {', '.join(failed)}")

    return Application(
        database=database,
        background=background,
        relays=relays,
        routers=[part.router for part in parts],
        statuses={error: status for part in parts for error, status in part.statuses.items()},
        checks={
            "database": database.ping,
            "migrations": _migrated(url),
            "relays": relays_run,
        },
        prepare=[step for part in parts for step in part.prepare],
        products=stock.products,
        count_orders=sales.queries.count_by_status,
        mail_backlog=news.queries.mail_backlog,
    )


def _migrated(url: str) -> Check:
    """Every schema is at its newest revision; once it is, it stays so while this process lives."""
    done = False

    async def check() -> None:
        nonlocal done
        if done:
            return
        behind = await asyncio.to_thread(pending, url, CONTEXTS)
        if behind:
            raise RuntimeError(f"not migrated: {', '.join(behind)}")
        done = True

    return check
