"""Catalog's answers to a reservation, in the words of the orders context."""

from contracts.catalog_v1 import StockRejected, StockReserved
from orders.application.ports import Refused, Reserved
from orders.domain.states import Rejection


def answer_of(answer: StockReserved | StockRejected) -> Reserved | Refused:
    """What the order process records."""
    if isinstance(answer, StockRejected):
        return Refused(order_id=answer.order_id, reason=Rejection(answer.reason))
    return Reserved(
        order_id=answer.order_id,
        prices={line.product_id: line.unit_price_cents for line in answer.lines},
        currency=answer.currency,
    )
