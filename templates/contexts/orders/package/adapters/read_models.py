"""Orders to read, straight from the driver into the response type."""

from collections.abc import Callable, Collection, Sequence
from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncCursor
from psycopg.rows import class_row

from kit.database import Database
from kit.http import NEWEST
from orders.application.ports import OrderLineView, OrderView, PendingOrders
from orders.domain.states import OrderStatus, Rejection

_COLUMNS = "id, status, reason, lines, total_cents, currency, created_at, updated_at"
_ONE = f"SELECT {_COLUMNS} FROM orders.orders WHERE id = %s AND user_id = %s"  # noqa: S608 - constants
_PAGE = (
    f"SELECT {_COLUMNS} FROM orders.orders WHERE user_id = %s AND id < %s "  # noqa: S608
    "ORDER BY id DESC LIMIT %s"
)
_KNOWN = "SELECT id FROM orders.orders WHERE id = ANY(%s)"
# As the index ix_orders_pending has it: the table keeps every order that ever was.
_PENDING = (
    "SELECT count(*) AS count, min(created_at) AS oldest FROM orders.orders"
    " WHERE status = 'pending'"
)


class SqlOrderQueries:
    """Read models over the orders table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def one(self, user_id: UUID, order_id: UUID) -> OrderView | None:
        """The user's order; None also when it belongs to somebody else."""
        async with self._database.reading() as connection:
            cursor = connection.cursor(row_factory=_order_row)
            await cursor.execute(_ONE, (order_id, user_id))
            return await cursor.fetchone()

    async def page(self, user_id: UUID, limit: int, after: UUID | None) -> Sequence[OrderView]:
        """Up to `limit` of the user's orders, newest first, that come after `after`."""
        async with self._database.reading() as connection:
            cursor = connection.cursor(row_factory=_order_row)
            await cursor.execute(_PAGE, (user_id, after or NEWEST, limit))
            return await cursor.fetchall()

    async def known_orders(self, ids: Collection[UUID]) -> frozenset[UUID]:
        """The ids of orders that there are, of some."""
        async with self._database.reading() as connection:
            rows = await (await connection.execute(_KNOWN, ([*ids],))).fetchall()
        return frozenset(row[0] for row in rows)

    async def pending(self) -> PendingOrders:
        """The orders that are not decided yet."""
        async with self._database.reading() as connection:
            cursor = connection.cursor(row_factory=class_row(PendingOrders))
            await cursor.execute(_PENDING)
            return await cursor.fetchone() or PendingOrders(count=0, oldest=None)


def _order_row(_cursor: AsyncCursor[Any]) -> Callable[[Sequence[Any]], OrderView]:
    def make(row: Sequence[Any]) -> OrderView:
        order_id, status, reason, lines, total_cents, currency, created_at, updated_at = row
        return OrderView(
            id=order_id,
            status=OrderStatus(status),
            reason=None if reason is None else Rejection(reason),
            lines=msgspec.convert(lines, list[OrderLineView]),
            total_cents=total_cents,
            currency=currency,
            created_at=created_at,
            updated_at=updated_at,
        )

    return make
