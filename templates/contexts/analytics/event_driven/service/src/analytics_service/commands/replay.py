"""`python -m analytics_service.commands.replay [SINCE]`: build the projection anew from its topics.

SINCE is an RFC 3339 time; without it every event that the topics still have counts.
"""

import asyncio
import sys
from datetime import UTC, datetime

import psycopg
from confluent_kafka import KafkaException
from sqlalchemy.exc import OperationalError

from analytics.adapters.repositories import clear
from analytics.entrypoints.messages import READS
from analytics.wiring import wire
from analytics_service.composition import Settings
from kit.bus import Bus
from kit.composition import open_database
from kit.settings import SettingsError, load
from kit_kafka.observation import KafkaMetrics
from kit_kafka.process import Kafka, topics_of
from kit_kafka.rebuild import rebuild

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


async def replay(settings: Settings, since: datetime) -> int:
    """How many events were applied."""
    database = open_database(settings, "analytics-replay")
    await database.open()
    try:
        kafka = Kafka(settings, "analytics", database, Bus())
        wire(kafka.foundation)
        handling = kafka.handling(KafkaMetrics())
        config = settings.kafka_client("replay")
        return await rebuild(handling, topics_of(READS), config, since, clear)
    finally:
        await database.close()


def main(arguments: list[str]) -> int:
    """Do it; the exit code."""
    try:
        since = datetime.fromisoformat(arguments[0]) if arguments else BEGINNING
        since = since if since.tzinfo else since.replace(tzinfo=UTC)
        applied = asyncio.run(replay(load(Settings), since))
    except ValueError as error:
        print(f"error: SINCE: {error}", file=sys.stderr)
        return 2
    except SettingsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except (psycopg.OperationalError, OperationalError) as error:
        print(f"error: DATABASE_URL: {error}", file=sys.stderr)
        return 3
    except KafkaException as error:
        print(f"error: KAFKA_BOOTSTRAP_SERVERS: {error}", file=sys.stderr)
        return 3
    print(f"{applied} events applied")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
