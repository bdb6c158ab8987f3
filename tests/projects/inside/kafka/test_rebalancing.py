"""Consumers come and go, databases too: nothing is lost and nothing takes effect twice."""

import asyncio
import itertools
from collections.abc import Sequence
from functools import partial
from typing import TypeVar

import psycopg
import pytest

from kit_kafka.consumer import EventConsumer
from kit_kafka.envelope import Record
from kit_kafka.handling import Handling
from tests.kit_kafka.world import Counted, World, eventually

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

H = TypeVar("H", bound=Handling)
REBALANCES = 20


@pytest.mark.parametrize("protocol", ["consumer", "classic"])
async def test_forced_rebalances_lose_and_double_nothing(world: World, protocol: str) -> None:
    if protocol == "classic" and world.embedded:
        pytest.skip("the embedded broker's classic groups lose members; needs Apache Kafka")
    world.settings = world.settings.model_copy(update={"kafka_group_protocol": protocol})
    numbers = itertools.count()
    published: list[int] = []
    stopping = asyncio.Event()

    async def load() -> None:
        while not stopping.is_set():
            batch = [next(numbers) for _ in range(5)]
            for number in batch:
                await world.publish(number, key=f"key {number % 7}")
            published.extend(batch)
            await asyncio.sleep(0.02)

    world.start(world.relay(), world.consumer(batch=20))
    loading = asyncio.create_task(load())
    for _ in range(REBALANCES // 2):  # one joins and leaves: two rebalances
        guest = world.consumer(batch=20)
        visit = asyncio.create_task(guest.run())
        await eventually(partial(_partitions, guest), bool)
        guest.stop()
        await visit
    stopping.set()
    await loading
    await world.effects_become(published, seconds=60)


async def _partitions(consumer: EventConsumer) -> int:
    member = consumer._consumer
    return len(member.assignment()) if member is not None else 0


async def test_a_consumer_that_loses_its_database_pauses_and_goes_on(world: World) -> None:
    world.start(world.relay(), world.consumer())
    await world.publish(1)
    await world.effects_become([1])
    broken = True

    async def handler(event: Counted) -> None:
        if broken:
            raise psycopg.OperationalError("the server went away")
        await world.count(event)

    await world.stop()
    consumer = world.consumer(world.handling(handler))
    world.start(world.relay(), consumer)
    await world.publish(2, 3)
    await eventually(lambda: _is_paused(consumer), bool)
    broken = False
    await world.effects_become([1, 2, 3])
    # It was no failure of the events: nothing was parked and nothing buried.
    assert await world.dead_letters(0) == []
    assert world.kafka_metrics.events.labels(world.group, "retried")._value.get() == 0


async def test_a_consumer_begins_anew_whatever_went_wrong(world: World) -> None:
    failures = [RuntimeError("nobody foresaw it")]

    class Faulty(Handling):
        async def handle(self, records: Sequence[Record]) -> int:
            if failures:
                raise failures.pop()
            return await super().handle(records)

    world.start(world.relay(), world.consumer(_as(Faulty, world.handling())))
    await world.publish(1, 2, 3)
    await world.effects_become([1, 2, 3])
    assert not failures


def _as(kind: type[H], handling: Handling) -> H:
    """The same handling, of a class that does something besides."""
    return kind(**{name: getattr(handling, name) for name in handling.__dataclass_fields__})


async def _is_paused(consumer: EventConsumer) -> bool:
    return consumer._paused


async def test_no_more_is_polled_than_is_handled(world: World) -> None:
    seen: list[int] = []
    go = asyncio.Event()

    class Watched(Handling):
        async def handle(self, records: Sequence[Record]) -> int:
            seen.append(len(records))
            await go.wait()
            return await super().handle(records)

    await world.publish(*range(50))
    while await world.relay().run_once():
        pass
    world.start(world.consumer(_as(Watched, world.handling()), batch=10))
    await eventually(lambda: _length(seen), bool)
    await asyncio.sleep(0.5)
    assert len(seen) == 1
    assert seen[0] <= 10
    go.set()
    await world.effects_become(range(50))


async def _length(found: list[int]) -> int:
    return len(found)


async def test_the_lag_is_what_is_not_handled(world: World) -> None:
    consumer = world.consumer()
    world.start(consumer)
    await world.publish(*range(5))
    await world.relay().run_once()
    await world.effects_become(range(5))
    await consumer.observe()
    assert _lag(world) == 0
    await world.stop()


def _lag(world: World) -> float:
    metric = next(iter(world.kafka_metrics.lag.collect()))
    return sum(sample.value for sample in metric.samples)
