"""Reservations, over every adapter: each step may be repeated, and stock comes back once."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from catalog.application.products import ChangeProduct
from catalog.application.reservations import Answer, Reserve
from catalog.domain.events import StockRejected, StockReserved
from catalog.domain.product import Changes
from catalog.domain.reservation import RequestedLine
from tests.catalog.conftest import HOLD, START, Catalog

ORDER = UUID(int=1)


async def reserve(
    catalog: Catalog, lines: Sequence[tuple[UUID, int]], order_id: UUID = ORDER
) -> Answer:
    wanted = tuple(RequestedLine(product_id, quantity) for product_id, quantity in lines)
    (answer,) = await catalog.reservations.reserve([Reserve(order_id=order_id, lines=wanted)])
    return answer


async def test_all_lines_are_taken_with_their_prices(catalog: Catalog) -> None:
    first, second = await catalog.add("A-1"), await catalog.add("A-2", stock=3)
    answer = await reserve(catalog, [(first, 4), (second, 3)])
    assert isinstance(answer, StockReserved)
    assert [(line.quantity, line.unit_price_cents) for line in answer.lines] == [(4, 250), (3, 250)]
    assert (answer.currency, answer.expires_at) == ("EUR", START + HOLD)
    assert (await catalog.stock(first), await catalog.stock(second)) == (6, 0)
    assert catalog.published_of_orders() == ["StockReserved"]


async def test_one_missing_line_takes_nothing(catalog: Catalog) -> None:
    first, second = await catalog.add("A-1"), await catalog.add("A-2", stock=2)
    answer = await reserve(catalog, [(first, 4), (second, 3)])
    assert answer == StockRejected(order_id=ORDER, reason="out_of_stock")
    assert (await catalog.stock(first), await catalog.stock(second)) == (10, 2)


async def test_unknown_and_deleted_products_are_rejected(catalog: Catalog) -> None:
    deleted = await catalog.add("A-1")
    await catalog.products.delete(deleted)
    for product_id in (uuid4(), deleted):
        answer = await reserve(catalog, [(product_id, 1)], uuid4())
        assert isinstance(answer, StockRejected)
        assert answer.reason == "unknown_product"


async def test_an_order_has_one_currency(catalog: Catalog) -> None:
    euro, dollar = await catalog.add("A-1"), await catalog.add("A-2", currency="USD")
    answer = await reserve(catalog, [(euro, 1), (dollar, 1)])
    assert answer == StockRejected(order_id=ORDER, reason="mixed_currencies")


async def test_a_repeat_gets_the_first_answer_with_the_first_price(catalog: Catalog) -> None:
    product_id = await catalog.add()
    first = await reserve(catalog, [(product_id, 4)])
    await catalog.products.change(
        ChangeProduct(product_id=product_id, versions=None, changes=Changes(price_cents=999))
    )
    assert await reserve(catalog, [(product_id, 4)]) == first
    assert await catalog.stock(product_id) == 6


async def test_a_rejection_is_remembered_too(catalog: Catalog) -> None:
    product_id = await catalog.add(stock=0)
    first = await reserve(catalog, [(product_id, 1)])
    await catalog.products.change(
        ChangeProduct(product_id=product_id, versions=None, changes=Changes(stock=5))
    )
    assert await reserve(catalog, [(product_id, 1)]) == first


async def test_a_release_returns_the_stock_once(catalog: Catalog) -> None:
    product_id = await catalog.add()
    await reserve(catalog, [(product_id, 4)])
    for _ in range(2):
        await catalog.reservations.release(ORDER)
        assert await catalog.stock(product_id) == 10


async def test_a_release_returns_what_was_sold(catalog: Catalog) -> None:
    product_id = await catalog.add()
    await reserve(catalog, [(product_id, 4)])
    await catalog.reservations.confirm([ORDER])
    await catalog.reservations.confirm([ORDER])
    assert await catalog.stock(product_id) == 6
    await catalog.reservations.release(ORDER)
    await catalog.reservations.confirm([ORDER])
    assert await catalog.stock(product_id) == 10


async def test_after_a_release_a_late_reservation_takes_nothing(catalog: Catalog) -> None:
    product_id = await catalog.add()
    await catalog.reservations.release(ORDER)
    await catalog.reservations.release(ORDER)
    assert isinstance(await reserve(catalog, [(product_id, 4)]), StockRejected)
    assert await catalog.stock(product_id) == 10


async def test_what_nobody_confirms_expires_once(catalog: Catalog) -> None:
    product_id = await catalog.add()
    await reserve(catalog, [(product_id, 4)])
    catalog.clock.advance(HOLD - timedelta(seconds=1))
    assert await catalog.reservations.expire_due() == 0
    catalog.clock.advance(timedelta(seconds=1))
    assert await catalog.reservations.expire_due() == 1
    assert await catalog.reservations.expire_due() == 0
    assert await catalog.stock(product_id) == 10
    await catalog.reservations.release(ORDER)
    assert await catalog.stock(product_id) == 10


async def test_what_is_confirmed_does_not_expire(catalog: Catalog) -> None:
    product_id = await catalog.add()
    await reserve(catalog, [(product_id, 4)])
    await catalog.reservations.confirm([ORDER])
    catalog.clock.advance(HOLD)
    assert await catalog.reservations.expire_due() == 0
    assert await catalog.stock(product_id) == 6


async def test_a_late_confirmation_takes_the_stock_again(catalog: Catalog) -> None:
    product_id = await catalog.add()
    await reserve(catalog, [(product_id, 4)])
    catalog.clock.advance(HOLD)
    await catalog.reservations.expire_due()
    await catalog.reservations.confirm([ORDER])
    assert await catalog.stock(product_id) == 6
    assert "ReservationLost" not in catalog.published_of_orders()


async def test_a_late_confirmation_without_stock_is_lost(catalog: Catalog) -> None:
    product_id = await catalog.add()
    await reserve(catalog, [(product_id, 4)])
    catalog.clock.advance(HOLD)
    await catalog.reservations.expire_due()
    await reserve(catalog, [(product_id, 8)], uuid4())
    await catalog.reservations.confirm([ORDER])
    assert catalog.published_of_orders()[-1] == "ReservationLost"
    await catalog.reservations.release(ORDER)
    assert await catalog.stock(product_id) == 2


async def test_a_confirmation_of_what_was_never_reserved_is_lost(catalog: Catalog) -> None:
    await catalog.reservations.confirm([ORDER])
    assert catalog.published_of_orders() == ["ReservationLost"]


async def test_more_than_a_batch_expires_at_once(catalog: Catalog) -> None:
    product_id = await catalog.add(stock=120)
    lines = (RequestedLine(product_id, 1),)
    await catalog.reservations.reserve([Reserve(order_id=uuid4(), lines=lines) for _ in range(105)])
    catalog.clock.advance(HOLD)
    assert await catalog.reservations.expire_due() == 105
    assert await catalog.stock(product_id) == 120


async def test_many_orders_are_answered_as_one_by_one(catalog: Catalog) -> None:
    product_id, earlier = await catalog.add(stock=5), uuid4()
    first = await reserve(catalog, [(product_id, 2)], earlier)
    commands = [
        Reserve(order_id=order_id, lines=(RequestedLine(product_id, quantity),))
        for order_id, quantity in ((uuid4(), 2), (earlier, 2), (uuid4(), 2), (uuid4(), 1))
    ]
    answers = await catalog.reservations.reserve(commands)
    assert [answer.order_id for answer in answers] == [each.order_id for each in commands]
    assert [type(answer) for answer in answers] == [
        StockReserved,
        StockReserved,
        StockRejected,
        StockReserved,
    ]
    assert answers[1] == first
    assert await catalog.stock(product_id) == 0


async def test_many_orders_are_confirmed_at_once(catalog: Catalog) -> None:
    product_id, order_ids = await catalog.add(stock=5), [uuid4(), uuid4()]
    for order_id in order_ids:
        await reserve(catalog, [(product_id, 1)], order_id)
    await catalog.reservations.confirm([order_ids[0], uuid4(), order_ids[1]])
    assert catalog.published_of_orders()[2:] == ["ReservationLost"]
    catalog.clock.advance(HOLD)
    assert await catalog.reservations.expire_due() == 0
    assert await catalog.stock(product_id) == 3
