"""What every way to keep orders must do."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from kit.ids import new_id
from orders.application.ports import Transactions
from orders.application.views import OrderView, view_of
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


def key_of(order_id: UUID) -> IdempotencyKey:
    return IdempotencyKey(
        user_id=UUID(int=5),
        key="one-key",
        fingerprint=b"\x00\xff",
        order_id=order_id,
        created_at=NOON,
    )


async def placed(transactions: Transactions, user_id: UUID | None = None) -> Order:
    order, event = Order.place(new_id(), user_id or uuid4(), [(BREAD, 2), (MILK, 3)], NOON)
    async with transactions() as work:
        work.orders.add(order)
        work.publish(event)
    return order


async def test_an_order_comes_back_as_it_was_kept(adapters: Adapters) -> None:
    order = await placed(adapters.transactions)
    async with adapters.transactions() as work:
        found = await work.orders.get(order.id)
        missing = await work.orders.get(uuid4())
    assert missing is None
    assert found is not None
    assert view_of(found) == view_of(order)
    assert found.user_id == order.user_id
    assert await adapters.published() == ["orders.order-placed.v1"]


async def test_changes_and_events_are_kept_on_commit(adapters: Adapters) -> None:
    first, second = await placed(adapters.transactions), await placed(adapters.transactions)
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
    order = await placed(adapters.transactions)
    new, event = Order.place(new_id(), order.user_id, [(BREAD, 1)], NOON)

    async def interrupted() -> None:
        async with adapters.transactions() as work:
            await work.idempotency.claim(key_of(new.id))
            work.orders.add(new)
            work.publish(event)
            found = await work.orders.get(order.id)
            assert found is not None
            found.cancel(LATER)
            raise Interrupted

    with pytest.raises(Interrupted):
        await interrupted()
    page = await adapters.queries.page(order.user_id, 10, None)
    assert [view.status for view in page.items] == [OrderStatus.PENDING]
    assert len(await adapters.published()) == 1
    async with adapters.transactions() as work:
        assert await work.idempotency.claim(key_of(new.id)) is None


async def test_pending_orders_are_found_oldest_first(adapters: Adapters) -> None:
    made = []
    for minute in (2, 1, 3, 0):
        order, _ = Order.place(new_id(), uuid4(), [(BREAD, 1)], NOON + timedelta(minutes=minute))
        made.append(order)
    made[1].cancel(LATER)
    async with adapters.transactions() as work:
        for order in made:
            work.orders.add(order)
    async with adapters.transactions() as work:
        before = NOON + timedelta(minutes=3)
        waiting = await work.orders.pending_since(before, 10)
        oldest = await work.orders.pending_since(before, 1)
    assert [order.id for order in waiting] == [made[3].id, made[0].id]
    assert [order.id for order in oldest] == [made[3].id]


async def test_a_key_is_kept_once_for_each_user(adapters: Adapters) -> None:
    key = key_of(uuid4())
    async with adapters.transactions() as work:
        assert await work.idempotency.claim(key) is None
    async with adapters.transactions() as work:
        repeat = replace(key, order_id=uuid4(), fingerprint=b"other", created_at=LATER)
        assert await work.idempotency.claim(repeat) == key
        assert await work.idempotency.claim(replace(key, user_id=uuid4())) is None
        assert await work.idempotency.claim(replace(key, key="another")) is None


async def test_keys_are_purged_by_age(adapters: Adapters) -> None:
    old, fresh = key_of(uuid4()), replace(key_of(uuid4()), key="fresh", created_at=LATER)
    async with adapters.transactions() as work:
        await work.idempotency.claim(old)
        await work.idempotency.claim(fresh)
    async with adapters.transactions() as work:
        assert await work.idempotency.purge(LATER) == 1
    async with adapters.transactions() as work:
        assert await work.idempotency.claim(old) is None
        assert await work.idempotency.claim(fresh) == fresh


async def test_a_reader_sees_his_own_orders_only(adapters: Adapters) -> None:
    order = await placed(adapters.transactions)
    assert await adapters.queries.one(order.user_id, order.id) == view_of(order)
    assert await adapters.queries.one(uuid4(), order.id) is None
    assert await adapters.queries.one(order.user_id, uuid4()) is None
    assert not (await adapters.queries.page(uuid4(), 10, None)).items


async def test_pages_are_newest_first_and_stable_under_inserts(adapters: Adapters) -> None:
    user_id = uuid4()
    made = [(await placed(adapters.transactions, user_id)).id for _ in range(5)]
    seen: list[OrderView] = []
    after: UUID | None = None
    while True:
        page = await adapters.queries.page(user_id, 2, after)
        seen.extend(page.items)
        await placed(adapters.transactions, user_id)
        if page.next_cursor is None:
            break
        after = page.items[-1].id
    assert [view.id for view in seen] == made[::-1]


async def test_orders_are_counted_by_state(adapters: Adapters) -> None:
    none = dict.fromkeys(("pending", "confirmed", "rejected", "cancelled"), 0)
    assert await adapters.queries.count_by_status() == none
    await placed(adapters.transactions)
    order = await placed(adapters.transactions)
    async with adapters.transactions() as work:
        found = await work.orders.get(order.id)
        assert found is not None
        found.cancel(LATER)
    assert await adapters.queries.count_by_status() == none | {"pending": 1, "cancelled": 1}
