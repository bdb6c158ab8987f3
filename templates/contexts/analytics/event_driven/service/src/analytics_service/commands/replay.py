"""`python -m analytics_service.commands.replay [SINCE]`: build the projection anew from its topics.

SINCE is an RFC 3339 time; without it every event that the topics still have counts.
"""

import asyncio
import sys
from datetime import UTC, datetime

from analytics.adapters.repositories import clear
from analytics.entrypoints.messages import READS
from analytics.wiring import wire
from analytics_service.composition import ROLES, Settings
from kit.bus import Bus
from kit.commands import operating, run
from kit.settings import SettingsError, load
from kit_kafka.observation import KafkaMetrics
from kit_kafka.process import Kafka, topics_of
from kit_kafka.rebuild import rebuild
from kit_kafka.trouble import UNREACHABLE

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


async def replay(settings: Settings, since: datetime) -> int:
    """How many events were applied."""
    async with operating(settings, "analytics-replay") as database:
        kafka = Kafka(settings, "analytics", database, Bus(), ROLES)
        wire(kafka.foundation)
        handling = kafka.handling(KafkaMetrics())
        config = settings.kafka_client("replay")
        return await rebuild(handling, topics_of(READS), config, since, clear)


def main(arguments: list[str]) -> int:
    """Do it; the exit code."""
    return run(lambda: _replay(arguments), UNREACHABLE)


def _replay(arguments: list[str]) -> int:
    try:
        since = datetime.fromisoformat(arguments[0]) if arguments else BEGINNING
    except ValueError as error:
        raise SettingsError(f"SINCE: {error}") from None
    since = since if since.tzinfo else since.replace(tzinfo=UTC)
    applied = asyncio.run(replay(load(Settings), since))
    print(f"{applied} events applied")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
