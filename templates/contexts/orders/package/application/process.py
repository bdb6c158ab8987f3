"""The process that settles every order, whatever crashes in between.

Each step is one transaction and may be repeated: the reservation is identified by the order, and
the order's state machine ignores what comes late. So the process keeps no state of its own: a
pending order is the state, and `resume` takes up whatever was left.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from orders.application.ports import (
    Clock,
    Refused,
    Reserved,
    StockReservations,
    Transactions,
    Work,
)
from orders.domain.errors import OrderNotFoundError
from orders.domain.lines import OrderLine
from orders.domain.order import Order
from orders.domain.states import Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessTiming:
    """After how long a pending order is taken up again, and how many in one turn.

    It is given up after `give_up_after` if nobody will answer, and after `end_after` whatever else.
    """

    resume_after: timedelta = timedelta(seconds=5)
    give_up_after: timedelta = timedelta(minutes=2)
    end_after: timedelta = timedelta(days=1)
    batch: int = 100


class OrderProcess:
    """Brings pending orders to an end."""

    def __init__(
        self,
        transactions: Transactions,
        stock: StockReservations,
        clock: Clock,
        timing: ProcessTiming | None = None,
    ) -> None:
        self._transactions = transactions
        self._stock = stock
        self._clock = clock
        self._timing = timing or ProcessTiming()
        self._resumed: Order | None = None

    async def advance(self, wanted: Mapping[UUID, Sequence[OrderLine]]) -> None:
        """Ask for the orders' stock and record the answers that are there at once."""
        answers = await self._stock.reserve(wanted)
        if answers:
            await self.record(answers)

    async def record(self, answers: Sequence[Reserved | Refused]) -> None:
        """Confirm or reject the orders in one transaction; no effect on one that is settled.

        An order that ended before its stock was held says so again, for the stock to be released.
        Raises OrderNotFoundError.
        """
        async with self._transactions() as work:
            orders = await work.orders.get_many([answer.order_id for answer in answers])
            for answer in answers:
                if answer.order_id not in orders:
                    raise OrderNotFoundError(answer.order_id)
                self._record(work, orders[answer.order_id], answer)

    def _record(self, work: Work, order: Order, answer: Reserved | Refused) -> None:
        now = self._clock()
        if isinstance(answer, Refused):
            rejected = order.reject(answer.reason, now)
            if rejected is not None:
                work.publish(rejected)
        else:
            event = order.confirm(answer.prices, answer.currency, now) or order.ending()
            if event is not None:
                work.publish(event)

    async def lose_reservation(self, order_id: UUID) -> None:
        """Cancel a confirmed order whose stock is gone; no effect on any other.

        Raises OrderNotFoundError.
        """
        async with self._transactions() as work:
            order = await work.orders.get(order_id)
            if order is None:
                raise OrderNotFoundError(order_id)
            event = order.lose_reservation(self._clock())
            if event is not None:
                work.publish(event)

    async def resume(self) -> int:
        """Take up orders that wait long, and give up those that nobody will answer; how many.

        One order's failure does not keep the others waiting: failures are raised together, at the
        end, as an ExceptionGroup. Each turn goes on after the one before.
        """
        now = self._clock()
        async with self._transactions() as work:
            waiting = await work.orders.pending_since(
                now - self._timing.resume_after, self._timing.batch, self._resumed
            )
        self._resumed = waiting[-1] if len(waiting) == self._timing.batch else None
        failures: list[Exception] = []
        unanswered: Collection[UUID] = ()
        late = [each.id for each in waiting if self._age(each) >= self._timing.give_up_after]
        try:
            unanswered = await self._stock.unanswered(late) if late else ()
        except Exception as failure:  # noqa: BLE001  collected and raised below
            failures.append(failure)
        for order in waiting:
            try:
                await self._take_up(order, unanswered)
            except Exception as failure:  # noqa: BLE001  collected and raised below
                failures.append(failure)
        if failures:
            raise ExceptionGroup(f"{len(failures)} of {len(waiting)} orders wait on", failures)
        return len(waiting)

    def _age(self, order: Order) -> timedelta:
        return self._clock() - order.created_at

    async def _take_up(self, order: Order, unanswered: Collection[UUID]) -> None:
        if order.id in unanswered or self._age(order) >= self._timing.end_after:
            await self.record([Refused(order_id=order.id, reason=Rejection.TIMED_OUT)])
        else:
            await self.advance({order.id: order.lines})
