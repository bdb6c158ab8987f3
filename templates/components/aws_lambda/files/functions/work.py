"""What waits, on a schedule: `python -m functions.work`, with COMPOSITION=app.composition.

An outbox whose message no request delivered, what is tried again, what is periodic. The age of the
oldest message and how many were given up go to the log in the form that CloudWatch makes metrics of.
"""

import asyncio
import json
import os
import time

from functions.runtime import Event, serve
from kit.composition import Application
from kit.instance import Instance

_METRICS = [{"Name": "OldestMessage", "Unit": "Seconds"}, {"Name": "ParkedMessages"}]


async def measured(application: Application) -> dict[str, float]:
    """Of all outboxes of the process: the age of the oldest message; how many were given up."""
    backlogs = [await relay.backlog() for relay in application.relays]
    return {
        "OldestMessage": max((each.oldest_seconds for each in backlogs), default=0.0),
        "ParkedMessages": sum(each.parked for each in backlogs),
    }


def written(measures: dict[str, float], namespace: str, function: str) -> str:
    """A line of CloudWatch's embedded metric format."""
    metrics = {"Namespace": namespace, "Dimensions": [["Function"]], "Metrics": _METRICS}
    about = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [metrics]}
    return json.dumps({"_aws": about, "Function": function, **measures})


def main() -> None:
    """Work whenever the schedule says so, in one event loop that keeps its connections."""
    name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    loop = asyncio.new_event_loop()
    instance = Instance(os.environ["COMPOSITION"], name)

    async def turn() -> tuple[bool, dict[str, float]]:
        done = await instance.work()
        return done, await measured(await instance.started())

    def handle(_: Event) -> object:
        done, measures = loop.run_until_complete(turn())
        line = written(measures, os.environ["METRICS_NAMESPACE"], name)
        print(line, flush=True)  # noqa: T201 - where CloudWatch finds it
        if not done:
            raise RuntimeError("some of the work failed, or the time was up")
        return measures

    serve(handle)


if __name__ == "__main__":
    main()
