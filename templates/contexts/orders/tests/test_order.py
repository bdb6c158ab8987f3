from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from orders.domain.errors import InvalidOrderError, OrderNotCancellableError
from orders.domain.events import OrderCancelled, OrderConfirmed, OrderPlaced, OrderRejected
from orders.domain.idempotency import fingerprint
from orders.domain.lines import OrderLine
from orders.domain.order import Order
from orders.domain.states import OrderStatus, Rejection
from tests.orders.builders import NOON

LATER = NOON + timedelta(minutes=1)
BREAD, MILK = UUID(int=1), UUID(int=2)


def pending() -> Order:
    order, _ = Order.place(uuid4(), uuid4(), [(BREAD, 2), (MILK, 3)], NOON)
    return order


def confirmed() -> Order:
    order = pending()
    order.confirm({BREAD: 250, MILK: 120}, "EUR", NOON)
    return order


def rejected() -> Order:
    order = pending()
    order.reject(Rejection.OUT_OF_STOCK, NOON)
    return order


def cancelled() -> Order:
    order = pending()
    order.cancel(NOON)
    return order


def test_a_placed_order_is_pending_and_has_no_prices() -> None:
    order, event = Order.place(UUID(int=7), UUID(int=8), [(BREAD, 2)], NOON)
    assert order.status is OrderStatus.PENDING
    assert (order.total_cents, order.currency, order.reason) == (None, None, None)
    assert event == OrderPlaced(
        order_id=UUID(int=7), user_id=UUID(int=8), lines=(OrderLine(BREAD, 2),), at=NOON
    )


@pytest.mark.parametrize(
    "wanted",
    [
        [],
        [(UUID(int=n), 1) for n in range(51)],
        [(BREAD, 1), (BREAD, 1)],
        [(BREAD, 0)],
        [(BREAD, 1001)],
    ],
)
def test_impossible_lines_are_refused(wanted: list[tuple[UUID, int]]) -> None:
    with pytest.raises(InvalidOrderError):
        Order.place(uuid4(), uuid4(), wanted, NOON)


def test_confirming_captures_prices_and_total() -> None:
    order = pending()
    event = order.confirm({BREAD: 250, MILK: 120}, "EUR", LATER)
    assert order.lines == (OrderLine(BREAD, 2, 250), OrderLine(MILK, 3, 120))
    assert (order.total_cents, order.currency, order.updated_at) == (860, "EUR", LATER)
    assert event == OrderConfirmed(
        order_id=order.id, user_id=order.user_id, total_cents=860, currency="EUR", at=LATER
    )


def test_rejecting_keeps_the_reason() -> None:
    order = pending()
    event = order.reject(Rejection.UNKNOWN_PRODUCT, LATER)
    assert order.reason is Rejection.UNKNOWN_PRODUCT
    assert isinstance(event, OrderRejected)


@pytest.mark.parametrize("make", [confirmed, rejected, cancelled])
def test_a_settled_order_ignores_answers(make: Callable[[], Order]) -> None:
    order = make()
    before = (order.status, order.reason, order.lines, order.updated_at)
    assert order.confirm({BREAD: 1, MILK: 1}, "USD", LATER) is None
    assert order.reject(Rejection.TIMED_OUT, LATER) is None
    assert (order.status, order.reason, order.lines, order.updated_at) == before


@pytest.mark.parametrize("make", [pending, confirmed])
def test_pending_and_confirmed_orders_can_be_cancelled_once(make: Callable[[], Order]) -> None:
    order = make()
    assert isinstance(order.cancel(LATER), OrderCancelled)
    assert order.cancel(LATER + timedelta(hours=1)) is None
    assert order.updated_at == LATER


def test_a_rejected_order_cannot_be_cancelled() -> None:
    with pytest.raises(OrderNotCancellableError):
        rejected().cancel(LATER)


def test_a_lost_reservation_cancels_a_confirmed_order_only() -> None:
    assert isinstance(confirmed().lose_reservation(LATER), OrderCancelled)
    for order in (pending(), rejected(), cancelled()):
        assert order.lose_reservation(LATER) is None


def test_only_an_end_without_a_sale_is_told_again() -> None:
    assert isinstance(rejected().ending(), OrderRejected)
    assert isinstance(cancelled().ending(), OrderCancelled)
    assert pending().ending() is None
    assert confirmed().ending() is None


def test_a_fingerprint_tells_requests_apart() -> None:
    assert fingerprint([(BREAD, 1), (MILK, 2)]) == fingerprint([(BREAD, 1), (MILK, 2)])
    assert fingerprint([(BREAD, 1), (MILK, 2)]) != fingerprint([(BREAD, 1), (MILK, 3)])
    assert fingerprint([(BREAD, 1)]) != fingerprint([(MILK, 1)])
