from uuid import uuid4

import pytest

from orders.application.ports import Refused, Reserved
from orders.application.service import CancelOrder
from orders.domain.errors import OrderNotFoundError
from orders.domain.events import OrderCancelled, OrderConfirmed, OrderRejected
from orders.domain.states import OrderStatus, Rejection
from tests.orders.builders import Shop

pytestmark = pytest.mark.anyio


async def test_held_stock_confirms_the_order(shop: Shop) -> None:
    order_id = await shop.place(uuid4(), 2, 3)
    await shop.settle(order_id)
    order = shop.store.orders[order_id]
    assert order.status is OrderStatus.CONFIRMED
    assert order.total_cents == 500
    assert isinstance(shop.store.published[-1], OrderConfirmed)


@pytest.mark.parametrize(
    "reason", [Rejection.OUT_OF_STOCK, Rejection.UNKNOWN_PRODUCT, Rejection.MIXED_CURRENCIES]
)
async def test_a_refusal_rejects_the_order(shop: Shop, reason: Rejection) -> None:
    order_id = await shop.place(uuid4())
    shop.stock.answers[order_id] = Refused(order_id=order_id, reason=reason)
    await shop.settle(order_id)
    assert shop.store.orders[order_id].reason is reason


async def test_no_answer_leaves_the_order_pending_until_the_message_comes(shop: Shop) -> None:
    order_id = await shop.place(uuid4())
    shop.stock.answers[order_id] = None
    await shop.settle(order_id)
    order = shop.store.orders[order_id]
    assert order.is_pending
    prices = {line.product_id: 5 for line in order.lines}
    await shop.process.record([Reserved(order_id=order_id, prices=prices, currency="EUR")])
    assert shop.store.orders[order_id].status is OrderStatus.CONFIRMED


async def test_many_orders_are_settled_at_once(shop: Shop) -> None:
    held, refused, later = [await shop.place(uuid4()) for _ in range(3)]
    shop.stock.answers[refused] = Refused(order_id=refused, reason=Rejection.OUT_OF_STOCK)
    shop.stock.answers[later] = None
    orders = shop.store.orders
    await shop.process.advance({each: orders[each].lines for each in (held, refused, later)})
    assert [orders[each].status for each in (held, refused, later)] == [
        OrderStatus.CONFIRMED,
        OrderStatus.REJECTED,
        OrderStatus.PENDING,
    ]


async def test_a_repeated_answer_has_no_effect(shop: Shop) -> None:
    order_id = await shop.place(uuid4())
    await shop.settle(order_id)
    await shop.settle(order_id)
    assert sum(isinstance(event, OrderConfirmed) for event in shop.store.published) == 1


async def test_stock_held_for_a_cancelled_order_is_to_be_released(shop: Shop) -> None:
    user_id = uuid4()
    order_id = await shop.place(user_id)
    await shop.service.cancel(CancelOrder(user_id=user_id, order_id=order_id))
    await shop.settle(order_id)
    assert shop.store.orders[order_id].status is OrderStatus.CANCELLED
    assert [type(event) for event in shop.store.published[1:]] == [OrderCancelled, OrderCancelled]


async def test_a_lost_reservation_cancels(shop: Shop) -> None:
    order_id = await shop.place(uuid4())
    await shop.settle(order_id)
    await shop.process.lose_reservation(order_id)
    await shop.process.lose_reservation(order_id)
    assert shop.store.orders[order_id].status is OrderStatus.CANCELLED
    assert sum(isinstance(event, OrderCancelled) for event in shop.store.published) == 1


async def test_an_unknown_order_is_an_error(shop: Shop) -> None:
    with pytest.raises(OrderNotFoundError):
        await shop.process.record([Refused(order_id=uuid4(), reason=Rejection.OUT_OF_STOCK)])
    with pytest.raises(OrderNotFoundError):
        await shop.process.lose_reservation(uuid4())


async def test_resume_takes_up_what_waits_and_leaves_what_is_fresh(shop: Shop) -> None:
    old = await shop.place(uuid4())
    shop.clock.pass_time(seconds=6)
    fresh = await shop.place(uuid4())
    assert await shop.process.resume() == 1
    assert shop.store.orders[old].status is OrderStatus.CONFIRMED
    assert shop.store.orders[fresh].is_pending


async def test_an_order_without_an_answer_times_out_and_a_late_answer_releases(shop: Shop) -> None:
    order_id = await shop.place(uuid4())
    shop.stock.answers[order_id] = None
    shop.stock.silent.add(order_id)
    shop.clock.pass_time(minutes=2)
    await shop.process.resume()
    assert shop.store.orders[order_id].reason is Rejection.TIMED_OUT
    await shop.process.record([Reserved(order_id=order_id, prices={}, currency="EUR")])
    assert [type(event) for event in shop.store.published[1:]] == [OrderRejected, OrderRejected]


async def test_one_failing_order_does_not_hold_up_the_others(shop: Shop) -> None:
    bad, good = await shop.place(uuid4()), await shop.place(uuid4())
    shop.stock.answers[bad] = ConnectionError("catalog is away")
    shop.clock.pass_time(seconds=6)
    with pytest.raises(ExceptionGroup) as raised:
        await shop.process.resume()
    assert len(raised.value.exceptions) == 1
    assert shop.store.orders[bad].is_pending
    assert shop.store.orders[good].status is OrderStatus.CONFIRMED


async def test_an_order_that_was_not_asked_for_does_not_time_out_but_ends_one_day(
    shop: Shop,
) -> None:
    away, late = await shop.place(uuid4()), await shop.place(uuid4())
    shop.stock.answers |= {away: ConnectionError("catalog is away"), late: None}
    shop.clock.pass_time(minutes=30)
    with pytest.raises(ExceptionGroup):
        await shop.process.resume()
    assert shop.store.orders[away].is_pending
    assert shop.store.orders[late].is_pending
    del shop.stock.answers[away]
    await shop.process.resume()
    assert shop.store.orders[away].status is OrderStatus.CONFIRMED
    shop.clock.pass_time(minutes=24 * 60)
    await shop.process.resume()
    assert shop.store.orders[late].reason is Rejection.TIMED_OUT
