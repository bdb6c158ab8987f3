"""From one context's outbox to another one's effects: nothing lost, nothing twice."""

import asyncio
import json

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from opentelemetry.trace import SpanKind
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from kit.tracing import span, trace_ids
from kit_kafka.adapters.tables import metadata
from kit_kafka.producer import Outgoing
from tests.kit_kafka.world import Counted, World

pytestmark = pytest.mark.postgres


async def test_what_is_published_takes_effect_once(world: World) -> None:
    await world.publish(*range(50))
    world.start(world.relay(), world.consumer())
    await world.effects_become(range(50))


async def test_the_record_is_a_cloud_event(world: World) -> None:
    await world.publish(7, key="a key")
    await world.relay().run_once()
    (record,) = await asyncio.to_thread(world.everything_in_the_topic)
    headers = {name: value.decode() for name, value in record.headers()}
    assert record.key() == b"a key"
    assert record.value() == b'{"key": "a key", "number": 7}'
    assert headers["ce_specversion"] == "1.0"
    assert headers["ce_type"] == world.kind
    assert headers["ce_source"] == "/shop/tests"
    assert headers["ce_subject"] == "a key"
    assert headers["content-type"] == "application/json"


async def test_several_relays_keep_the_order_of_every_key(world: World) -> None:
    keys = [f"key {n}" for n in range(20)]
    relays = [world.relay() for _ in range(3)]
    world.start(*relays)
    for number in range(15):
        async with world.transactions() as work:
            for key in keys:
                work.publish(world.kind, number, key)
    await _all_published(world)
    await world.stop()
    records = await asyncio.to_thread(world.everything_in_the_topic)
    order: dict[bytes, list[bytes]] = {}
    for record in records:
        order.setdefault(record.key(), []).append(record.value())
    assert len(order) == len(keys)
    for values in order.values():
        assert [json.loads(value)["number"] for value in values] == list(range(15))


async def test_a_repeated_record_takes_effect_once(world: World) -> None:
    await world.publish(1, 2, 3)
    await world.relay().run_once()
    records = await asyncio.to_thread(world.everything_in_the_topic)
    again = [
        Outgoing(world.topic.name, each.key(), each.value(), each.headers()) for each in records
    ]
    await world.send(*again, *reversed(again))
    world.start(world.consumer())
    await world.publish(4)
    await world.relay().run_once()
    await world.effects_become([1, 2, 3, 4])
    duplicates = world.kafka_metrics.events.labels(world.group, "duplicate")
    await world.counted(duplicates, 6)


async def test_each_event_has_its_own_transaction_where_they_are_not_together(world: World) -> None:
    transactions: set[int] = set()

    async def look(event: Counted) -> None:
        async with world.transactions() as work:
            found = await work.session.scalar(text("SELECT pg_current_xact_id()::text::bigint"))
            transactions.add(found)
            await work.effect(event.number, event.key)

    await world.publish(*range(20))
    while await world.relay().run_once():
        pass
    world.start(world.consumer(world.handling(look, together=False)))
    await world.effects_become(range(20))
    assert len(transactions) == 20


async def test_a_crash_before_the_commit_undoes_effect_and_inbox(world: World) -> None:
    async def crash(event: Counted) -> None:
        await world.count(event)
        raise asyncio.CancelledError

    await world.publish(1)
    await world.relay().run_once()
    crashing = world.consumer(world.handling(crash))
    with pytest.raises(asyncio.CancelledError):
        await crashing.run()
    assert await world.effects() == []
    world.start(world.consumer())
    await world.effects_become([1])


async def test_a_group_that_joins_later_gets_everything(world: World) -> None:
    await world.publish(1, 2)
    world.start(world.relay(), world.consumer())
    await world.effects_become([1, 2])
    world.group = "another" + world.group
    world.start(world.consumer())
    await world.effects_become([1, 1, 2, 2])


async def test_types_that_nobody_subscribed_to_are_passed_over(world: World) -> None:
    async with world.transactions() as work:
        work.publish(f"{world.context}.ignored.v1", 1, "one")
        work.publish(world.kind, 2, "one")
    world.start(world.relay(), world.consumer())
    await world.effects_become([2])
    assert await world.dead_letters(0) == []


async def test_a_message_that_no_broker_takes_is_parked(world: World) -> None:
    async with world.transactions() as work:
        work.publish(world.kind, 1, "x" * 3_000_000)
        work.publish(world.kind, 2, "one")
    relay = world.relay()
    await relay.run_once()
    await relay.run_once()
    backlog = await relay.backlog()
    assert (backlog.waiting, backlog.parked) == (0, 1)
    assert len(await asyncio.to_thread(world.everything_in_the_topic)) == 1


async def test_the_trace_crosses_the_broker(world: World) -> None:
    seen: list[str] = []

    async def look(event: Counted) -> None:
        seen.append(trace_ids()["trace_id"])
        await world.count(event)

    with span("a request", SpanKind.SERVER):
        expected = trace_ids()["trace_id"]
        await world.publish(1)
    world.start(world.relay(), world.consumer(world.handling(look)))
    await world.effects_become([1])
    assert seen == [expected]


async def _all_published(world: World) -> None:
    relay = world.relay()
    while (await relay.backlog()).waiting:
        await asyncio.sleep(0.05)


def test_the_tables_are_as_the_code_says(kafka_schema: str) -> None:
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(kafka_schema), poolclass=NullPool
    )
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda found, kind, _: kind != "schema" or found == "kit_kafka",
                "version_table_schema": "kit_kafka",
                "compare_type": True,
                "compare_server_default": True,
            },
        )
        assert compare_metadata(context, metadata) == []
