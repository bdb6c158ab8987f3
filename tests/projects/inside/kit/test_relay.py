"""The relay delivers at least once, gives up at last, and shares an outbox with others."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import psycopg
import pytest
from opentelemetry.trace import SpanKind
from psycopg import sql

from kit.background import Backoff
from kit.database import Connection, Database, SqlTransactions
from kit.messages import Consumer, Message
from kit.metrics import Metrics
from kit.relay import Backlog, Policy, Relay
from kit.tracing import outgoing_headers, span, trace_ids
from tests.kit.conftest import OUTBOX, Counted, Work

pytestmark = pytest.mark.postgres


class Receiver:
    """A consumer that remembers what it is offered; fails for the values that a test names."""

    def __init__(self, *fails: int, name: str = "receiver", at_once: int = 1) -> None:
        self.name = name
        self.at_once = at_once
        self.fails = set(fails)
        self.away = False
        self.received: list[object] = []
        self.calls: list[list[object]] = []
        self.traces: list[str] = []

    async def deliver(self, messages: Sequence[Message]) -> None:
        """Take messages."""
        values = [each.payload["value"] for each in messages]
        self.calls.append(values)
        self.received += values
        self.traces += [outgoing_headers(each.key).get("traceparent", "") for each in messages]
        if self.away or self.fails & set(values):
            raise ConnectionError("nobody@example.org does not answer\nDETAIL: secret")


class All:
    """Consumers that take every message."""

    def __init__(self, *consumers: Consumer) -> None:
        self._consumers = consumers

    def of(self, _: str) -> Sequence[Consumer]:
        """All."""
        return self._consumers

    def all(self) -> Sequence[Consumer]:
        """All."""
        return self._consumers


class Doing(Receiver):
    """A consumer that does something with each message."""

    def __init__(self, work: Callable[[Message], Awaitable[object]]) -> None:
        super().__init__()
        self._work = work

    async def deliver(self, messages: Sequence[Message]) -> None:
        """Do it."""
        for message in messages:
            await self._work(message)


async def publish(transactions: SqlTransactions[Work], events: Sequence[Counted]) -> None:
    async with transactions() as work:
        for event in events:
            work.publish(event)


def uuid7_at(time: datetime) -> UUID:
    """An identifier as a host makes it whose clock says so."""
    return UUID(int=int(time.timestamp() * 1000) << 80 | 0x7 << 76 | 0x2 << 62)


def rows(url: str, columns: str, table: str = "outbox") -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            f"SELECT {columns} FROM kit_test.{table} ORDER BY position".encode()  # noqa: S608
        ).fetchall()


def make_due(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE kit_test.outbox_owed SET next_attempt_at = now()")


async def test_messages_are_delivered_once_and_in_the_order_of_their_key(
    database: Database, transactions: SqlTransactions[Work]
) -> None:
    await publish(transactions, [Counted(value) for value in range(5)])
    receiver = Receiver()
    relay = Relay(database, OUTBOX, All(receiver))
    assert await relay.run_once() == 5
    assert await relay.run_once() == 0
    assert receiver.received == [0, 1, 2, 3, 4]


async def test_it_tells_what_it_has_handed_over_and_what_failed(
    database: Database, transactions: SqlTransactions[Work], empty_schema: str
) -> None:
    await publish(transactions, [Counted(value) for value in range(5)])
    receiver = Receiver(3)
    relay = Relay(database, OUTBOX, All(receiver))
    metrics = Metrics()
    relay.tell = partial(metrics.tell, "kit_test.outbox")
    await relay.run_once()
    receiver.fails.clear()
    make_due(empty_schema)
    while await relay.run_once():
        pass
    text = (await metrics.render()).decode()
    of = 'relay_messages_total{consumer="receiver",outbox="kit_test.outbox"'
    assert f'{of},outcome="delivered"}} 5.0' in text
    assert f'{of},outcome="failed"}} 1.0' in text
    assert 'consumer_event_age_seconds_count{consumer="receiver"} 5.0' in text


async def test_a_failure_is_tried_again_later_and_holds_up_no_other(
    database: Database, transactions: SqlTransactions[Work], empty_schema: str
) -> None:
    await publish(transactions, [Counted(1, "a"), Counted(2, "b")])
    receiver = Receiver(1)
    relay = Relay(database, OUTBOX, All(receiver))
    await relay.run_once()
    owed = rows(empty_schema, "consumer, key, attempts, next_attempt_at > now()", "outbox_owed")
    assert owed == [("receiver", "a", 1, True)]
    [(error,)] = rows(empty_schema, "last_error", "outbox_owed")
    assert error == "ConnectionError: [address] does not answer"
    assert await relay.run_once() == 0
    receiver.fails.clear()
    make_due(empty_schema)
    assert await relay.run_once() == 1
    assert receiver.received.count(1) == 2
    assert rows(empty_schema, "key", "outbox_owed") == []


async def test_what_fails_too_often_is_parked_and_counted(
    database: Database, transactions: SqlTransactions[Work], empty_schema: str
) -> None:
    await publish(transactions, [Counted(1), Counted(2)])
    policy = Policy(backoff=Backoff([0.5]))
    relay = Relay(database, OUTBOX, All(Receiver(1)), policy)
    waiting = await relay.backlog()
    assert (waiting.waiting, waiting.parked) == (2, 0)
    assert waiting.oldest_seconds >= 0
    await relay.run_once()
    assert (await relay.backlog()).waiting == 2
    for _ in range(2):
        make_due(empty_schema)
        await relay.run_once()
    # What came after it waits no longer.
    assert await relay.backlog() == Backlog(waiting=0, oldest_seconds=0, parked=1)


async def test_a_consumer_that_is_away_keeps_nothing_from_another_one(
    database: Database, transactions: SqlTransactions[Work], empty_schema: str
) -> None:
    dead, healthy = Receiver(name="dead"), Receiver(name="healthy")
    dead.away = True
    relay = Relay(database, OUTBOX, All(dead, healthy), Policy(batch=5))
    await publish(transactions, [Counted(value, str(value)) for value in range(20)])
    while len(healthy.received) < 20:
        await relay.run_once()
    asked = len(dead.received)
    # Four batches wait for the dead one, and all of that is due.
    make_due(empty_schema)
    await publish(transactions, [Counted(20, "20"), Counted(21, "21")])
    await relay.run_once()
    assert healthy.received[-2:] == [20, 21]
    assert len(dead.received) - asked <= 5, "what is new was tried with it"
    dead.away = False
    while rows(empty_schema, "key", "outbox_owed"):
        relay._lanes["dead"]._probed_at = -math.inf
        make_due(empty_schema)
        await relay.run_once()
    assert set(range(22)) <= set(dead.received)
    assert sorted(healthy.received, key=str) == sorted(range(22), key=str)


async def test_a_consumer_that_is_slow_is_left_to_itself(
    database: Database, transactions: SqlTransactions[Work], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.lanes._SHARE_SECONDS", 0.05)

    async def slowly(_: Message) -> None:
        await asyncio.sleep(0.1)

    healthy = Receiver(name="healthy")
    slow = Doing(slowly)
    relay = Relay(database, OUTBOX, All(slow, healthy), Policy(concurrency=1))
    await publish(transactions, [Counted(value, str(value)) for value in range(5)])
    async with database.dedicated() as connection:
        await relay._deliver_batch(connection)
        await publish(transactions, [Counted(5, "5")])
        await relay._deliver_batch(connection)
    assert sorted(healthy.received, key=str) == list(range(6))
    assert (await relay.backlog()).waiting == 5
    assert await relay.run_once() == 5


async def test_a_poisoned_message_opens_no_circuit_and_holds_up_its_key_alone(
    database: Database, transactions: SqlTransactions[Work], empty_schema: str
) -> None:
    receiver, other = Receiver(0, name="one"), Receiver(name="other")
    relay = Relay(database, OUTBOX, All(receiver, other))
    await publish(transactions, [Counted(0, "a"), Counted(1, "a"), Counted(2, "b")])
    for _ in range(8):
        await relay.run_once()
        make_due(empty_schema)
    await publish(transactions, [Counted(3, "a"), Counted(4, "b")])
    await relay.run_once()
    assert receiver.received.count(0) > 5
    assert [value for value in receiver.received if value] == [2, 4]
    assert other.received[0] == 0
    assert sorted(other.received, key=str) == [0, 1, 2, 3, 4]
    receiver.fails.clear()
    for _ in range(3):
        make_due(empty_schema)
        await relay.run_once()
    assert [value for value in receiver.received if value] == [2, 4, 1, 3]


async def test_the_order_of_a_key_is_the_databases_and_no_clocks(
    database: Database, transactions: SqlTransactions[Work]
) -> None:
    early, late = (
        uuid7_at(datetime(2030, 1, 1, tzinfo=UTC)),
        uuid7_at(datetime(2031, 1, 1, tzinfo=UTC)),
    )
    for value, identifier in ((1, late), (2, early)):
        async with transactions() as work:
            work.publish(Counted(value), identifier)
    receiver = Receiver()
    await Relay(database, OUTBOX, All(receiver)).run_once()
    assert receiver.received == [1, 2]


async def test_relays_at_once_keep_the_order_of_every_key(
    database: Database, transactions: SqlTransactions[Work]
) -> None:
    received: list[tuple[str, object]] = []

    async def slowly(message: Message) -> None:
        await asyncio.sleep(0.002)
        received.append((message.key, message.payload["value"]))

    for value in range(5):
        await publish(transactions, [Counted(value, str(key)) for key in range(8)])
    relays = [Relay(database, OUTBOX, All(Doing(slowly)), Policy(batch=4)) for _ in range(2)]
    while len(received) < 40:
        await asyncio.gather(*(relay.run_once() for relay in relays))
    for key in range(8):
        assert [value for k, value in received if k == str(key)] == list(range(5))


async def test_a_handler_that_hangs_is_a_failure(
    database: Database, transactions: SqlTransactions[Work], empty_schema: str
) -> None:
    async def hang(_: Message) -> None:
        await asyncio.sleep(60)

    await publish(transactions, [Counted(1)])
    await Relay(database, OUTBOX, All(Doing(hang)), Policy(deadline_seconds=0.05)).run_once()
    assert rows(empty_schema, "attempts", "outbox_owed") == [(1,)]


async def test_two_relays_share_the_work(
    database: Database, transactions: SqlTransactions[Work]
) -> None:
    await publish(transactions, [Counted(value, str(value)) for value in range(60)])
    both = Receiver()

    async def slowly(message: Message) -> None:
        await asyncio.sleep(0.005)
        await both.deliver([message])

    relays = [Relay(database, OUTBOX, All(Doing(slowly)), Policy(batch=10)) for _ in range(2)]
    while sum(await asyncio.gather(*(relay.run_once() for relay in relays))):
        pass
    assert sorted(both.received, key=str) == sorted(range(60), key=str)


async def test_what_a_crash_interrupts_is_delivered_again(
    database: Database, transactions: SqlTransactions[Work]
) -> None:
    await publish(transactions, [Counted(1)])
    reached = asyncio.Event()

    async def crash(_: Message) -> None:
        reached.set()
        await asyncio.sleep(60)

    doomed = asyncio.create_task(Relay(database, OUTBOX, All(Doing(crash))).run_once())
    await reached.wait()
    doomed.cancel()
    await asyncio.gather(doomed, return_exceptions=True)
    receiver = Receiver()
    await Relay(database, OUTBOX, All(receiver)).run_once()
    assert receiver.received == [1]


async def test_a_woken_relay_delivers_at_once_and_stops_cleanly(database: Database) -> None:
    receiver = Receiver()
    relay = Relay(database, OUTBOX, All(receiver), Policy(poll_seconds=60))
    published = SqlTransactions(database, Work, relay.wake)
    running = asyncio.create_task(relay.run())
    await asyncio.sleep(0.2)
    await publish(published, [Counted(7)])
    async with asyncio.timeout(2):
        while not receiver.received:
            await asyncio.sleep(0.01)
        relay.stop()
        await running
    assert receiver.received == [7]


async def test_the_trace_goes_along_with_the_message(
    database: Database, transactions: SqlTransactions[Work]
) -> None:
    traces: list[str] = []

    async def remember(_: Message) -> None:
        traces.append(trace_ids()["trace_id"])

    with span("request", SpanKind.SERVER):
        began = trace_ids()["trace_id"]
        await publish(transactions, [Counted(1)])
    await Relay(database, OUTBOX, All(Doing(remember))).run_once()
    assert traces == [began]


async def test_what_waits_is_delivered_together_and_what_fails_alone(
    database: Database, transactions: SqlTransactions[Work], empty_schema: str
) -> None:
    await publish(
        transactions, [Counted(0, "a"), Counted(1, "b"), Counted(2, "c"), Counted(4, "a")]
    )
    receiver = Receiver(1, at_once=100)
    relay = Relay(database, OUTBOX, All(receiver))
    assert await relay.run_once() == 4
    assert receiver.calls == [[0, 1, 2], [0], [1], [2], [4]]
    assert rows(empty_schema, "key", "outbox_owed") == [("b",)]


async def test_each_trace_goes_along_when_messages_are_delivered_together(
    database: Database, transactions: SqlTransactions[Work]
) -> None:
    began = []
    for value, key in ((2, "a"), (4, "b")):
        with span("request", SpanKind.SERVER):
            began.append(trace_ids()["trace_id"])
            await publish(transactions, [Counted(value, key)])
    receiver = Receiver(at_once=100)
    await Relay(database, OUTBOX, All(receiver)).run_once()
    assert receiver.calls == [[2, 4]]
    assert [each.split("-")[1] for each in receiver.traces] == began


async def test_the_backlog_is_counted_without_a_look_at_what_was_delivered(
    database: Database, empty_schema: str
) -> None:
    relay = Relay(database, OUTBOX, All(Receiver()))
    with psycopg.connect(empty_schema) as connection:
        connection.execute("SET enable_seqscan = off")
        plan = connection.execute(sql.SQL("EXPLAIN ") + relay._statements.backlog).fetchall()
    assert "Seq Scan" not in str(plan)
    assert str(plan).count("ix_outbox_") == 3


async def test_a_batch_is_read_in_the_order_of_the_queues_index(
    database: Database, empty_schema: str
) -> None:
    """Also with statistics that say that hardly anything waits, as they do when much has come."""
    with psycopg.connect(empty_schema, autocommit=True) as connection:
        for count in (1, 3000):
            connection.execute(
                "INSERT INTO kit_test.outbox (id, type, key, payload, headers, occurred_at)"
                " SELECT gen_random_uuid(), 'counted', n::text, '{}', '{}', now()"
                " FROM generate_series(1, %s) AS n",
                (count,),
            )
            if count == 1:
                connection.execute("ANALYZE kit_test.outbox")
    relay = Relay(database, OUTBOX, All())
    async with relay._connected() as connected:
        shards = await relay._lock(connected)
        for asked, values in ((relay._statements.lock, ()), (relay._statements.take, (shards, 9))):
            planned = await connected.execute(sql.SQL("EXPLAIN ") + asked, values)
            plan = "\n".join([line for (line,) in await planned.fetchall()])
            assert "Index Scan using ix_outbox_undelivered" in plan
            assert "Bitmap" not in plan


async def test_what_comes_before_a_debt_is_looked_for_by_its_key(
    database: Database, empty_schema: str
) -> None:
    """Also while statistics are old: else each debt is compared with all others."""
    lease = Relay(database, OUTBOX, All())._owed._statements.lease
    values = {"consumer": "receiver", "limit": 100, "seconds": 30}
    with psycopg.connect(empty_schema) as connection:
        connection.execute(
            "WITH stored AS (INSERT INTO kit_test.outbox"
            " (id, type, key, payload, headers, occurred_at)"
            " SELECT gen_random_uuid(), 'counted', n::text, '{}', '{}', now()"
            " FROM generate_series(1, 20000) AS n RETURNING position, key)"
            " INSERT INTO kit_test.outbox_owed (position, consumer, key, attempts, next_attempt_at)"
            " SELECT position, 'receiver', key, 0, now() FROM stored"
        )
        planned = connection.execute(sql.SQL("EXPLAIN ") + lease, values).fetchall()
    assert "ix_outbox_owed_key on outbox_owed before" in str(planned)


async def test_it_outlives_a_server_that_takes_no_writes(
    transactions: SqlTransactions[Work], empty_schema: str
) -> None:
    class Standby(Database):
        read_only = True

        async def _connect(self, *, autocommit: bool = False) -> Connection:
            connection = await super()._connect(autocommit=autocommit)
            if self.read_only:
                self.read_only = False
                await connection.execute("SET default_transaction_read_only = on")
            return connection

    await publish(transactions, [Counted(1)])
    receiver = Receiver()
    relay = Relay(Standby(empty_schema), OUTBOX, All(receiver))
    running = asyncio.create_task(relay.run())
    async with asyncio.timeout(5):
        while not receiver.received:
            await asyncio.sleep(0.02)
    relay.stop()
    await running


async def test_it_outlives_a_lost_connection(
    database: Database, transactions: SqlTransactions[Work], empty_schema: str
) -> None:
    receiver = Receiver()
    relay = Relay(database, OUTBOX, All(receiver), Policy(poll_seconds=0.05))
    running = asyncio.create_task(relay.run())
    await asyncio.sleep(0.2)
    with psycopg.connect(empty_schema, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'app' AND datname = current_database()"
            " AND query LIKE '%SKIP LOCKED%'"
        )
    await publish(transactions, [Counted(1)])
    async with asyncio.timeout(3):
        while not receiver.received:
            await asyncio.sleep(0.02)
    relay.stop()
    await running


async def test_a_database_that_is_away_is_left_in_peace(empty_schema: str) -> None:
    attempts = []

    class Away(Database):
        async def _connect(self, *, autocommit: bool = False) -> Connection:
            attempts.append(autocommit)
            await asyncio.sleep(0)
            raise psycopg.OperationalError("connection refused")

    relay = Relay(Away(empty_schema), OUTBOX, All(Receiver()))
    relay.wake()
    running = asyncio.create_task(relay.run())
    await asyncio.sleep(0.3)
    relay.stop()
    await running
    assert len(attempts) == 1
