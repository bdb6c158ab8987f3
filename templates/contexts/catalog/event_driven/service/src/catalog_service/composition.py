"""The catalog service: products, and the stock that orders reserve."""

from catalog.adapters.settings import CatalogSettings
from catalog.wiring import wire
from contracts.orders_v1 import OrderCancelled, OrderConfirmed, OrderPlaced, OrderRejected
from kit.bus import Bus
from kit.composition import Application, compose, migrated, open_database
from kit.identity_keys import published_keys
from kit.token_settings import TokenSettings
from kit.verification import verify_with_published_keys
from kit_kafka.process import SCHEMA, Kafka
from kit_kafka.roles import roles_of
from kit_kafka.settings import KafkaSettings

READS = (OrderPlaced, OrderConfirmed, OrderRejected, OrderCancelled)
ROLES = roles_of("catalog", READS)
SCHEMAS = ("catalog", SCHEMA)


class Settings(CatalogSettings, TokenSettings, KafkaSettings):
    """Every variable that the process reads."""


def build(settings: Settings) -> Application:
    """Wire the process."""
    database, bus = open_database(settings, "catalog"), Bus()
    kafka = Kafka(settings, "catalog", database, bus, ROLES)
    authenticate, refresh = verify_with_published_keys(
        published_keys(settings.identity_url), settings
    )
    catalog = wire(kafka.foundation, settings, authenticate, answers=True)
    # One order at a time: a batch would hold the stock of all its products until it is stored.
    consumer = kafka.part(READS, together=False, periodic=(refresh,))
    parts = [*kafka.in_roles(catalog.part), consumer]
    return compose(settings, database, parts, migrated(database, SCHEMAS), kafka.closing)
