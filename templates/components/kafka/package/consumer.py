"""A member of a consumer group: polls, hands over, commits what is done with."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import structlog
from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from kit.logs import describe
from kit_kafka.brokers import Brokers
from kit_kafka.envelope import Record, record_of
from kit_kafka.handling import Handling
from kit_kafka.settings import KafkaSettings
from kit_kafka.topics import Topic
from kit_kafka.trouble import UnavailableError

_log = structlog.get_logger()

T = TypeVar("T")
_POLL_SECONDS = 0.2
_WAIT_SECONDS = 1.0
_RETRY_SECONDS = 0.5
Place = tuple[str, int]


class EventConsumer:
    """Handles the events of some topics for one consumer group, from start to a clean stop.

    Back-pressure is in the order of things: no record is polled before the ones before it are
    stored, and librdkafka fetches ahead a bounded number of bytes.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        brokers: Brokers,
        handling: Handling,
        topics: Sequence[Topic],
        *,
        batch: int = 100,
    ) -> None:
        self.name = f"consumer {handling.group}"
        self.handling = handling
        self._brokers = brokers
        self._topics = topics
        self._batch = batch
        self._config = _configuration(settings, handling.group)
        self._inbox_age = timedelta(days=settings.retention_inbox_days)
        # librdkafka's calls block, and its callbacks run within them: one thread makes them all.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"consumer-{handling.group}")
        self._stopping = asyncio.Event()
        self._consumer: Consumer | None = None
        self._paused = False
        self._lost: set[Place] = set()
        self._next: dict[Place, int] = {}

    def stop(self) -> None:
        """Let `run` return after the batch that it is at, and leave the group."""
        self._stopping.set()

    async def run(self) -> None:
        """Consume until `stop`; outlives brokers and databases that go away."""
        while not self._stopping.is_set():
            if not await self._unless_stopped(self._brokers.wait_until_ready()):
                return
            tasks = [asyncio.create_task(self._consume()), asyncio.create_task(self._retry())]
            try:
                await asyncio.gather(*tasks)
            except Exception as error:  # noqa: BLE001 - what was not committed is read again
                _log.error("consumer begins anew", consumer=self.name, error=describe(error))
                await asyncio.sleep(_WAIT_SECONDS)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await self._leave()

    async def run_once(self) -> int:
        """Try again an event that is due; how many that were."""
        return int(await self.handling.retry_due())

    async def purge(self) -> bool:
        """Forget a batch of what was handled long ago; whether there was any."""
        async with self.handling.transaction() as session:
            return await self.handling.inbox.purge(session, self._inbox_age)

    async def observe(self) -> None:
        """Set the gauges; called when Prometheus asks."""
        group, metrics = self.handling.group, self.handling.metrics
        metrics.paused.labels(group).set(self._paused)
        async with self.handling.transaction() as session:
            waiting = await self.handling.inbox.count_waiting(session)
        metrics.retries.labels(group).set(waiting)
        for (topic, partition), lag in (await self._call(self._lag)).items():
            metrics.lag.labels(group, topic, str(partition)).set(lag)

    async def _consume(self) -> None:
        self._consumer = Consumer(self._config | {"on_commit": self._committed})
        await self._call(
            self._consumer.subscribe,
            [topic.name for topic in self._topics],
            on_assign=self._assigned,
            on_revoke=self._revoked,
            on_lost=self._revoked,
        )
        while not self._stopping.is_set():
            self._lost.clear()
            records = await self._call(self._poll)
            while records and not self._stopping.is_set():
                try:
                    done = await self.handling.handle(records)
                except UnavailableError as error:
                    records = await self._hold(records, error)
                else:
                    await self._call(self._commit, records[:done])
                    records = self._still_ours(records[done:])

    async def _retry(self) -> None:
        while not self._stopping.is_set():
            try:
                while await self.run_once():
                    pass
            except Exception as error:  # noqa: BLE001 - the next round may succeed
                if not isinstance(error, UnavailableError):
                    _log.warning("retries failed", consumer=self.name, error=describe(error))
            await self._pause(_RETRY_SECONDS)

    async def _hold(self, records: list[Record], error: UnavailableError) -> list[Record]:
        """Stay in the group without fetching until the database answers; what is still ours."""
        _log.warning("consumer paused", consumer=self.name, error=describe(error))
        self._paused = True
        await self._call(self._pause_all)
        while not self._stopping.is_set():
            records = self._still_ours(records + await self._call(self._poll))
            try:
                await self.handling.database.ping()
            except Exception:  # noqa: BLE001, S112 - it is what we wait for
                continue
            await self._pause(_WAIT_SECONDS)
            break
        self._paused = False
        await self._call(self._resume_all)
        _log.info("consumer resumes", consumer=self.name)
        return records

    def _still_ours(self, records: list[Record]) -> list[Record]:
        return [each for each in records if (each.topic, each.partition) not in self._lost]

    async def _leave(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await self._call(consumer.close)
        self._next.clear()

    async def _call(self, function: Callable[..., T], *args: Any, **options: Any) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, partial(function, *args, **options))

    async def _pause(self, seconds: float) -> None:
        with_timeout = asyncio.wait_for(self._stopping.wait(), seconds)
        try:
            await with_timeout
        except TimeoutError:
            return

    async def _unless_stopped(self, work: Any) -> bool:
        task = asyncio.ensure_future(work)
        stopped = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        finished: bool = task.done()
        if not finished:
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return finished

    # What follows runs in the consumer's thread.

    def _poll(self) -> list[Record]:
        consumer = self._must()
        first = consumer.poll(_POLL_SECONDS)
        if first is None:
            return []
        # What is here already; waiting for more would cost the first one its time.
        rest = consumer.consume(self._batch - 1, 0) if self._batch > 1 else []
        return [record for each in (first, *rest) if (record := self._record(each)) is not None]

    def _record(self, message: Message) -> Record | None:
        error = message.error()
        if error is not None:
            if error.fatal() or error.code() == KafkaError._FATAL:  # noqa: SLF001
                raise KafkaException(error)
            _log.warning("consumer error", consumer=self.name, error=error.str())
            return None
        return record_of(message)

    def _commit(self, records: Sequence[Record]) -> None:
        ends: dict[Place, int] = {}
        for record in records:
            place = (record.topic, record.partition)
            if place not in self._lost:
                ends[place] = record.offset + 1
        if not ends:
            return
        offsets = [TopicPartition(*place, offset) for place, offset in ends.items()]
        try:
            # Not waited for: a member that its group gave up meanwhile would wait for ever, because
            # it learns of that in a poll only. `close` waits for what is under way.
            self._must().commit(offsets=offsets, asynchronous=True)
        except KafkaException as error:
            self._committed(error.args[0], offsets)
        self._next.update(ends)

    def _committed(self, error: KafkaError | None, _: list[TopicPartition]) -> None:
        if error is not None:
            # Somebody gets the records again, and the inbox absorbs them.
            _log.warning("offsets not committed", consumer=self.name, error=error.str())

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        consumer.incremental_assign(partitions)
        if self._paused:
            consumer.pause(partitions)

    def _revoked(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        # Nothing to commit: offsets are committed before the next poll, and this runs in a poll.
        for each in partitions:
            self._lost.add((each.topic, each.partition))
            self._next.pop((each.topic, each.partition), None)

    def _pause_all(self) -> None:
        consumer = self._must()
        consumer.pause(consumer.assignment())

    def _resume_all(self) -> None:
        consumer = self._must()
        consumer.resume(consumer.assignment())

    def _must(self) -> Consumer:
        if self._consumer is None:
            raise RuntimeError("the consumer is closed")
        return self._consumer

    def _lag(self) -> dict[Place, int]:
        consumer = self._consumer
        if consumer is None:
            return {}
        assigned = consumer.assignment()
        unknown = [each for each in assigned if (each.topic, each.partition) not in self._next]
        # Asked once: nothing is consumed meanwhile.
        for each in consumer.committed(unknown, timeout=2) if unknown else ():
            begin = each.offset
            if begin < 0:
                begin, _ = consumer.get_watermark_offsets(each, timeout=1)
            self._next.setdefault((each.topic, each.partition), begin)
        found = {}
        for each in assigned:
            place = (each.topic, each.partition)
            low, high = consumer.get_watermark_offsets(each, cached=True)
            if high < 0:  # nothing was fetched yet
                low, high = consumer.get_watermark_offsets(each, timeout=1)
            found[place] = max(0, high - max(low, self._next.get(place, 0)))
        return found


def _configuration(settings: KafkaSettings, group: str) -> dict[str, Any]:
    config = settings.kafka_client(f"{group}-consumer") | {
        "group.id": group,
        "group.protocol": settings.kafka_group_protocol,
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "allow.auto.create.topics": False,
        "queued.max.messages.kbytes": 16_384,
    }
    if settings.kafka_group_protocol == "classic":
        # The newer protocol rebalances so in any case, at the brokers.
        config["partition.assignment.strategy"] = "cooperative-sticky"
    return config
