"""From the outbox to the projection with the generated project's own relay and consumer.

Run by bench_events with the project's Python; prints events a second and the process's MiB.
"""

import asyncio
import os
import resource
import sys
import time

from analytics_service.composition import Settings, build
from events_common import FILL, arrived, reset
from kit.settings import load
from kit_kafka.producer import EventProducer
from kit_kafka.relay import KafkaRelay
from orders.adapters.tables import outbox


async def run(count: int) -> float:
    settings = load(Settings)
    application = build(settings)
    database = application.database
    relay = KafkaRelay(database, outbox, EventProducer(settings), "/orders")
    consumer = application.background._loops[-1]
    await database.open()
    tasks = [asyncio.create_task(loop.run()) for loop in (consumer, relay)]
    while not (consumer._consumer and consumer._consumer.assignment()):
        await asyncio.sleep(0.05)
    url = os.environ["DATABASE_URL"]
    await asyncio.to_thread(FILL, url, count)
    began = time.monotonic()
    while await asyncio.to_thread(arrived, url) < count:
        await asyncio.sleep(0.05)
    seconds = time.monotonic() - began
    for loop in (consumer, relay):
        loop.stop()
    await asyncio.gather(*tasks)
    await database.close()
    return count / seconds


if __name__ == "__main__":
    reset("analytics")
    rate = asyncio.run(run(int(sys.argv[1])))
    print(rate, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
