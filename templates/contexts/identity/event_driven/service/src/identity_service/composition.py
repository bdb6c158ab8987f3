"""The identity service: who users are, and the keys that prove it."""

from identity.adapters.settings import IdentitySettings
from identity.wiring import wire
from kit.bus import Bus
from kit.composition import Application, compose, migrated, open_database
from kit.messages import ContractEvent
from kit_kafka.process import SCHEMA, Kafka
from kit_kafka.roles import roles_of
from kit_kafka.settings import KafkaSettings

READS: tuple[type[ContractEvent], ...] = ()
ROLES = roles_of("identity", READS)
SCHEMAS = ("identity", SCHEMA)


class Settings(IdentitySettings, KafkaSettings):
    """Every variable that the process reads."""


def build(settings: Settings) -> Application:
    """Wire the process."""
    database, bus = open_database(settings, "identity"), Bus()
    kafka = Kafka(settings, "identity", database, bus, ROLES)
    identity = wire(kafka.foundation, settings)
    parts = [*kafka.in_roles(identity.part), kafka.part(READS)]
    return compose(settings, database, parts, migrated(database, SCHEMAS), kafka.closing)
