"""What a project does on the embedded broker it does on Apache Kafka, and more is asked of it."""

import re
import signal
from pathlib import Path

import pytest

from tests.projects.event_driven.conftest import PASSWORD, Project, Secured
from tests.projects.event_driven.real_kafka import RealKafka, running_kafka

pytestmark = pytest.mark.project

LOGINS = Path(__file__).with_name("logins")

ONLY_EMBEDDED = 2
"""The tests that the embedded broker names itself, and is refused in production."""

CHECK = """
import asyncio
from kit_kafka.brokers import BrokerError, Brokers
from kit_kafka.settings import KafkaSettings
from kit_kafka.topics import events_of
try:
    asyncio.run(Brokers(KafkaSettings(), [events_of("orders")]).check())
except BrokerError as error:
    print(error)
else:
    print("ready")
"""

# What an autoscaler asks for: how far a group has got, and where its topics end.
LAG = """
from confluent_kafka import ConsumerGroupTopicPartitions
from confluent_kafka.admin import AdminClient, OffsetSpec
from kit_kafka.settings import KafkaSettings
admin = AdminClient(KafkaSettings().kafka_client("keda"))
(read,) = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions("catalog")]).values()
places = read.result(10).topic_partitions
ends = admin.list_offsets({place: OffsetSpec.latest() for place in places})
assert sum(end.result(10).offset for end in ends.values()) > 0
print("lag of", *{place.topic for place in places})
"""


def test_the_layer_passes_its_tests(project: Project, kafka: RealKafka) -> None:
    result = project.python(
        *("-m", "pytest", "-q", "libs/kit/tests/kit_kafka"),
        TEST_KAFKA_BOOTSTRAP_SERVERS=kafka.bootstrap_servers,
    )
    assert result.returncode == 0, result.stdout
    skipped = re.search(r"(\d+) skipped", result.stdout)
    assert skipped, result.stdout
    assert int(skipped[1]) == ONLY_EMBEDDED, result.stdout


def test_the_shop_passes_the_black_box_suite_with_the_rights_that_a_cluster_gives(
    project: Project, guarded: str
) -> None:
    login = {
        "KAFKA_BOOTSTRAP_SERVERS": guarded,
        "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "KAFKA_SASL_PASSWORD": PASSWORD,
    }
    result = project.python(
        *("-m", "pytest", "-q", "tests/blackbox"),
        PYTHONPATH=str(LOGINS),
        # Of whoever does not log in as a service, and may write nothing.
        KAFKA_SASL_USERNAME="kafka.keda",
        **login,
    )
    assert result.returncode == 0, result.stdout
    for user, asked, said in (
        ("kafka-catalog", CHECK, "ready"),
        ("kafka-identity", CHECK, "Authorization failed"),
        ("kafka.keda", LAG, "lag of orders.events"),
        ("kafka-identity", LAG, "GROUP_AUTHORIZATION_FAILED"),
    ):
        tried = project.python(
            *("-c", asked),
            DATABASE_URL="postgresql://shop:not-used@nowhere/shop",
            KAFKA_SASL_USERNAME=user,
            **login,
        )
        assert said in tried.stdout, tried.stdout


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("right-one", "ready"),
        ("wrong-one", "the brokers refuse KAFKA_SASL_USERNAME with KAFKA_SASL_PASSWORD"),
    ],
)
def test_credentials(project: Project, secured: Secured, password: str, said: str) -> None:
    result = project.python(
        *("-c", CHECK),
        DATABASE_URL="postgresql://shop:not-used@nowhere/shop",
        KAFKA_BOOTSTRAP_SERVERS=secured.bootstrap_servers,
        KAFKA_SECURITY_PROTOCOL="SASL_SSL",
        KAFKA_SASL_MECHANISM="PLAIN",
        KAFKA_SASL_USERNAME="shop",
        KAFKA_SASL_PASSWORD=password,
        KAFKA_SSL_CA_LOCATION=str(secured.certificate),
    )
    assert said in result.stdout.replace("\n", " "), result.stdout


def test_an_unknown_authority_names_the_setting(project: Project, secured: Secured) -> None:
    result = project.python(
        *("-c", CHECK),
        DATABASE_URL="postgresql://shop:not-used@nowhere/shop",
        KAFKA_BOOTSTRAP_SERVERS=secured.bootstrap_servers,
        KAFKA_SECURITY_PROTOCOL="SASL_SSL",
        KAFKA_SASL_USERNAME="shop",
        KAFKA_SASL_PASSWORD="right-one",  # noqa: S106 - of a broker that lives for a test
    )
    assert "KAFKA_SSL_CA_LOCATION" in result.stdout, result.stdout


def test_whoever_is_killed_nothing_is_lost_and_nothing_happens_twice(
    project: Project, tmp_path: Path
) -> None:
    with running_kafka(tmp_path, brokers=3) as kafka:
        victim = kafka.brokers[-1].process
        assert victim is not None
        result = project.python(
            *("-m", "dev.chaos"),
            KAFKA_BOOTSTRAP_SERVERS=kafka.bootstrap_servers,
            KAFKA_REPLICATION_FACTOR="3",
            KAFKA_MIN_INSYNC_REPLICAS="2",
            ENDURE=f"kill -9 {victim.pid}",
            SECONDS="20",
        )
        assert victim.wait() == -signal.SIGKILL
    assert result.returncode == 0, result.stdout
    assert "nothing lost, nothing twice" in result.stdout
    said = result.stdout.partition("killed: ")[2].partition("\n")[0]
    killed = {kind: int(count) for count, kind in re.findall(r"(\d+) ([A-Za-z ]+)", said)}
    assert killed.keys() == {"api", "relay", "consumer", "service", "postgres", "by ENDURE"}
    assert all(killed.values())
