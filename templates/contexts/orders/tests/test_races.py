"""What concurrent transactions on PostgreSQL may and may not do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from kit.clock import new_id, utc_now
from kit.database import Connection, Database, SqlTransactions
from orders.adapters.placements import SqlPlacements
from orders.adapters.read_models import SqlOrderQueries
from orders.adapters.repositories import SqlOrderWork
from orders.application.ports import Reserved
from orders.application.process import OrderProcess, ProcessTiming
from orders.application.service import CancelOrder, OrderService, PlacedOrder, PlaceOrder
from orders.domain.errors import IdempotencyInProgressError
from orders.domain.idempotency import IdempotencyKey, fingerprint
from orders.domain.order import Order
from orders.domain.states import OrderStatus
from tests.orders.memory import MemoryStock

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]
PRODUCT = UUID(int=1)


def service_on(database: Database) -> OrderService:
    transactions = SqlTransactions(database, SqlOrderWork)
    return OrderService(transactions, SqlPlacements(database), utc_now, new_id)


def request(key: str = "the-same-key") -> PlaceOrder:
    return PlaceOrder(user_id=UUID(int=9), idempotency_key=key, lines=((PRODUCT, 1),))


class Unended(Database):
    """Its statements are parts of a transaction that has not ended."""

    def __init__(self, connection: Connection) -> None:
        super().__init__("")
        self._connection = connection

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[Connection]:
        yield self._connection


async def events_of(database: Database, order_id: UUID) -> list[str]:
    async with database.reading() as connection:
        cursor = await connection.execute(
            "SELECT type FROM orders.outbox WHERE key = %s ORDER BY id", (str(order_id),)
        )
        return [name for (name,) in await cursor.fetchall()]


async def test_concurrent_repeats_place_one_order(database: Database) -> None:
    service = service_on(database)
    for attempt in range(10):
        command = request(f"attempt-{attempt}")
        outcomes = await asyncio.gather(
            *(service.place(command) for _ in range(8)), return_exceptions=True
        )
        answers = [outcome for outcome in outcomes if isinstance(outcome, PlacedOrder)]
        refusals = [outcome for outcome in outcomes if not isinstance(outcome, PlacedOrder)]
        assert len({answer.order.id for answer in answers}) == 1
        assert sum(not answer.replayed for answer in answers) == 1
        assert {type(refusal) for refusal in refusals} <= {IdempotencyInProgressError}
    page = await SqlOrderQueries(database).page(UUID(int=9), 100, None)
    assert len(page) == 10


async def test_a_repeat_does_not_wait_for_a_request_that_has_not_ended(database: Database) -> None:
    command = request()
    order, placed = Order.place(uuid4(), command.user_id, command.lines, utc_now())
    first = IdempotencyKey(
        user_id=command.user_id,
        key=command.idempotency_key,
        fingerprint=fingerprint(command.lines),
        order_id=order.id,
        created_at=order.created_at,
    )
    async with database.dedicated() as connection:
        async with connection.transaction():
            await SqlPlacements(Unended(connection)).place_once(first, order, placed)
            with pytest.raises(IdempotencyInProgressError):
                await service_on(database).place(command)
        assert (await service_on(database).place(command)).replayed


async def test_an_order_is_placed_whole_or_not_at_all(database: Database) -> None:
    command = request()
    placed = await service_on(database).place(command)
    twin = OrderService(
        SqlTransactions(database, SqlOrderWork),
        SqlPlacements(database),
        utc_now,
        lambda: placed.order.id,
    )
    with pytest.raises(psycopg.errors.UniqueViolation):
        await twin.place(request("another-key"))
    assert await events_of(database, placed.order.id) == ["orders.order-placed.v1"]
    assert not (await service_on(database).place(request("another-key"))).replayed


async def test_placing_wakes_the_relay_and_a_repeat_does_not(database: Database) -> None:
    woken: list[None] = []
    placements = SqlPlacements(database, lambda: woken.append(None))
    transactions = SqlTransactions(database, SqlOrderWork)
    service = OrderService(transactions, placements, utc_now, new_id)
    for _ in range(2):
        await service.place(request())
        assert len(woken) == 1


async def test_a_cancel_and_an_answer_settle_on_one_end(database: Database) -> None:
    service = service_on(database)
    process = OrderProcess(SqlTransactions(database, SqlOrderWork), MemoryStock(), utc_now)
    for attempt in range(20):
        placed = await service.place(request(f"attempt-{attempt}"))
        order_id = placed.order.id
        answer = Reserved(order_id=order_id, prices={PRODUCT: 100}, currency="EUR")
        cancel = CancelOrder(user_id=UUID(int=9), order_id=order_id)
        await asyncio.gather(process.record([answer]), service.cancel(cancel))
        order = await SqlOrderQueries(database).one(UUID(int=9), order_id)
        assert order is not None
        assert order.status is OrderStatus.CANCELLED
        published = [name.split(".")[1] for name in await events_of(database, order_id)]
        # Either the answer came first, or it found the order cancelled and published that again.
        assert published in (
            ["order-placed", "order-confirmed", "order-cancelled"],
            ["order-placed", "order-cancelled", "order-cancelled"],
        )


async def test_concurrent_cancels_are_one(database: Database) -> None:
    service = service_on(database)
    placed = await service.place(request())
    cancel = CancelOrder(user_id=UUID(int=9), order_id=placed.order.id)
    views = await asyncio.gather(*(service.cancel(cancel) for _ in range(8)))
    assert len({view.updated_at for view in views}) == 1
    assert len(await events_of(database, placed.order.id)) == 2


async def test_concurrent_resumes_settle_each_order_once(database: Database) -> None:
    service = service_on(database)
    timing = ProcessTiming(resume_after=timedelta(0))
    process = OrderProcess(SqlTransactions(database, SqlOrderWork), MemoryStock(), utc_now, timing)
    placed = [await service.place(request(f"attempt-{attempt}")) for attempt in range(10)]
    await asyncio.gather(*(process.resume() for _ in range(4)))
    for each in placed:
        assert len(await events_of(database, each.order.id)) == 2
