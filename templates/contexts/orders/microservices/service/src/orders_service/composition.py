"""The orders service: places orders, and settles them with the catalog."""

from contracts.catalog_v1 import ReservationLost
from contracts.orders_v1 import OrderCancelled, OrderConfirmed, OrderRejected
from kit.bus import Bus
from kit.composition import Application, Foundation, Part, compose, migrated, open_database
from kit.delivery import RELAY, HttpDelivery, messages_router
from kit.peers import Peers, PeerSettings
from kit.token_settings import TokenSettings
from kit.verification import verify_with_published_keys
from orders.adapters.catalog_over_http import CatalogOverHttp
from orders.adapters.settings import OrdersSettings
from orders.wiring import wire

CONSUMED = (ReservationLost,)
SCHEMAS = ("orders",)


class Settings(OrdersSettings, TokenSettings, PeerSettings):
    """Every variable that the process reads."""

    catalog_url: str
    notifications_url: str


def build(settings: Settings) -> Application:
    """Wire the process."""
    peers = Peers("orders", settings)
    identity = peers.client("identity", settings.identity_url)
    catalog = peers.client("catalog", settings.catalog_url)
    notifications = peers.client("notifications", settings.notifications_url)
    database, bus = open_database(settings, "orders"), Bus()
    ends = (OrderConfirmed, OrderRejected, OrderCancelled)
    delivery = HttpDelivery(bus, {catalog: ends, notifications: ends})
    authenticate, refresh_keys = verify_with_published_keys(identity.published_keys, settings)
    foundation = Foundation(database, bus, delivery.deliver, RELAY, delivery.deliver_together)
    orders = wire(foundation, settings, authenticate, CatalogOverHttp(catalog))
    messages = messages_router(bus, CONSUMED, peers.only("catalog"))
    parts = (orders, Part(router=messages, periodic=(refresh_keys,)))
    return compose(database, parts, migrated(settings, SCHEMAS), peers.closing)
