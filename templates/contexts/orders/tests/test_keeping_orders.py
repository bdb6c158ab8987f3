"""What every way to keep orders must do."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from kit.background import purging
from kit.clock import new_id, utc_now
from kit.database import Database
from orders.adapters.placements import SqlPlacements
from orders.adapters.tables import idempotency_keys
from orders.application.ports import OrderView, PendingOrders, Placements, view_of
from orders.domain.events import OrderPlaced
from orders.domain.idempotency import IdempotencyKey
from orders.domain.order import Order
from orders.domain.states import OrderStatus, Rejection
from tests.orders.builders import NOON
from tests.orders.conftest import Adapters

pytestmark = pytest.mark.anyio
LATER = NOON + timedelta(minutes=1)
BREAD, MILK = UUID(int=1), UUID(int=2)


class Interrupted(Exception):  # noqa: N818 - stands for any
    """Something went wrong inside a transaction."""


def key_of(order: Order, key: str | None = None) -> IdempotencyKey:
    return IdempotencyKey(
        user_id=order.user_id,
        key=key or str(order.id),
        fingerprint=b"\x00\xff",
        order_id=order.id,
        created_at=order.created_at,
    )


def new_order(user_id: UUID | None = None, at: datetime = NOON) -> tuple[Order, OrderPlaced]:
    return Order.place(new_id(), user_id or uuid4(), [(BREAD, 2), (MILK, 3)], at)


async def placed(placements: Placements, user_id: UUID | None = None, at: datetime = NOON) -> Order:
    order, event = new_order(user_id, at)
    assert await placements.place_once(key_of(order), order, event) is None
    return order


async def test_an_order_comes_back_as_it_was_kept(adapters: Adapters) -> None:
    order = await placed(adapters.placements)
    async with adapters.transactions() as work:
        found = await work.orders.get(order.id)
        missing = await work.orders.get(uuid4())
    assert missing is None
    assert found is not None
    assert view_of(found) == view_of(order)
    assert await adapters.queries.known_orders([order.id, uuid4()]) == {order.id}
    assert found.user_id == order.user_id
    assert await adapters.published() == ["orders.order-placed.v1"]


async def test_changes_and_events_are_kept_on_commit(adapters: Adapters) -> None:
    first, second = await placed(adapters.placements), await placed(adapters.placements)
    async with adapters.transactions() as work:
        one, two = await work.orders.get(first.id), await work.orders.get(second.id)
        assert one is not None
        assert two is not None
        for event in (
            one.confirm({BREAD: 250, MILK: 120}, "EUR", LATER),
            two.reject(Rejection.OUT_OF_STOCK, LATER),
        ):
            assert event is not None
            work.publish(event)
    confirmed = await adapters.queries.one(first.user_id, first.id)
    rejected = await adapters.queries.one(second.user_id, second.id)
    assert confirmed is not None
    assert rejected is not None
    assert (confirmed.status, confirmed.total_cents, confirmed.currency) == (
        OrderStatus.CONFIRMED,
        860,
        "EUR",
    )
    assert [line.unit_price_cents for line in confirmed.lines] == [250, 120]
    assert (confirmed.created_at, confirmed.updated_at) == (NOON, LATER)
    assert (rejected.status, rejected.reason) == (OrderStatus.REJECTED, Rejection.OUT_OF_STOCK)
    assert sorted((await adapters.published())[2:]) == [
        "orders.order-confirmed.v1",
        "orders.order-rejected.v1",
    ]


async def test_an_exception_leaves_everything_as_it_was(adapters: Adapters) -> None:
    order = await placed(adapters.placements)

    async def interrupted() -> None:
        async with adapters.transactions() as work:
            found = await work.orders.get(order.id)
            assert found is not None
            event = found.cancel(LATER)
            assert event is not None
            work.publish(event)
            raise Interrupted

    with pytest.raises(Interrupted):
        await interrupted()
    page = await adapters.queries.page(order.user_id, 10, None)
    assert [view.status for view in page] == [OrderStatus.PENDING]
    assert await adapters.published() == ["orders.order-placed.v1"]


async def test_pending_orders_are_found_oldest_first(adapters: Adapters) -> None:
    minutes = (2, 1, 3, 0)
    made = [
        await placed(adapters.placements, at=NOON + timedelta(minutes=minute)) for minute in minutes
    ]
    async with adapters.transactions() as work:
        cancelled = await work.orders.get(made[1].id)
        assert cancelled is not None
        cancelled.cancel(LATER)
    async with adapters.transactions() as work:
        before = NOON + timedelta(minutes=3)
        waiting = await work.orders.pending_since(before, 10)
        oldest = await work.orders.pending_since(before, 1)
    assert [order.id for order in waiting] == [made[3].id, made[0].id]
    assert [order.id for order in oldest] == [made[3].id]


async def test_a_key_places_one_order_of_each_user(adapters: Adapters) -> None:
    order, event = new_order()
    key = key_of(order)
    assert await adapters.placements.place_once(key, order, event) is None
    again, repeated = new_order(order.user_id)
    repeat = replace(key_of(again, key.key), fingerprint=b"other", created_at=LATER)
    assert await adapters.placements.place_once(repeat, again, repeated) == key
    assert await adapters.queries.one(again.user_id, again.id) is None
    assert await adapters.published() == ["orders.order-placed.v1"]
    other, event = new_order()
    assert await adapters.placements.place_once(key_of(other, key.key), other, event) is None


@pytest.mark.postgres
async def test_keys_are_forgotten_by_age(database: Database) -> None:
    placements, user_id, now = SqlPlacements(database), uuid4(), utc_now()
    old = key_of(await placed(placements, user_id, now - timedelta(hours=49)))
    fresh = key_of(await placed(placements, user_id, now))
    await purging(database, idempotency_keys.c.created_at, timedelta(hours=48)).run()
    for key, earlier in ((old, None), (fresh, fresh)):
        order, event = new_order(user_id)
        repeat = key_of(order, key.key)
        assert await placements.place_once(repeat, order, event) == earlier


async def test_a_reader_sees_his_own_orders_only(adapters: Adapters) -> None:
    order = await placed(adapters.placements)
    assert await adapters.queries.one(order.user_id, order.id) == view_of(order)
    assert await adapters.queries.one(uuid4(), order.id) is None
    assert await adapters.queries.one(order.user_id, uuid4()) is None
    assert not await adapters.queries.page(uuid4(), 10, None)


async def test_pages_are_newest_first_and_stable_under_inserts(adapters: Adapters) -> None:
    user_id = uuid4()
    made = [(await placed(adapters.placements, user_id)).id for _ in range(5)]
    seen: list[OrderView] = []
    after: UUID | None = None
    while page := await adapters.queries.page(user_id, 2, after):
        seen.extend(page)
        await placed(adapters.placements, user_id)
        after = page[-1].id
    assert [view.id for view in seen] == made[::-1]


async def test_pending_orders_are_counted_and_the_oldest_is_known(adapters: Adapters) -> None:
    assert await adapters.queries.pending() == PendingOrders(count=0, oldest=None)
    left = await placed(adapters.placements)
    order = await placed(adapters.placements)
    async with adapters.transactions() as work:
        found = await work.orders.get(order.id)
        assert found is not None
        found.cancel(LATER)
    waiting = PendingOrders(count=1, oldest=left.created_at)
    assert await adapters.queries.pending() == waiting
