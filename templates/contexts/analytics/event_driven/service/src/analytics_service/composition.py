"""The analytics service: keeps a projection of orders, and serves nothing but operators."""

from analytics.adapters.settings import AnalyticsSettings
from analytics.entrypoints.messages import READS
from analytics.wiring import wire
from kit.bus import Bus
from kit.composition import Application, compose, migrated, open_database
from kit_kafka.process import SCHEMA, Kafka
from kit_kafka.roles import roles_of
from kit_kafka.settings import KafkaSettings

ROLES = roles_of("analytics", READS, serves=False)
SCHEMAS = ("analytics", SCHEMA)


class Settings(AnalyticsSettings, KafkaSettings):
    """Every variable that the process reads."""


def build(settings: Settings) -> Application:
    """Wire the process."""
    database = open_database(settings, "analytics")
    kafka = Kafka(settings, "analytics", database, Bus(), ROLES)
    analytics = wire(kafka.foundation)
    parts = [analytics.part, kafka.part(READS, batch=1000)]
    return compose(settings, database, parts, migrated(database, SCHEMAS), kafka.closing)
