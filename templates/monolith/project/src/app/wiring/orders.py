"""Orders: on PostgreSQL; asks the catalog through its facade."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from app.background import Periodic
from app.settings import Settings
from app.wiring.part import Foundation, Part
from catalog.facade import CatalogFacade
from kit.auth import Authenticate
from kit.clock import utc_now
from kit.database import SqlTransactions
from kit.ids import new_id
from orders.adapters.catalog_by_facade import CatalogByFacade
from orders.adapters.read_models import SqlOrderQueries
from orders.adapters.repositories import SqlOrderWork
from orders.adapters.tables import outbox
from orders.application.process import OrderProcess
from orders.application.service import OrderService
from orders.entrypoints.http import STATUSES, router
from orders.entrypoints.messages import subscribe

_RESUME_EVERY = timedelta(seconds=1)
_FORGET_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Orders:
    """What the process needs of orders."""

    part: Part
    queries: SqlOrderQueries


def wire(
    foundation: Foundation, settings: Settings, authenticate: Authenticate, catalog: CatalogFacade
) -> Orders:
    """Make the context's services and subscribe its handlers."""
    relay = foundation.relay(outbox)
    transactions = SqlTransactions(foundation.database, SqlOrderWork, relay.wake)
    service = OrderService(transactions, utc_now, new_id)
    process = OrderProcess(transactions, CatalogByFacade(catalog), utc_now, settings.order_timing)
    queries = SqlOrderQueries(foundation.database)
    subscribe(foundation.bus, process)
    forget = partial(service.forget_idempotency_keys, settings.keep_idempotency_keys)
    part = Part(
        router=router(service, queries, authenticate),
        statuses=STATUSES,
        relays=(relay,),
        periodic=(
            Periodic("resume orders", process.resume, _RESUME_EVERY),
            Periodic("forget idempotency keys", forget, _FORGET_EVERY),
        ),
    )
    return Orders(part, queries)
