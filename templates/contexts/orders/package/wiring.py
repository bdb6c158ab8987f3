"""Orders wired: on PostgreSQL; whoever holds the stock is handed in."""

from datetime import timedelta

from kit.auth import Authenticate
from kit.background import Periodic, purging
from kit.clock import new_id, utc_now
from kit.composition import Foundation, Part, Wired
from kit.database import SqlTransactions
from kit.metrics import Metrics
from kit.rows import RowsByState
from orders.adapters.placements import SqlPlacements
from orders.adapters.read_models import SqlOrderQueries
from orders.adapters.repositories import SqlOrderWork
from orders.adapters.settings import OrdersSettings
from orders.adapters.tables import idempotency_keys, orders, outbox
from orders.application.ports import OrderQueries, StockReservations
from orders.application.process import OrderProcess
from orders.application.service import OrderService
from orders.entrypoints.http import STATUSES, router
from orders.entrypoints.messages import subscribe
from orders.facade import OrdersFacade

_RESUME_EVERY = timedelta(seconds=1)


def wire(
    foundation: Foundation,
    settings: OrdersSettings,
    authenticate: Authenticate,
    stock: StockReservations,
) -> Wired[OrdersFacade]:
    """Make the context's services and subscribe its handlers."""
    database = foundation.database
    relay = foundation.relay(outbox)
    transactions = SqlTransactions(database, SqlOrderWork, relay.wake)
    placements = SqlPlacements(database, relay.wake)
    service = OrderService(transactions, placements, utc_now, new_id)
    process = OrderProcess(transactions, stock, utc_now, settings.order_timing)
    queries = SqlOrderQueries(database)
    rows = RowsByState(database.sessions, "orders", {"Order": orders})
    subscribe(foundation.bus, process)

    part = Part(
        router=router(service, queries, authenticate),
        statuses=STATUSES,
        relays=(relay,),
        periodic=(
            Periodic("resume orders", process.resume, _RESUME_EVERY),
            purging(database, idempotency_keys.c.created_at, settings.keep_idempotency_keys),
        ),
        observe=(lambda metrics: _observe(queries, metrics), rows.show),
    )
    return Wired(part, OrdersFacade(queries))


def _observe(queries: OrderQueries, metrics: Metrics) -> None:
    # Of those that are not decided yet: to count all of them takes seconds once there are millions.
    pending = metrics.gauge("orders_pending", "Orders that are neither confirmed nor rejected.")
    oldest = metrics.gauge("orders_oldest_pending_seconds", "How long one has been pending.")

    async def look() -> None:
        found = await queries.pending()
        pending.set(found.count)
        age = utc_now() - found.oldest if found.oldest else timedelta()
        oldest.set(max(0.0, age.total_seconds()))

    metrics.on_scrape(look, pending, oldest)
