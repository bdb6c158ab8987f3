"""Stock for orders: reserved, confirmed, released, expired. Every use case may be repeated."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from catalog.application.ports import Transactions, Work
from catalog.domain.errors import ReservationExistsError
from catalog.domain.events import ReservationLost, StockRejected, StockReserved
from catalog.domain.reservation import RequestedLine, Reservation, reserve, tombstone

Answer: TypeAlias = StockReserved | StockRejected

_BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """All lines of an order, or none; each product stands in one line."""

    order_id: UUID
    lines: tuple[RequestedLine, ...]


class ReservationService:
    """The use cases of the stock. `hold_for` is how long an unconfirmed reservation lives."""

    def __init__(
        self, transactions: Transactions, clock: Callable[[], datetime], hold_for: timedelta
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._hold_for = hold_for

    async def reserve(self, commands: Sequence[Reserve]) -> list[Answer]:
        """Reserve for orders, each once among them, in one transaction, and answer.

        A repeat gets the first answer, with the first prices.
        """
        # A twin of this call that was faster has left the answer to at least one command.
        for _ in commands:
            with suppress(ReservationExistsError):
                return await self._reserve(commands)
        return await self._reserve(commands)

    async def confirm(self, order_ids: Sequence[UUID]) -> None:
        """The orders are confirmed: what is held is sold, in one transaction.

        What has expired meanwhile is taken again, or ReservationLost is published.
        """
        now = self._clock()
        async with self._transactions() as work:
            found = await work.reservations.find_many(order_ids)
            expired = [each for each in found.values() if each.state == "expired"]
            wanted = {product_id for each in expired for product_id in each.product_ids}
            products = await work.products.get_many(wanted)
            for order_id in order_ids:
                if order_id not in found or not found[order_id].confirm(products, now):
                    work.publish(ReservationLost(order_id=order_id))

    async def release(self, order_id: UUID) -> None:
        """The order is over: what is held or sold goes back to stock, once."""
        try:
            await self._release(order_id)
        except ReservationExistsError:
            await self._release(order_id)

    async def expire_due(self) -> int:
        """Take back what nobody confirmed in time; how many reservations that were."""
        total = 0
        while True:
            expired = await self._expire_batch()
            total += expired
            if expired < _BATCH:
                return total

    async def _reserve(self, commands: Sequence[Reserve]) -> list[Answer]:
        async with self._transactions() as work:
            found = await work.reservations.find_many([each.order_id for each in commands])
            await self._take(work, [each for each in commands if each.order_id not in found], found)
            answers = [_answer(found[each.order_id]) for each in commands]
            for answer in answers:
                work.publish(answer)
        return answers

    async def _take(
        self, work: Work, commands: Sequence[Reserve], into: dict[UUID, Reservation]
    ) -> None:
        now = self._clock()
        wanted = {line.product_id for each in commands for line in each.lines}
        products = await work.products.get_many(wanted)
        made = [
            reserve(each.order_id, each.lines, products, now, now + self._hold_for)
            for each in commands
        ]
        await work.reservations.add(*made)
        into.update((each.order_id, each) for each in made)

    async def _expire_batch(self) -> int:
        now = self._clock()
        async with self._transactions() as work:
            due = await work.reservations.due(now, _BATCH)
            wanted = {product_id for each in due for product_id in each.product_ids}
            products = await work.products.get_many(wanted)
            for reservation in due:
                reservation.expire(products, now)
        return len(due)

    async def _release(self, order_id: UUID) -> None:
        now = self._clock()
        async with self._transactions() as work:
            reservation = (await work.reservations.find_many([order_id])).get(order_id)
            if reservation is None:
                await work.reservations.add(tombstone(order_id, now))
                return
            out = reservation.state in {"held", "confirmed"}
            products = await work.products.get_many(reservation.product_ids if out else [])
            reservation.release(products, now)


def _answer(reservation: Reservation) -> Answer:
    if reservation.currency is None or reservation.expires_at is None:
        # A tombstone has no reason: its order is over, and nobody will look at the answer.
        return StockRejected(
            order_id=reservation.order_id, reason=reservation.reason or "out_of_stock"
        )
    return StockReserved(
        order_id=reservation.order_id,
        lines=reservation.lines,
        currency=reservation.currency,
        expires_at=reservation.expires_at,
    )
