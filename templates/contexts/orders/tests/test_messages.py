from uuid import uuid4

import pytest

from contracts.catalog_v1 import ReservationLost, ReservedLine, StockRejected, StockReserved
from kit.bus import Bus
from kit.clock import new_id
from kit.messages import ContractEvent, to_message
from orders.adapters.publishing import contract_of
from orders.domain.states import OrderStatus, Rejection
from orders.entrypoints.messages import subscribe
from tests.orders.builders import NOON, Shop

pytestmark = pytest.mark.anyio


@pytest.fixture
def bus(shop: Shop) -> Bus:
    bus = Bus()
    subscribe(bus, shop.process)
    return bus


async def deliver(bus: Bus, event: ContractEvent) -> None:
    """Twice, as a relay may."""
    message = to_message(event, key="any", new_id=new_id, occurred_at=NOON)
    await bus.deliver([message])
    await bus.deliver([message])


async def test_a_placed_order_gets_its_stock(shop: Shop, bus: Bus) -> None:
    order_id = await shop.place(uuid4(), 2)
    await deliver(bus, contract_of(shop.store.published[0]))
    assert shop.store.orders[order_id].status is OrderStatus.CONFIRMED
    assert len(shop.store.published) == 2


async def test_answers_may_come_as_messages(shop: Shop, bus: Bus) -> None:
    held, refused = await shop.place(uuid4(), 2), await shop.place(uuid4())
    (line,) = shop.store.orders[held].lines
    reserved = ReservedLine(product_id=line.product_id, quantity=2, unit_price_cents=70)
    await deliver(
        bus, StockReserved(order_id=held, lines=(reserved,), currency="EUR", expires_at=NOON)
    )
    await deliver(bus, StockRejected(order_id=refused, reason="unknown_product"))
    assert shop.store.orders[held].total_cents == 140
    assert shop.store.orders[refused].reason is Rejection.UNKNOWN_PRODUCT


async def test_a_lost_reservation_cancels(shop: Shop, bus: Bus) -> None:
    order_id = await shop.place(uuid4())
    await shop.settle(order_id)
    await deliver(bus, ReservationLost(order_id=order_id))
    assert shop.store.orders[order_id].status is OrderStatus.CANCELLED


async def test_every_event_has_its_contract(shop: Shop, bus: Bus) -> None:
    confirmed, refused = await shop.place(uuid4()), await shop.place(uuid4())
    await shop.settle(confirmed)
    await deliver(bus, StockRejected(order_id=refused, reason="out_of_stock"))
    await shop.process.lose_reservation(confirmed)
    assert [contract_of(event).TYPE for event in shop.store.published] == [
        "orders.order-placed.v1",
        "orders.order-placed.v1",
        "orders.order-confirmed.v1",
        "orders.order-rejected.v1",
        "orders.order-cancelled.v1",
    ]
