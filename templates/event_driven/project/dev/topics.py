"""`python -m dev.topics`: make the brokers' topics what the code says, and say what was done."""

import asyncio
import os
import sys

from confluent_kafka.admin import AdminClient

from dev.brokers import declared
from kit.commands import UNAVAILABLE, Expected, run
from kit.settings import load
from kit_kafka import topics
from kit_kafka.brokers import BrokerError, Brokers
from kit_kafka.settings import KafkaSettings
from kit_kafka.trouble import UNREACHABLE

EXPECTED: Expected = {**UNREACHABLE, BrokerError: (UNAVAILABLE, str)}


def _declare() -> int:
    os.environ.setdefault("DATABASE_URL", "postgresql://not-used:here@nowhere/none")
    settings = load(KafkaSettings)
    if asyncio.run(Brokers(settings, ()).embedded()):
        print("the embedded broker has its topics from `make dev`")
        return 0
    done = topics.mend(AdminClient(settings.kafka_client("topics")), declared(), settings)
    print("\n".join(done) or "the topics are as declared")
    return 0


if __name__ == "__main__":
    sys.exit(run(_declare, EXPECTED))
