"""One notification for each order and kind, on either kind of adapter."""

import asyncio
from uuid import UUID, uuid4

import pytest

from contracts.identity_v1 import UserRegistered
from contracts.orders_v1 import OrderCancelled, OrderConfirmed, OrderRejected
from kit.bus import Bus
from kit.ids import new_id
from kit.messages import to_message
from notifications.application.service import ConfirmedOrder
from notifications.application.views import NotificationView
from notifications.entrypoints.messages import subscribe
from tests.notifications.builders import ADA, NOON, Office
from tests.notifications.conftest import Kept
from tests.notifications.memory import MemoryTransactions

pytestmark = pytest.mark.anyio


async def test_repeats_are_recorded_once(kept: Kept) -> None:
    service, order_id = kept.office.service, uuid4()
    await asyncio.gather(*(service.order_cancelled(order_id, ADA.user_id) for _ in range(5)))
    await service.order_cancelled(order_id, ADA.user_id)
    await service.orders_confirmed(
        [ConfirmedOrder(order_id=order_id, user_id=ADA.user_id, total_cents=100, currency="EUR")]
    )
    page = await kept.queries.page(ADA.user_id, 10, None)
    assert [view.kind for view in page] == ["order_confirmed", "order_cancelled"]


async def test_a_reader_sees_his_own_newest_first(kept: Kept) -> None:
    orders = [uuid4() for _ in range(5)]
    for order_id in orders:
        await kept.office.service.order_cancelled(order_id, ADA.user_id)
    await kept.office.service.order_cancelled(uuid4(), uuid4())
    seen: list[NotificationView] = []
    after: UUID | None = None
    while page := await kept.queries.page(ADA.user_id, 2, after):
        seen.extend(page)
        await kept.office.service.order_cancelled(uuid4(), ADA.user_id)
        after = page[-1].id
    assert [view.order_id for view in seen] == orders[::-1]
    assert seen[0].subject == "Your order is cancelled"
    assert seen[0].created_at == NOON


async def test_an_exception_leaves_nothing(kept: Kept) -> None:
    async def interrupted() -> None:
        async with kept.office.transactions() as work:
            await work.recipients.save(ADA)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await interrupted()
    async with kept.office.transactions() as work:
        assert await work.recipients.of([ADA.user_id]) == {}


async def test_messages_are_recorded(office: Office) -> None:
    bus = Bus()
    subscribe(bus, office.service)
    order_id = uuid4()
    for event in (
        UserRegistered(user_id=ADA.user_id, email=ADA.email, name=ADA.name, registered_at=NOON),
        OrderConfirmed(
            order_id=order_id, user_id=ADA.user_id, total_cents=5, currency="EUR", confirmed_at=NOON
        ),
        OrderRejected(order_id=order_id, user_id=ADA.user_id, reason="timed_out", rejected_at=NOON),
        OrderCancelled(order_id=order_id, user_id=ADA.user_id, cancelled_at=NOON),
    ):
        message = to_message(event, key="any", new_id=new_id, occurred_at=NOON)
        await bus.deliver([message])
        await bus.deliver([message])
    assert isinstance(office.transactions, MemoryTransactions)
    assert office.store.recipients == {ADA.user_id: ADA}
    assert len(office.store.notifications) == 3
