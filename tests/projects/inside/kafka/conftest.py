"""Brokers, a database and a world for each test.

The brokers are TEST_KAFKA_BOOTSTRAP_SERVERS', or the embedded one. Every test has its own topic and
consumer group, so that tests share the brokers.
"""

import os
from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine

from dev.kafka import EmbeddedKafka
from kit.database import Database
from kit.migrations import upgrade
from kit.provision import grants
from kit.settings import role_of
from kit_kafka.settings import KafkaSettings
from tests.kit_kafka.world import METADATA, PARTITIONS, World


@pytest.fixture(scope="session")
def embedded() -> Iterator[EmbeddedKafka | None]:
    """The embedded broker of this worker; None where real ones are given."""
    if os.environ.get("TEST_KAFKA_BOOTSTRAP_SERVERS"):
        yield None
        return
    broker = EmbeddedKafka()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def bootstrap_servers(embedded: EmbeddedKafka | None) -> str:
    """Brokers for the tests of this worker."""
    given = os.environ.get("TEST_KAFKA_BOOTSTRAP_SERVERS", "")
    return given if embedded is None else embedded.bootstrap_servers


@pytest.fixture(scope="session")
def kafka_schema(database_url: str, owner_url: str) -> str:
    """A database with the consumers' tables and the tests'."""
    rows = role_of(database_url)
    upgrade(owner_url, ["kit_kafka"], rows=rows)
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(owner_url))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS kafka_test")
        METADATA.create_all(connection)
        connection.exec_driver_sql(grants(rows, ["kafka_test"]))
    engine.dispose()
    return database_url


@pytest.fixture
async def database(kafka_schema: str, owner_url: str) -> AsyncIterator[Database]:
    """The same, empty and open."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(
            "TRUNCATE kafka_test.effects, kafka_test.outbox, kafka_test.outbox_owed,"
            " kit_kafka.inbox, kit_kafka.retries"
        )
    opened = Database(kafka_schema, pool_size=6)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def settings(bootstrap_servers: str, kafka_schema: str) -> KafkaSettings:
    """Settings with short delays; nothing of them comes from the environment."""
    return KafkaSettings(
        environment="test",
        database_url=SecretStr(kafka_schema),
        kafka_bootstrap_servers=bootstrap_servers,
        kafka_partitions=PARTITIONS,
        retry_delays_seconds=(0.05, 0.1),
    )


@pytest.fixture
async def world(
    settings: KafkaSettings, database: Database, embedded: EmbeddedKafka | None
) -> AsyncIterator[World]:
    """A world with its topics."""
    made = World(settings, database, embedded)
    if embedded is not None:
        embedded.create({each.name: each.wanted_partitions(settings) for each in made.needed})
    await made.brokers.check()
    yield made
    await made.close()
