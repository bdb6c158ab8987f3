"""The orders service: places orders, and settles them by what the catalog tells."""

from contracts.catalog_v1 import ReservationLost, StockRejected, StockReserved
from kit.bus import Bus
from kit.composition import Application, compose, migrated, open_database
from kit.identity_keys import published_keys
from kit.token_settings import TokenSettings
from kit.verification import verify_with_published_keys
from kit_kafka.exchange import Exchange
from kit_kafka.process import SCHEMA, Kafka
from kit_kafka.roles import roles_of
from kit_kafka.settings import KafkaSettings
from orders.adapters.catalog_by_events import CatalogByEvents
from orders.adapters.settings import OrdersSettings
from orders.adapters.tables import outbox
from orders.domain.errors import OrderNotFoundError
from orders.wiring import wire

READS = (StockReserved, StockRejected, ReservationLost)
ROLES = roles_of("orders", READS)
SCHEMAS = ("orders", SCHEMA)


class Settings(OrdersSettings, TokenSettings, KafkaSettings):
    """Every variable that the process reads."""


def build(settings: Settings) -> Application:
    """Wire the process."""
    database, bus = open_database(settings, "orders"), Bus()
    kafka = Kafka(settings, "orders", database, bus, ROLES)
    authenticate, refresh = verify_with_published_keys(
        published_keys(settings.identity_url), settings
    )
    again_after = settings.order_timing.resume_after
    exchange = Exchange(
        settings,
        database,
        outbox,
        asking="orders",
        answering="catalog",
        settled_after=again_after,
    )
    stock = CatalogByEvents(database, exchange, again_after)
    orders = wire(kafka.foundation, settings, authenticate, stock)
    consumer = kafka.part(
        READS, permanent={OrderNotFoundError: "unknown_aggregate"}, periodic=(refresh,)
    )
    parts = [*kafka.in_roles(orders.part), consumer]
    return compose(settings, database, parts, migrated(database, SCHEMAS), kafka.closing)
