import asyncio
from uuid import uuid4

import pytest

from orders.application.service import CancelOrder, PlaceOrder
from orders.domain.errors import IdempotencyKeyReusedError, InvalidOrderError, OrderNotFoundError
from orders.domain.events import OrderCancelled, OrderPlaced
from orders.domain.states import OrderStatus
from tests.orders.builders import Shop

pytestmark = pytest.mark.anyio


def request(quantity: int = 1) -> PlaceOrder:
    return PlaceOrder(
        user_id=uuid4(), idempotency_key="a-key-of-mine", lines=((uuid4(), quantity),)
    )


async def test_placing_keeps_a_pending_order_and_says_so(shop: Shop) -> None:
    placed = await shop.service.place(request())
    assert placed.order.status is OrderStatus.PENDING
    assert not placed.replayed
    assert [type(event) for event in shop.store.published] == [OrderPlaced]


async def test_a_repeat_gets_the_first_answer_whatever_became_of_the_order(shop: Shop) -> None:
    command = request()
    first = await shop.service.place(command)
    await shop.settle(first.order.id)
    again = await shop.service.place(command)
    assert again.replayed
    assert again.order == first.order
    assert len(shop.store.orders) == 1


async def test_concurrent_repeats_place_one_order(shop: Shop) -> None:
    command = request()
    answers = await asyncio.gather(*(shop.service.place(command) for _ in range(10)))
    assert len({answer.order.id for answer in answers}) == 1
    assert sum(not answer.replayed for answer in answers) == 1


async def test_a_key_is_for_one_request(shop: Shop) -> None:
    command = request()
    await shop.service.place(command)
    other = PlaceOrder(
        user_id=command.user_id, idempotency_key=command.idempotency_key, lines=((uuid4(), 1),)
    )
    with pytest.raises(IdempotencyKeyReusedError):
        await shop.service.place(other)
    assert len(shop.store.orders) == 1


async def test_two_users_may_choose_the_same_key(shop: Shop) -> None:
    await shop.service.place(request())
    await shop.service.place(request())
    assert len(shop.store.orders) == 2


async def test_a_refused_order_does_not_use_up_the_key(shop: Shop) -> None:
    with pytest.raises(InvalidOrderError):
        await shop.service.place(request(quantity=0))
    assert not shop.store.keys


async def test_cancelling_twice_is_cancelling_once(shop: Shop) -> None:
    user_id = uuid4()
    order_id = await shop.place(user_id)
    first = await shop.service.cancel(CancelOrder(user_id=user_id, order_id=order_id))
    shop.clock.pass_time(seconds=5)
    second = await shop.service.cancel(CancelOrder(user_id=user_id, order_id=order_id))
    assert first == second
    assert first.status is OrderStatus.CANCELLED
    assert sum(isinstance(event, OrderCancelled) for event in shop.store.published) == 1


async def test_another_users_order_does_not_exist(shop: Shop) -> None:
    order_id = await shop.place(uuid4())
    with pytest.raises(OrderNotFoundError):
        await shop.service.cancel(CancelOrder(user_id=uuid4(), order_id=order_id))
    with pytest.raises(OrderNotFoundError):
        await shop.service.cancel(CancelOrder(user_id=uuid4(), order_id=uuid4()))
