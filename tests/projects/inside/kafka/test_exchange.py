"""Nobody is given up whose request, or whose answer, may still be on its way."""

import asyncio
from datetime import timedelta

import psycopg
import pytest
from confluent_kafka import Consumer

from dev.kafka import EmbeddedKafka
from kit_kafka.exchange import Exchange
from kit_kafka.topics import events_of
from tests.kit_kafka.world import OUTBOX, World

pytestmark = pytest.mark.postgres


def _read_all(world: World, group: str, records: int) -> None:
    config = world.settings.kafka_client("test") | {
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
    consumer = Consumer(config)
    consumer.subscribe([world.topic.name])
    while records:
        records -= len(consumer.consume(1, 0.5))
    consumer.commit(asynchronous=False)
    consumer.close()


async def test_a_request_is_given_up_only_once_later_answers_are_here(
    world: World, kafka_schema: str, embedded: EmbeddedKafka | None
) -> None:
    answering = f"answers{world.context}"
    if embedded is not None:
        embedded.create({events_of(answering).name: 1})
    exchange = Exchange(
        world.settings,
        world.database,
        OUTBOX,
        asking=world.context,
        answering=answering,
        settled_after=timedelta(0),
    )
    await world.publish(1, key="asked")
    assert await exchange.unanswered(["asked"]) == set(), "it waits in the outbox"
    await world.relay().run_once()
    assert await exchange.unanswered(["asked"]) == set(), "nobody has read it"
    await asyncio.to_thread(_read_all, world, answering, 1)
    assert await exchange.unanswered(["asked"]) == set(), "its answer may wait in another outbox"
    with psycopg.connect(kafka_schema, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO kit_kafka.inbox (consumer, source, id) VALUES (%s, %s, gen_random_uuid())",
            (world.context, f"/{answering}"),
        )
    assert await exchange.unanswered(["asked"]) == {"asked"}
