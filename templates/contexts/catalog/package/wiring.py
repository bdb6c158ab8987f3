"""The catalog wired: on PostgreSQL, orders reach it as events."""

from sqlalchemy import literal

from catalog.adapters.read_models import SqlProductQueries
from catalog.adapters.repositories import sql_work
from catalog.adapters.settings import CatalogSettings
from catalog.adapters.tables import outbox
from catalog.adapters.tables import reservations as reservations_table
from catalog.application.products import ProductService
from catalog.application.reservations import ReservationService
from catalog.entrypoints.http import STATUSES, router
from catalog.entrypoints.messages import subscribe
from catalog.facade import CatalogFacade
from kit.auth import Authenticate
from kit.background import Periodic, purging
from kit.clock import new_id, utc_now
from kit.composition import Foundation, Part, Wired
from kit.database import SqlTransactions

# As it stands in the index, so that every plan may use that.
_RELEASED = literal("released", literal_execute=True)


def wire(
    foundation: Foundation,
    settings: CatalogSettings,
    authenticate: Authenticate,
    *,
    answers: bool = False,
) -> Wired[CatalogFacade]:
    """Make the context's services and subscribe its handlers.

    `answers` reserves for orders that are placed and publishes the answers, where nobody calls.
    """
    database = foundation.database
    relay = foundation.relay(outbox)
    transactions = SqlTransactions(database, sql_work(answers=answers), relay.wake)
    products = ProductService(transactions, utc_now, new_id)
    reservations = ReservationService(transactions, utc_now, settings.hold_for)
    subscribe(foundation.bus, reservations, answers=answers)
    queries = SqlProductQueries(database, settings.search_timeout)
    rows = reservations_table.c
    part = Part(
        router=router(products, queries, authenticate),
        statuses=STATUSES,
        relays=(relay,),
        periodic=(
            Periodic("expire reservations", reservations.expire_due, settings.sweep_every),
            purging(database, rows.updated_at, settings.keep_released, rows.state == _RELEASED),
        ),
    )
    return Wired(part, CatalogFacade(reservations, queries))
