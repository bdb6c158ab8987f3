"""`python -m dev.topics`: make the brokers' topics what the code says, and say what was done."""

import asyncio
import os
import sys

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from dev.brokers import declared
from kit.settings import SettingsError, load
from kit_kafka import topics
from kit_kafka.brokers import BrokerError, Brokers
from kit_kafka.settings import KafkaSettings


def main() -> int:
    os.environ.setdefault("DATABASE_URL", "postgresql://not-used:here@nowhere/none")
    try:
        settings = load(KafkaSettings)
        if asyncio.run(Brokers(settings, ()).embedded()):
            print("the embedded broker has its topics from `make dev`")
            return 0
        done = topics.mend(AdminClient(settings.kafka_client("topics")), declared(), settings)
    except SettingsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except BrokerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    except KafkaException as error:
        print(f"error: KAFKA_BOOTSTRAP_SERVERS: {error.args[0].str()}", file=sys.stderr)
        return 3
    print("\n".join(done) or "the topics are as declared")
    return 0


if __name__ == "__main__":
    sys.exit(main())
