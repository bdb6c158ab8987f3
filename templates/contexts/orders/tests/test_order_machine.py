"""Any order of deliveries, repeats, losses, cancels and delays ends well.

A model of catalog keeps reservations as its contract says. Messages may arrive late, twice and in
any order; an answer may be lost to a crash. In the end every order is settled and the stock that
is gone is exactly what confirmed orders took.
"""

import asyncio
from collections.abc import Collection, Coroutine, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from orders.application.ports import Refused, Reserved
from orders.application.process import OrderProcess
from orders.application.service import CancelOrder, OrderService, PlaceOrder
from orders.domain.errors import OrderNotCancellableError
from orders.domain.events import OrderCancelled, OrderConfirmed, OrderEvent, OrderPlaced
from orders.domain.lines import OrderLine
from orders.domain.states import OrderStatus, Rejection
from tests.orders.builders import ManualClock, rising_ids
from tests.orders.memory import MemoryPlacements, MemoryStore, MemoryTransactions

T = TypeVar("T")
USER = UUID(int=1)
PRODUCT = UUID(int=2)
STOCK = 5


class ModelCatalog:
    """One product, and reservations by order id, each taken and given back once."""

    def __init__(self) -> None:
        self.stock = STOCK
        self.held: dict[UUID, int] = {}
        self.refused: set[UUID] = set()
        self.released: set[UUID] = set()

    async def reserve(
        self, wanted: Mapping[UUID, Sequence[OrderLine]]
    ) -> Sequence[Reserved | Refused]:
        return [self._reserve(order_id, lines) for order_id, lines in wanted.items()]

    async def unanswered(self, order_ids: Collection[UUID]) -> Collection[UUID]:  # noqa: ARG002
        return ()

    def _reserve(self, order_id: UUID, lines: Sequence[OrderLine]) -> Reserved | Refused:
        quantity = sum(line.quantity for line in lines)
        if order_id not in self.held and order_id not in self.released | self.refused:
            if quantity > self.stock:
                self.refused.add(order_id)
            else:
                self.stock -= quantity
                self.held[order_id] = quantity
        if order_id in self.held:
            return Reserved(order_id=order_id, prices={PRODUCT: 100}, currency="EUR")
        return Refused(order_id=order_id, reason=Rejection.OUT_OF_STOCK)

    def release(self, order_id: UUID) -> None:
        self.released.add(order_id)
        self.stock += self.held.pop(order_id, 0)


class OrderMachine(RuleBasedStateMachine):
    """The orders context, its catalog, and the messages under way between them."""

    placed: Bundle[UUID] = Bundle("placed")

    def __init__(self) -> None:
        super().__init__()
        ids = rising_ids()
        self.runner = asyncio.Runner()
        self.clock = ManualClock()
        self.store = MemoryStore()
        self.catalog = ModelCatalog()
        transactions = MemoryTransactions(self.store)
        placements = MemoryPlacements(self.store)
        self.service = OrderService(transactions, placements, self.clock, lambda: next(ids))
        self.process = OrderProcess(transactions, self.catalog, self.clock)
        self.delivered: set[int] = set()
        self.seen: dict[UUID, OrderStatus] = {}

    def run(self, work: Coroutine[None, None, T]) -> T:
        return self.runner.run(work)

    def deliver(self, event: OrderEvent) -> None:
        if isinstance(event, OrderPlaced):
            self.run(self.process.advance({event.order_id: event.lines}))
        elif not isinstance(event, OrderConfirmed):
            self.catalog.release(event.order_id)

    @rule(target=placed, quantity=st.integers(1, 4))
    def place(self, quantity: int) -> UUID:
        command = PlaceOrder(
            user_id=USER,
            idempotency_key=f"key-{len(self.store.orders)}",
            lines=((PRODUCT, quantity),),
        )
        first = self.run(self.service.place(command))
        assert self.run(self.service.place(command)).order == first.order
        return first.order.id

    @rule(choice=st.integers(min_value=0))
    def a_message_arrives(self, choice: int) -> None:
        if self.store.published:
            place = choice % len(self.store.published)
            self.delivered.add(place)
            self.deliver(self.store.published[place])

    @rule(order_id=placed)
    def a_crash_after_the_reservation_loses_the_answer(self, order_id: UUID) -> None:
        self.run(self.catalog.reserve({order_id: self.store.orders[order_id].lines}))

    @rule(order_id=placed)
    def cancel(self, order_id: UUID) -> None:
        before = self.store.orders[order_id].status
        try:
            self.run(self.service.cancel(CancelOrder(user_id=USER, order_id=order_id)))
        except OrderNotCancellableError:
            assert before is OrderStatus.REJECTED

    @rule(order_id=placed)
    def the_reservation_is_lost(self, order_id: UUID) -> None:
        if self.store.orders[order_id].status is OrderStatus.CONFIRMED:
            self.catalog.release(order_id)
            self.run(self.process.lose_reservation(order_id))

    @rule(seconds=st.sampled_from([1, 6, 130]))
    def time_passes(self, seconds: int) -> None:
        self.clock.pass_time(seconds=seconds)
        self.run(self.process.resume())

    @invariant()
    def stock_is_never_below_zero(self) -> None:
        assert 0 <= self.catalog.stock <= STOCK

    @invariant()
    def only_allowed_changes_of_state_happen(self) -> None:
        allowed = {
            OrderStatus.PENDING: set(OrderStatus),
            OrderStatus.CONFIRMED: {OrderStatus.CONFIRMED, OrderStatus.CANCELLED},
            OrderStatus.REJECTED: {OrderStatus.REJECTED},
            OrderStatus.CANCELLED: {OrderStatus.CANCELLED},
        }
        for order_id, order in self.store.orders.items():
            assert order.status in allowed[self.seen.get(order_id, OrderStatus.PENDING)]
            assert (order.total_cents is None) == (order.currency is None)
            assert (order.reason is not None) == (order.status is OrderStatus.REJECTED)
            self.seen[order_id] = order.status

    def teardown(self) -> None:
        place = 0
        while place < len(self.store.published):
            if place not in self.delivered:
                self.deliver(self.store.published[place])
            place += 1
        statuses = [order.status for order in self.store.orders.values()]
        assert OrderStatus.PENDING not in statuses
        sold = sum(
            sum(line.quantity for line in order.lines)
            for order in self.store.orders.values()
            if order.status is OrderStatus.CONFIRMED
        )
        assert self.catalog.stock == STOCK - sold
        cancels = [e.order_id for e in self.store.published if isinstance(e, OrderCancelled)]
        assert set(cancels) == {
            order_id
            for order_id, order in self.store.orders.items()
            if order.status is OrderStatus.CANCELLED
        }
        self.runner.close()


TestOrderMachine = OrderMachine.TestCase
TestOrderMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
