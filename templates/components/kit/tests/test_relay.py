"""The relay delivers at least once, gives up at last, and shares an outbox with others."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import psycopg
import pytest
from opentelemetry.trace import SpanKind
from psycopg import sql

from kit.database import Connection, Database, SqlTransactions
from kit.messages import Message
from kit.relay import Backlog, Policy, Relay
from kit.tracing import outgoing_headers, span, trace_ids
from tests.kit.conftest import OUTBOX, Counted, Work

pytestmark = pytest.mark.postgres


class Receiver:
    """Remembers what is delivered; fails for the values that a test names."""

    def __init__(self, *fails: int) -> None:
        self.fails = set(fails)
        self.received: list[object] = []

    async def __call__(self, message: Message) -> None:
        """Take a message."""
        self.received.append(message.payload["value"])
        if message.payload["value"] in self.fails:
            raise ConnectionError("nobody@example.org does not answer\nDETAIL: secret")


async def publish(transactions: SqlTransactions[Work], events: Sequence[Counted]) -> None:
    async with transactions() as work:
        for event in events:
            work.publish(event)


def rows(url: str, columns: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            f"SELECT {columns} FROM kit_test.outbox ORDER BY id".encode()  # noqa: S608
        ).fetchall()


def make_due(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE kit_test.outbox SET next_attempt_at = now()")


async def test_messages_are_delivered_once_and_in_the_order_of_their_key(
    database: Database, transactions: SqlTransactions[Work]
) -> None:
    await publish(transactions, [Counted(value) for value in range(5)])
    receiver = Receiver()
    relay = Relay(database, OUTBOX, receiver)
    assert await relay.run_once() == 5
    assert await relay.run_once() == 0
    assert receiver.received == [0, 1, 2, 3, 4]


async def test_a_failure_is_tried_again_later_and_holds_up_no_other(
    database: Database, transactions: SqlTransactions[Work], empty_schema: str
) -> None:
    await publish(transactions, [Counted(1, "a"), Counted(2, "b")])
    receiver = Receiver(1)
    relay = Relay(database, OUTBOX, receiver)
    await relay.run_once()
    assert rows(empty_schema, "delivered_at IS NULL, attempts, next_attempt_at > now()") == [
        (True, 1, True),
        (False, 0, False),
    ]
    [(error,), _] = rows(empty_schema, "last_error")
    assert error == "ConnectionError: [address] does not answer"
    assert await relay.run_once() == 0
    receiver.fails.clear()
    make_due(empty_schema)
    assert await relay.run_once() == 1
    assert receiver.received.count(1) == 2


async def test_what_fails_too_often_is_parked_and_counted(
    database: Database, transactions: SqlTransactions[Work], empty_schema: str
) -> None:
    await publish(transactions, [Counted(1)])
    relay = Relay(database, OUTBOX, Receiver(1), Policy(max_attempts=2))
    waiting = await relay.backlog()
    assert (waiting.waiting, waiting.parked) == (1, 0)
    assert waiting.oldest_seconds >= 0
    for _ in range(3):
        await relay.run_once()
        make_due(empty_schema)
    assert await relay.backlog() == Backlog(waiting=0, oldest_seconds=0, parked=1)


async def test_a_handler_that_hangs_is_a_failure(
    database: Database, transactions: SqlTransactions[Work], empty_schema: str
) -> None:
    async def hang(_: Message) -> None:
        await asyncio.sleep(60)

    await publish(transactions, [Counted(1)])
    await Relay(database, OUTBOX, hang, Policy(deadline_seconds=0.05)).run_once()
    assert rows(empty_schema, "attempts, delivered_at") == [(1, None)]


async def test_two_relays_share_the_work(
    database: Database, transactions: SqlTransactions[Work]
) -> None:
    await publish(transactions, [Counted(value, str(value)) for value in range(60)])
    both = Receiver()

    async def slowly(message: Message) -> None:
        await asyncio.sleep(0.005)
        await both(message)

    relays = [Relay(database, OUTBOX, slowly, Policy(batch=10)) for _ in range(2)]
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

    doomed = asyncio.create_task(Relay(database, OUTBOX, crash).run_once())
    await reached.wait()
    doomed.cancel()
    await asyncio.gather(doomed, return_exceptions=True)
    receiver = Receiver()
    await Relay(database, OUTBOX, receiver).run_once()
    assert receiver.received == [1]


async def test_a_woken_relay_delivers_at_once_and_stops_cleanly(database: Database) -> None:
    receiver = Receiver()
    relay = Relay(database, OUTBOX, receiver, Policy(poll_seconds=60))
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
    await Relay(database, OUTBOX, remember).run_once()
    assert traces == [began]


class Together:
    """Takes the messages with even values of many; remembers values and the traces of answers."""

    def __init__(self) -> None:
        self.calls: list[list[object]] = []
        self.traces: list[str] = []

    async def __call__(self, messages: Sequence[Message]) -> set[UUID]:
        """Take some."""
        self.calls.append([each.payload["value"] for each in messages])
        self.traces += [outgoing_headers(each.key).get("traceparent", "") for each in messages]
        return {each.id for each in messages if int(str(each.payload["value"])) % 2 == 0}


async def test_what_waits_is_delivered_together_and_the_rest_alone(
    database: Database, transactions: SqlTransactions[Work], empty_schema: str
) -> None:
    await publish(
        transactions, [Counted(0, "a"), Counted(1, "b"), Counted(2, "c"), Counted(4, "a")]
    )
    together, alone = Together(), Receiver(1)
    relay = Relay(database, OUTBOX, alone, deliver_together=together)
    assert await relay.run_once() == 4
    assert together.calls == [[0, 1, 2]]
    assert sorted(alone.received, key=str) == [1, 4]
    assert rows(empty_schema, "attempts, delivered_at IS NULL") == [
        (0, False),
        (1, True),
        (0, False),
        (0, False),
    ]


async def test_what_failed_is_tried_again_alone(
    database: Database, transactions: SqlTransactions[Work], empty_schema: str
) -> None:
    await publish(transactions, [Counted(1, "a"), Counted(3, "b")])
    together, alone = Together(), Receiver(1, 3)
    relay = Relay(database, OUTBOX, alone, deliver_together=together)
    await relay.run_once()
    make_due(empty_schema)
    alone.fails.clear()
    await relay.run_once()
    assert together.calls == [[1, 3]]
    assert rows(empty_schema, "delivered_at IS NULL") == [(False,), (False,)]


async def test_many_that_hang_are_delivered_alone(
    database: Database, transactions: SqlTransactions[Work]
) -> None:
    async def hang(_: Sequence[Message]) -> set[UUID]:
        await asyncio.sleep(60)
        return set()

    await publish(transactions, [Counted(1, "a"), Counted(2, "b")])
    alone = Receiver()
    policy = Policy(deadline_seconds=0.5)
    await Relay(database, OUTBOX, alone, policy, deliver_together=hang).run_once()
    assert sorted(alone.received, key=str) == [1, 2]


async def test_each_trace_goes_along_when_messages_are_delivered_together(
    database: Database, transactions: SqlTransactions[Work]
) -> None:
    began = []
    for value, key in ((2, "a"), (4, "b")):
        with span("request", SpanKind.SERVER):
            began.append(trace_ids()["trace_id"])
            await publish(transactions, [Counted(value, key)])
    together = Together()
    await Relay(database, OUTBOX, Receiver(), deliver_together=together).run_once()
    assert [each.split("-")[1] for each in together.traces] == began


async def test_old_deliveries_are_forgotten(
    database: Database, transactions: SqlTransactions[Work], empty_schema: str
) -> None:
    await publish(transactions, [Counted(1), Counted(2)])
    relay = Relay(database, OUTBOX, Receiver())
    await relay.run_once()
    with psycopg.connect(empty_schema, autocommit=True) as connection:
        connection.execute(
            "UPDATE kit_test.outbox SET delivered_at = now() - interval '8 days'"
            " WHERE payload->>'value' = '1'"
        )
    running = asyncio.create_task(relay.run())
    async with asyncio.timeout(2):
        while len(rows(empty_schema, "id")) != 1:
            await asyncio.sleep(0.02)
    relay.stop()
    await running


async def test_all_old_deliveries_are_forgotten_however_many(
    database: Database,
    transactions: SqlTransactions[Work],
    empty_schema: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kit.relay._PURGED_AT_ONCE", 2)
    await publish(transactions, [Counted(value) for value in range(5)])
    relay = Relay(database, OUTBOX, Receiver(), Policy(poll_seconds=0.02))
    await relay.run_once()
    with psycopg.connect(empty_schema, autocommit=True) as connection:
        connection.execute("UPDATE kit_test.outbox SET delivered_at = now() - interval '8 days'")
    running = asyncio.create_task(relay.run())
    async with asyncio.timeout(3):
        while rows(empty_schema, "id"):
            await asyncio.sleep(0.02)
    relay.stop()
    await running


async def test_the_backlog_is_counted_without_a_look_at_what_was_delivered(
    database: Database, empty_schema: str
) -> None:
    relay = Relay(database, OUTBOX, Receiver())
    with psycopg.connect(empty_schema) as connection:
        connection.execute("SET enable_seqscan = off")
        plan = connection.execute(sql.SQL("EXPLAIN ") + relay._statements.backlog).fetchall()
    assert "Seq Scan" not in str(plan)
    assert str(plan).count("ix_outbox_") == 2


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
    relay = Relay(Standby(empty_schema), OUTBOX, receiver)
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
    relay = Relay(database, OUTBOX, receiver, Policy(poll_seconds=0.05))
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

    relay = Relay(Away(empty_schema), OUTBOX, Receiver())
    relay.wake()
    running = asyncio.create_task(relay.run())
    await asyncio.sleep(0.3)
    relay.stop()
    await running
    assert len(attempts) == 1
