"""Topics as code: what each must be like, creating them, and comparing them with the brokers'."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic, sleep

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # public, not marked so
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

from kit_kafka.settings import KafkaSettings

_SECONDS = 10
EVENTS, DEAD_LETTERS = ".events", ".dead-letters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """`partitions` None: KAFKA_PARTITIONS. `retention` None: kept for ever.

    A compacted topic keeps the last event of each key for ever, whatever its retention.
    """

    name: str
    partitions: int | None = None
    retention: timedelta | None = timedelta(days=14)
    compacted: bool = False
    max_message_bytes: int = 1_048_576

    def wanted_partitions(self, settings: KafkaSettings) -> int:
        """How many there must be at least."""
        return self.partitions or settings.kafka_partitions

    def config(self, settings: KafkaSettings) -> dict[str, str]:
        """The topic's configuration at the brokers."""
        milliseconds = -1 if self.retention is None else int(self.retention.total_seconds() * 1000)
        return {
            "cleanup.policy": "compact" if self.compacted else "delete",
            "retention.ms": str(milliseconds),
            "max.message.bytes": str(self.max_message_bytes),
            "min.insync.replicas": str(settings.kafka_min_insync_replicas),
        }


def events_of(context: str) -> Topic:
    """What a context publishes. Users' addresses are kept, the last one of each."""
    if context == "identity":
        return Topic(name=f"{context}{EVENTS}", compacted=True)
    return Topic(name=f"{context}{EVENTS}")


def dead_letters_of(group: str) -> Topic:
    """What a consumer group could not handle; few, so one partition, and kept for long."""
    return Topic(
        name=f"{group}{DEAD_LETTERS}",
        partitions=1,
        retention=timedelta(days=90),
        # A record of the largest size, and why it is here.
        max_message_bytes=2 * 1_048_576,
    )


def create(admin: AdminClient, topics: Iterable[Topic], settings: KafkaSettings) -> list[str]:
    """Create those that are missing; their names. Raises KafkaException."""
    wanted = [
        NewTopic(
            topic.name,
            num_partitions=topic.wanted_partitions(settings),
            replication_factor=settings.kafka_replication_factor,
            config=topic.config(settings),
        )
        for topic in topics
    ]
    created = []
    for name, outcome in admin.create_topics(wanted, operation_timeout=_SECONDS).items():
        try:
            outcome.result()
            created.append(name)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
    _wait_until_listed(admin, set(created))
    return sorted(created)


def _wait_until_listed(admin: AdminClient, names: set[str]) -> None:
    """A broker hears from the controller a moment after the controller has answered."""
    until = monotonic() + _SECONDS
    while not names <= admin.list_topics(timeout=_SECONDS).topics.keys() and monotonic() < until:
        sleep(0.05)


def complaints(admin: AdminClient, topics: Iterable[Topic], settings: KafkaSettings) -> list[str]:
    """What is missing or too small for this process, each naming its setting.

    Raises KafkaException when the brokers do not answer.
    """
    present = admin.list_topics(timeout=_SECONDS).topics
    found = []
    for topic in topics:
        wanted = topic.wanted_partitions(settings)
        if topic.name not in present:
            found.append(
                f"topic {topic.name} is missing: run `make topics`, or set KAFKA_CREATE_TOPICS=true"
            )
        elif len(present[topic.name].partitions) < wanted:
            found.append(
                f"topic {topic.name} has {len(present[topic.name].partitions)} partitions:"
                f" KAFKA_PARTITIONS wants {wanted}; run `make topics` to add them"
            )
    return found


def drift(
    admin: AdminClient, topics: Iterable[Topic], settings: KafkaSettings
) -> dict[str, dict[str, tuple[str, str]]]:
    """Per topic the settings whose value at the brokers is another than here: (there, here)."""
    declared = {topic.name: topic.config(settings) for topic in topics}
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in declared]
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for resource, outcome in admin.describe_configs(resources, request_timeout=_SECONDS).items():
        entries = outcome.result()
        differs = {
            key: (entries[key].value, value)
            for key, value in declared[resource.name].items()
            if entries[key].value != value
        }
        if differs:
            found[resource.name] = differs
    return found


def mend(admin: AdminClient, topics: Iterable[Topic], settings: KafkaSettings) -> list[str]:
    """Create what is missing, add partitions, set what differs; what was done, a line each.

    With more partitions a key may move to another one: its events keep their order only from
    there on. Raises KafkaException.
    """
    topics = list(topics)
    done = [f"{name}: created" for name in create(admin, topics, settings)]
    present = admin.list_topics(timeout=_SECONDS).topics
    for topic in topics:
        wanted = topic.wanted_partitions(settings)
        if topic.name in present and len(present[topic.name].partitions) < wanted:
            grown = admin.create_partitions([NewPartitions(topic.name, wanted)])
            grown[topic.name].result()
            done.append(f"{topic.name}: {wanted} partitions")
    for name, differences in drift(admin, topics, settings).items():
        changes = ConfigResource(
            ResourceType.TOPIC,
            name,
            incremental_configs=[
                ConfigEntry(key, here, incremental_operation=AlterConfigOpType.SET)
                for key, (_, here) in differences.items()
            ],
        )
        admin.incremental_alter_configs([changes])[changes].result()
        done.extend(
            f"{name}: {key} is {here}, was {was}" for key, (was, here) in differences.items()
        )
    # A broker hears from the controller a moment after the controller has answered.
    until = monotonic() + _SECONDS
    while done and monotonic() < until:
        if not complaints(admin, topics, settings) and not drift(admin, topics, settings):
            break
        sleep(0.05)
    return done
