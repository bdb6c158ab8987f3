"""Events from MSK: `python -m functions.consume`, with COMPOSITION=orders_service.composition.

A batch comes again until it was handled without an error; what the application cannot handle it
parks in its inbox or among its dead letters itself, so no event keeps back the ones behind it.
"""

import asyncio
import os
from base64 import b64decode
from collections.abc import Iterator, Sequence
from typing import Any

from functions.runtime import Event, serve
from kit.instance import Instance
from kit_kafka.envelope import Record
from kit_kafka.invoked import handle


def records_of(event: Event) -> Iterator[Record]:
    """The event's records, those of a partition in their order."""
    for records in event["records"].values():
        for each in sorted(records, key=lambda record: int(record["offset"])):
            yield Record(
                each["topic"],
                each["partition"],
                each["offset"],
                b64decode(each.get("key") or ""),
                b64decode(each.get("value") or ""),
                _headers(each),
            )


def _headers(record: dict[str, Any]) -> dict[str, str]:
    """Each a list of bytes, which have a sign; PostgreSQL, which may keep them, takes no NUL."""
    return {
        name: bytes(byte % 256 for byte in value).decode("utf-8", "replace").replace("\0", "\ufffd")
        for header in record.get("headers") or ()
        for name, value in header.items()
    }


def main() -> None:
    """Handle batches, in one event loop that keeps its connections."""
    loop = asyncio.new_event_loop()
    instance = Instance(os.environ["COMPOSITION"], os.environ["AWS_LAMBDA_FUNCTION_NAME"])

    async def take(records: Sequence[Record]) -> None:
        await handle(await instance.started(), records, instance.settle_seconds)

    serve(lambda event: loop.run_until_complete(take(list(records_of(event)))))


if __name__ == "__main__":
    main()
