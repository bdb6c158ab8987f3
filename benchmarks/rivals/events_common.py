"""What both sides of bench_events begin with and are measured by: the same rows, the same end."""

import os
from functools import cache

import psycopg
from confluent_kafka import Consumer, TopicPartition

TOPIC = "orders.events"
_FILL = """
INSERT INTO orders.outbox (id, type, key, payload, headers, occurred_at)
SELECT uuidv7(), 'orders.order-placed.v1', o::text, jsonb_build_object(
    'order_id', o, 'user_id', o, 'placed_at', now(),
    'lines', jsonb_build_array(jsonb_build_object('product_id', o, 'quantity', 1))), '{}', now()
FROM (SELECT uuidv7() AS o FROM generate_series(1, %s)) AS orders
"""


def FILL(url: str, count: int) -> None:  # noqa: N802 - stands for the statement
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_FILL, (count,))


@cache
def _looking(url: str) -> psycopg.Connection:
    return psycopg.connect(url, autocommit=True)


def arrived(url: str) -> int:
    row = _looking(url).execute("SELECT count(*) FROM analytics.orders").fetchone()
    return row[0] if row else 0


def reset(group: str) -> None:
    """Empty tables, and a group that has read all that is in the topic."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(
            "TRUNCATE orders.outbox, orders.outbox_owed, analytics.orders, kit_kafka.inbox"
        )
    brokers = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": group})
    partitions = consumer.list_topics(TOPIC, timeout=10).topics[TOPIC].partitions
    places = [TopicPartition(TOPIC, number) for number in partitions]
    ends = [consumer.get_watermark_offsets(place, timeout=10)[1] for place in places]
    consumer.commit(
        offsets=[
            TopicPartition(TOPIC, p.partition, end) for p, end in zip(places, ends, strict=True)
        ],
        asynchronous=False,
    )
    consumer.close()
