"""The catalog service: products, and the stock that orders reserve."""

from catalog.adapters.settings import CatalogSettings
from catalog.wiring import wire
from catalog_service.internal import reservations_router
from contracts.catalog_v1 import ReservationLost
from contracts.orders_v1 import OrderCancelled, OrderConfirmed, OrderRejected
from kit.bus import Bus
from kit.composition import Application, Foundation, Part, compose, migrated, open_database
from kit.delivery import RELAY, HttpDelivery, messages_router
from kit.peers import Peers, PeerSettings
from kit.token_settings import TokenSettings
from kit.verification import verify_with_published_keys

CONSUMED = (OrderConfirmed, OrderRejected, OrderCancelled)
SCHEMAS = ("catalog",)


class Settings(CatalogSettings, TokenSettings, PeerSettings):
    """Every variable that the process reads."""

    orders_url: str


def build(settings: Settings) -> Application:
    """Wire the process."""
    peers = Peers("catalog", settings)
    identity = peers.client("identity", settings.identity_url)
    orders = peers.client("orders", settings.orders_url)
    database, bus = open_database(settings, "catalog"), Bus()
    delivery = HttpDelivery(bus, {orders: (ReservationLost,)})
    authenticate, refresh_keys = verify_with_published_keys(identity.published_keys, settings)
    foundation = Foundation(database, bus, delivery.deliver, RELAY)
    catalog = wire(foundation, settings, authenticate)
    only_orders = peers.only("orders")
    internal = (
        Part(router=messages_router(bus, CONSUMED, only_orders), periodic=(refresh_keys,)),
        Part(router=reservations_router(catalog.facade, only_orders)),
    )
    parts = (catalog.part, *internal)
    return compose(database, parts, migrated(settings, SCHEMAS), peers.closing)
