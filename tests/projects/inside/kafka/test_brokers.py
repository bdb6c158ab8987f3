"""What is wrong with the brokers is named in the words of the settings."""

import asyncio
import socket
from datetime import timedelta

import pytest
from confluent_kafka.admin import AdminClient
from pydantic import SecretStr, ValidationError
from structlog.testing import capture_logs

from kit_kafka import topics
from kit_kafka.brokers import BrokerError, Brokers
from kit_kafka.settings import KafkaSettings
from kit_kafka.topics import Topic, dead_letters_of, events_of
from tests.kit_kafka.world import World

pytestmark = pytest.mark.postgres


def changed(settings: KafkaSettings, **values: object) -> KafkaSettings:
    return settings.model_copy(update=values)


async def test_a_missing_topic_names_the_command_and_the_setting(world: World) -> None:
    settings = changed(world.settings, kafka_create_topics=False)
    with pytest.raises(BrokerError, match=r"nowhere\.events is missing.*KAFKA_CREATE_TOPICS"):
        await Brokers(settings, [events_of("nowhere")]).check()


async def test_too_few_partitions_name_the_setting(world: World) -> None:
    settings = changed(world.settings, kafka_create_topics=False, kafka_partitions=12)
    with pytest.raises(BrokerError, match=r"has 3 partitions: KAFKA_PARTITIONS wants 12"):
        await Brokers(settings, [world.topic]).check()


async def test_brokers_that_are_not_there_name_the_address(settings: KafkaSettings) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        brokers = Brokers(changed(settings, kafka_bootstrap_servers=address), [])
        with pytest.raises(BrokerError, match=f"KAFKA_BOOTSTRAP_SERVERS={address}"):
            await brokers.check()


async def test_the_embedded_broker_is_named_as_for_development(world: World) -> None:
    if not world.embedded:
        pytest.skip("real brokers are given")
    with capture_logs() as logs:
        assert await Brokers(world.settings, ()).embedded()
    assert any("for development" in line["event"] for line in logs)


async def test_the_embedded_broker_is_refused_in_production(world: World) -> None:
    if not world.embedded:
        pytest.skip("real brokers are given")
    production = changed(world.settings, environment="production")
    with pytest.raises(BrokerError, match="never for ENVIRONMENT=production"):
        await Brokers(production, world.needed).check()


async def test_a_consumer_waits_for_its_topics_and_catches_up(world: World) -> None:
    waiting = changed(world.settings, kafka_create_topics=False, kafka_partitions=12)
    world.brokers = Brokers(waiting, world.needed)
    consumer = world.consumer()
    world.start(consumer, world.relay())
    await world.publish(1)
    await asyncio.sleep(0.5)
    assert await world.effects() == []
    world.brokers._settings = world.settings
    await world.effects_become([1])


async def test_topics_are_as_declared(world: World) -> None:
    if world.embedded:
        pytest.skip("the embedded broker has no topic administration; needs Apache Kafka")
    admin = AdminClient(world.settings.kafka_client("test"))
    assert await asyncio.to_thread(topics.drift, admin, world.needed, world.settings) == {}
    shorter = Topic(name=world.topic.name, retention=timedelta(days=1))
    found = await asyncio.to_thread(topics.drift, admin, [shorter], world.settings)
    assert found == {world.topic.name: {"retention.ms": ("1209600000", "86400000")}}
    more = changed(world.settings, kafka_partitions=5)
    assert await asyncio.to_thread(topics.mend, admin, [shorter], more) == [
        f"{world.topic.name}: 5 partitions",
        f"{world.topic.name}: retention.ms is 86400000, was 1209600000",
    ]
    assert await asyncio.to_thread(topics.complaints, admin, [shorter], more) == []
    assert await asyncio.to_thread(topics.drift, admin, [shorter], more) == {}


def test_declared_topics() -> None:
    assert events_of("identity").compacted
    assert not events_of("orders").compacted
    assert dead_letters_of("orders").partitions == 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"kafka_security_protocol": "SASL_SSL"}, "kafka_sasl_username"),
        ({"kafka_min_insync_replicas": 2}, "kafka_min_insync_replicas"),
        (
            {
                "environment": "production",
                "database_url": "postgresql://app:a-long-one@db/app?sslmode=verify-full",
            },
            "kafka_security_protocol",
        ),
        *(
            (
                {
                    "environment": "production",
                    "database_url": "postgresql://app:a-long-one@db/app?sslmode=verify-full",
                    "kafka_security_protocol": protocol,
                    "plaintext_allowed": "postgres",
                },
                "PLAINTEXT_ALLOWED=kafka",
            )
            for protocol in ("PLAINTEXT", "SASL_PLAINTEXT")
        ),
        ({"retry_delays_seconds": "1,soon"}, "retry_delays_seconds"),
    ],
)
def test_settings_are_checked(
    settings: KafkaSettings, values: dict[str, str], message: str
) -> None:
    given = {
        "database_url": settings.database_url.get_secret_value(),
        "kafka_bootstrap_servers": "127.0.0.1:9092",
    }
    with pytest.raises(ValidationError, match=message):
        KafkaSettings.model_validate(given | values)


def test_clients_get_credentials_and_certificates(settings: KafkaSettings) -> None:
    secured = changed(
        settings,
        kafka_security_protocol="SASL_SSL",
        kafka_sasl_username="shop",
        kafka_sasl_password=SecretStr("deep"),
        kafka_ssl_ca_location="/etc/kafka/ca.pem",
    ).kafka_client("relay")
    assert secured["security.protocol"] == "SASL_SSL"
    assert secured["sasl.password"] == "deep"
    assert secured["ssl.ca.location"] == "/etc/kafka/ca.pem"
    assert secured["client.id"] == "relay"
