"""An idempotent producer that says which records the brokers have stored."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from confluent_kafka import KafkaError, KafkaException, Producer

from kit_kafka.envelope import Headers
from kit_kafka.settings import KafkaSettings

_QUEUE_FULL = KafkaError._QUEUE_FULL  # noqa: SLF001 - librdkafka's local errors are named so


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to publish."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


class EventProducer:
    """One per process, shared by what publishes in it. Connects with the first record."""

    def __init__(self, settings: KafkaSettings, *, delivery_seconds: float = 10) -> None:
        self._config = settings.kafka_client("producer") | {
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": 2,
            "compression.type": "lz4",
            "delivery.timeout.ms": int(delivery_seconds * 1000),
            "message.max.bytes": 2 * 1_048_576,
            "queue.buffering.max.messages": 100_000,
            # A call for each success would cost as much as the rest of a record's way.
            "delivery.report.only.error": True,
        }
        self._producer: Producer | None = None
        # librdkafka's calls block: one thread of ours makes them all.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="producer")
        self._fatal = threading.Event()

    async def publish(self, batch: Sequence[Outgoing]) -> list[KafkaError | None]:
        """Publish in this order; for each record None once all in-sync replicas have it.

        Records with the same key keep their order, also when one has to be sent again.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._publish, batch)

    async def close(self) -> None:
        """Drop the connection; what was not confirmed was not promised."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._drop)
        self._thread.shutdown()

    def _publish(self, batch: Sequence[Outgoing]) -> list[KafkaError | None]:
        producer = self._connected()
        outcomes: list[KafkaError | None] = [None] * len(batch)

        def fail(position: int, error: KafkaError | None, _: object = None) -> None:
            outcomes[position] = error

        for position, record in enumerate(batch):
            try:
                producer.produce(
                    record.topic,
                    record.value,
                    record.key,
                    headers=record.headers,
                    on_delivery=partial(fail, position),
                )
            except BufferError:
                fail(position, KafkaError(_QUEUE_FULL))
            except KafkaException as error:
                fail(position, error.args[0])
        while producer.flush(1):
            pass  # each record ends, at the latest with its delivery timeout
        if self._fatal.is_set():
            self._drop()
        return outcomes

    def _connected(self) -> Producer:
        if self._producer is None:
            self._fatal.clear()
            self._producer = Producer(self._config | {"error_cb": self._note})
        return self._producer

    def _note(self, error: KafkaError) -> None:
        # An idempotent producer that lost its place cannot go on; a new one can.
        if error.fatal():
            self._fatal.set()

    def _drop(self) -> None:
        if self._producer is not None:
            self._producer.purge()
            self._producer.flush(1)
        self._producer = None
