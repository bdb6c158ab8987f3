"""The same by hand: a loop that publishes an outbox, and one that consumes in batches.

As somebody who knows confluent-kafka and psycopg writes it for this one event: 500 at a time, one
transaction for the rows of inbox and projection, then the offsets.
"""

import json
import os
import resource
import sys
import threading
import time
from uuid import UUID

import psycopg
from confluent_kafka import Consumer, Producer, TopicPartition
from events_common import FILL, TOPIC, arrived, reset

BATCH = 500
URL = os.environ["DATABASE_URL"]
BROKERS = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
stopping = threading.Event()
assigned = threading.Event()


def relay() -> None:
    producer = Producer(
        {
            "bootstrap.servers": BROKERS,
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": 2,
            "compression.type": "lz4",
        }
    )
    with psycopg.connect(URL) as connection:
        while not stopping.is_set():
            rows = connection.execute(
                "SELECT position, id, type, key, payload::text, occurred_at FROM orders.outbox"
                " WHERE delivered_at IS NULL ORDER BY position LIMIT %s"
                " FOR UPDATE SKIP LOCKED",
                (BATCH,),
            ).fetchall()
            for _, identifier, kind, key, payload, occurred_at in rows:
                producer.produce(
                    TOPIC,
                    payload.encode(),
                    key.encode(),
                    headers=[
                        ("ce_specversion", "1.0"),
                        ("ce_id", str(identifier)),
                        ("ce_source", "/orders"),
                        ("ce_type", kind),
                        ("ce_time", occurred_at.isoformat()),
                        ("content-type", "application/json"),
                    ],
                )
            producer.flush()
            connection.execute(
                "UPDATE orders.outbox SET delivered_at = now() WHERE position = ANY(%s)",
                ([row[0] for row in rows],),
            )
            connection.commit()
            if not rows:
                time.sleep(0.05)


def consume() -> None:
    consumer = Consumer(
        {
            "bootstrap.servers": BROKERS,
            "group.id": "by-hand",
            "group.protocol": "consumer",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([TOPIC], on_assign=lambda *_: assigned.set())
    with psycopg.connect(URL) as connection:
        while not stopping.is_set():
            first = consumer.poll(0.2)
            messages = [] if first is None else [first, *consumer.consume(BATCH - 1, 0)]
            inbox, facts, offsets = [], [], {}
            for message in messages:
                headers = {name: value.decode() for name, value in message.headers()}
                inbox.append(("by-hand", headers["ce_source"], UUID(headers["ce_id"])))
                if headers["ce_type"] == "orders.order-placed.v1":
                    event = json.loads(message.value())
                    facts.append((event["order_id"], event["placed_at"]))
                offsets[message.partition()] = message.offset() + 1
            if not messages:
                continue
            with connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO kit_kafka.inbox (consumer, source, id) VALUES (%s, %s, %s)"
                    " ON CONFLICT DO NOTHING",
                    inbox,
                )
                cursor.executemany(
                    "INSERT INTO analytics.orders (order_id, state, placed_at)"
                    " VALUES (%s, 'placed', %s) ON CONFLICT (order_id) DO NOTHING",
                    facts,
                )
            connection.commit()
            consumer.commit(
                offsets=[TopicPartition(TOPIC, p, offset) for p, offset in offsets.items()],
                asynchronous=False,
            )
    consumer.close()


def main(count: int) -> None:
    reset("by-hand")
    threads = [threading.Thread(target=each) for each in (consume, relay)]
    for thread in threads:
        thread.start()
    assigned.wait()
    FILL(URL, count)
    began = time.monotonic()
    while arrived(URL) < count:
        time.sleep(0.05)
    rate = count / (time.monotonic() - began)
    stopping.set()
    for thread in threads:
        thread.join()
    print(rate, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    main(int(sys.argv[1]))
