"""The lines of an order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from orders.domain.errors import InvalidOrderError

MAX_LINES = 50
MAX_QUANTITY = 1000


@dataclass(frozen=True, slots=True)
class OrderLine:
    """So many of a product; the price of one, in cents, once it is captured."""

    product_id: UUID
    quantity: int
    unit_price_cents: int | None = None


def new_lines(wanted: Sequence[tuple[UUID, int]]) -> tuple[OrderLine, ...]:
    """Lines without prices, in the order given.

    Raises InvalidOrderError unless there are 1 to 50 lines, each product in one of them, each
    quantity 1 to 1000.
    """
    if not 1 <= len(wanted) <= MAX_LINES:
        raise InvalidOrderError(f"An order has 1 to {MAX_LINES} lines, not {len(wanted)}.")
    if len({product_id for product_id, _ in wanted}) != len(wanted):
        raise InvalidOrderError("Each product stands in one line.")
    if not all(1 <= quantity <= MAX_QUANTITY for _, quantity in wanted):
        raise InvalidOrderError(f"A quantity is 1 to {MAX_QUANTITY}.")
    return tuple(OrderLine(product_id, quantity) for product_id, quantity in wanted)


def priced(lines: Sequence[OrderLine], prices: Mapping[UUID, int]) -> tuple[OrderLine, ...]:
    """The same lines with the captured price of each product, in cents.

    Raises KeyError when a product has no price.
    """
    return tuple(replace(line, unit_price_cents=prices[line.product_id]) for line in lines)


def total_cents(lines: Sequence[OrderLine]) -> int:
    """What all lines cost together, in cents; a line without a price counts nothing."""
    return sum(line.quantity * (line.unit_price_cents or 0) for line in lines)
