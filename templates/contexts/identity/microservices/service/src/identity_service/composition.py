"""The identity service: who users are, and the keys that prove it."""

from contracts.identity_v1 import UserRegistered
from identity.adapters.settings import IdentitySettings
from identity.wiring import wire
from kit.bus import Bus
from kit.composition import Application, Foundation, compose, migrated, open_database
from kit.delivery import RELAY, HttpDelivery
from kit.peers import Peers, PeerSettings

SCHEMAS = ("identity",)


class Settings(IdentitySettings, PeerSettings):
    """Every variable that the process reads."""

    notifications_url: str


def build(settings: Settings) -> Application:
    """Wire the process."""
    peers = Peers("identity", settings)
    notifications = peers.client("notifications", settings.notifications_url)
    database, bus = open_database(settings, "identity"), Bus()
    delivery = HttpDelivery(bus, {notifications: (UserRegistered,)})
    identity = wire(Foundation(database, bus, delivery.deliver, RELAY), settings)
    parts = (identity.part,)
    return compose(database, parts, migrated(settings, SCHEMAS), peers.closing)
