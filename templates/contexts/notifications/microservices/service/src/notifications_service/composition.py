"""The notifications service: told by the others, it tells users."""

from contracts.identity_v1 import UserRegistered
from contracts.orders_v1 import OrderCancelled, OrderConfirmed, OrderRejected
from kit.bus import Bus
from kit.composition import Application, Foundation, Part, compose, migrated, open_database
from kit.delivery import messages_router
from kit.peers import Peers, PeerSettings
from kit.token_settings import TokenSettings
from kit.verification import verify_with_published_keys
from notifications.adapters.settings import NotificationsSettings
from notifications.wiring import wire

CONSUMED = (UserRegistered, OrderConfirmed, OrderRejected, OrderCancelled)
SCHEMAS = ("notifications",)


class Settings(NotificationsSettings, TokenSettings, PeerSettings):
    """Every variable that the process reads."""


def build(settings: Settings) -> Application:
    """Wire the process."""
    peers = Peers("notifications", settings)
    identity = peers.client("identity", settings.identity_url)
    database, bus = open_database(settings, "notifications"), Bus()
    authenticate, refresh_keys = verify_with_published_keys(identity.published_keys, settings)
    notifications = wire(Foundation(database, bus, bus.deliver), settings, authenticate)
    messages = messages_router(bus, CONSUMED, peers.only("identity", "orders"))
    parts = (notifications, Part(router=messages, periodic=(refresh_keys,)))
    return compose(database, parts, migrated(settings, SCHEMAS), peers.closing)
