"""Events that a trigger brings to a process which consumes nothing by itself."""

from collections.abc import Sequence

from kit.composition import Application
from kit.invoked import settle
from kit_kafka.consumer import EventConsumer
from kit_kafka.envelope import Record


async def handle(application: Application, records: Sequence[Record], seconds: float) -> None:
    """Handle records in their order, and deliver for up to `seconds` what that led to.

    What fails is tried again by `kit.invoked.work` or is a dead letter. Raises UnavailableError
    where the database is away; then the same records are to come again, which does no harm.
    """
    for loop in application.background.loops:
        if isinstance(loop, EventConsumer):
            rest = records
            while rest:
                rest = rest[await loop.handling.handle(rest) :]
    await settle(application.relays, seconds)
