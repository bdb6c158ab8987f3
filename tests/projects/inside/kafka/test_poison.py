"""What cannot be handled is put aside with its reason, and the partition goes on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException

from kit.background import Backoff
from kit.clock import new_id, utc_now
from kit_kafka import dead_letters
from kit_kafka.dead_letters import replay
from kit_kafka.envelope import Headers
from kit_kafka.producer import Outgoing
from tests.kit_kafka.world import Counted, NothingThereError, World, eventually

pytestmark = pytest.mark.postgres

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def record(world: World, value: bytes, **changed: str) -> Outgoing:
    """A record with good headers but for what is changed."""
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": str(new_id()),
        "ce_source": "/elsewhere",
        "ce_type": world.kind,
        "ce_time": utc_now().isoformat(),
        "content-type": "application/json",
        "traceparent": TRACE,
    } | changed
    headers: Headers = list(attributes.items())
    return Outgoing(world.topic.name, b"one", value, headers)


GOOD = b'{"number": 1, "key": "one"}'
POISON: dict[str, Callable[[World], Outgoing]] = {
    "not_json": lambda world: record(world, b"<order/>"),
    "schema_violation": lambda world: record(world, b'{"number": "many", "key": "one"}'),
    "unknown_type": lambda world: record(world, GOOD, ce_type="weather.changed.v1"),
    "unknown_version": lambda world: record(world, GOOD, ce_type=world.kind.replace(".v1", ".v9")),
    "unknown_aggregate": lambda world: record(world, b'{"number": -1, "key": "one"}'),
    "too_large": lambda world: record(world, b'{"pad": "' + b"x" * 300_000 + b'"}'),
    "wrong_clock": lambda world: record(
        world, GOOD, ce_time=(utc_now() + timedelta(hours=1)).isoformat()
    ),
    "not_a_cloud_event": lambda world: record(world, GOOD, ce_id="17"),
}


async def strict(world: World, event: Counted) -> None:
    """Knows nothing of negative numbers."""
    if event.number < 0:
        raise NothingThereError(f"nothing has the number {event.number}")
    await world.count(event)


@pytest.mark.parametrize("reason", POISON)
async def test_poison_is_put_aside_and_the_partition_goes_on(world: World, reason: str) -> None:
    async def handler(event: Counted) -> None:
        await strict(world, event)

    await world.send(POISON[reason](world))
    await world.publish(1, 2)
    world.start(world.relay(), world.consumer(world.handling(handler)))
    await world.effects_become([1, 2])
    (letter,) = await world.dead_letters(1)
    assert letter.reason == reason
    assert letter.error
    assert letter.record.topic == world.topic.name
    assert letter.record.headers["traceparent"] == TRACE
    await world.counted(world.kafka_metrics.dead_letters.labels(world.group, reason), 1)


async def test_unknown_fields_are_tolerated(world: World) -> None:
    await world.send(record(world, b'{"number": 5, "key": "one", "colour": "green"}'))
    world.start(world.consumer())
    await world.effects_become([5])


async def test_bytes_that_no_database_stores_stop_nobody(world: World) -> None:
    async def fail(event: Counted) -> None:
        if event.number == 5:
            raise ConnectionError("another service is away")
        await world.count(event)

    headers = {"ce_source": "/else\0where", "note": "\0"}
    await world.send(record(world, b'{"number": 5, "key": "one"}', **headers))
    world.start(world.relay(), world.consumer(world.handling(fail)))
    await world.publish(1, key="two")
    await world.effects_become([1])
    (letter,) = await world.dead_letters(1)
    assert letter.reason == "too_many_attempts"


async def test_what_fails_is_tried_again_without_holding_up_other_keys(world: World) -> None:
    failed: list[int] = []

    async def fails(event: Counted) -> None:
        # Together with the others, and alone.
        if event.number == 1 and len(failed) < 2:
            failed.append(event.number)
            raise ConnectionError("another service is away")
        await world.count(event)

    patient = world.handling(fails, backoff=Backoff([1.0]))
    await world.publish(1, 2, key="one")
    await world.publish(3, key="two")
    world.start(world.relay(), world.consumer(patient))
    await world.effects_become([3], seconds=10)
    await world.effects_become([1, 2, 3])
    # What followed in the key waited for it.
    assert world.handled.index(1) < world.handled.index(2)
    assert await world.dead_letters(0) == []


async def test_what_fails_too_often_is_a_dead_letter_and_can_be_replayed(world: World) -> None:
    broken = True

    async def handler(event: Counted) -> None:
        if broken and event.number == 1:
            raise ConnectionError("another service is away")
        await world.count(event)

    await world.publish(1, 2)
    world.start(world.relay(), world.consumer(world.handling(handler)))
    (letter,) = await world.dead_letters(1)
    assert (letter.reason, letter.attempts) == ("too_many_attempts", 3)
    assert "another service is away" in letter.error
    await world.effects_become([2])
    broken = False
    await replay(world.producer, [letter])
    await world.effects_become([1, 2])

    async def left() -> int:
        return len(await world.dead_letters(0))

    await eventually(left, lambda count: count == 0)


async def test_a_replay_is_for_its_own_group(world: World) -> None:
    async def fail(event: Counted) -> None:
        raise NothingThereError(event.number)

    await world.publish(1)
    world.start(world.relay(), world.consumer(world.handling(fail)))
    (letter,) = await world.dead_letters(1)
    await world.stop()
    mine, world.group = world.group, f"other{world.group}"
    world.start(world.consumer())
    await world.effects_become([1])
    await replay(world.producer, [letter])
    await world.publish(2)
    await world.relay().run_once()
    await world.effects_become([1, 2])
    assert world.kafka_metrics.events.labels(mine, "handled")._value.get() == 0
    assert world.kafka_metrics.events.labels(world.group, "duplicate")._value.get() == 0


async def test_a_leader_that_moves_meanwhile_is_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = [KafkaError(KafkaError.NOT_LEADER_FOR_PARTITION)]

    class Moving(Consumer):
        def get_watermark_offsets(self, *place: Any, **options: Any) -> Any:
            if refusals:
                raise KafkaException(refusals.pop())
            return super().get_watermark_offsets(*place, **options)

    monkeypatch.setattr(dead_letters, "Consumer", Moving)
    assert await world.dead_letters(0) == []
    assert not refusals
