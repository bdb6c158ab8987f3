"""The notifications service: told by the others, it tells users."""

from contracts.identity_v1 import UserRegistered
from contracts.orders_v1 import OrderCancelled, OrderConfirmed, OrderRejected
from kit.bus import Bus
from kit.composition import Application, compose, migrated, open_database
from kit.identity_keys import published_keys
from kit.token_settings import TokenSettings
from kit.verification import verify_with_published_keys
from kit_kafka.process import SCHEMA, Kafka
from kit_kafka.settings import KafkaSettings
from notifications.adapters.settings import NotificationsSettings
from notifications.wiring import wire

READS = (UserRegistered, OrderConfirmed, OrderRejected, OrderCancelled)
SCHEMAS = ("notifications", SCHEMA)


class Settings(NotificationsSettings, TokenSettings, KafkaSettings):
    """Every variable that the process reads."""


def build(settings: Settings) -> Application:
    """Wire the process."""
    database, bus = open_database(settings, "notifications"), Bus()
    kafka = Kafka(settings, "notifications", database, bus)
    authenticate, refresh = verify_with_published_keys(
        published_keys(settings.identity_url), settings
    )
    notifications = wire(kafka.foundation, settings, authenticate)
    parts = [*kafka.in_roles(notifications), kafka.part(READS, periodic=(refresh,))]
    return compose(database, parts, migrated(settings, SCHEMAS), kafka.closing)
