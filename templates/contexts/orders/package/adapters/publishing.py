"""What happened, in the words that other contexts know."""

from typing import TypeAlias

from contracts import orders_v1
from kit.clock import new_id
from kit.messages import Message, to_message
from orders.domain.events import OrderConfirmed, OrderEvent, OrderPlaced, OrderRejected

ContractEvent: TypeAlias = (
    orders_v1.OrderPlaced
    | orders_v1.OrderConfirmed
    | orders_v1.OrderRejected
    | orders_v1.OrderCancelled
)


def contract_of(event: OrderEvent) -> ContractEvent:
    """The event's contract, in the newest version."""
    if isinstance(event, OrderPlaced):
        return orders_v1.OrderPlaced(
            order_id=event.order_id,
            user_id=event.user_id,
            lines=tuple(
                orders_v1.OrderedLine(product_id=line.product_id, quantity=line.quantity)
                for line in event.lines
            ),
            placed_at=event.at,
        )
    if isinstance(event, OrderConfirmed):
        return orders_v1.OrderConfirmed(
            order_id=event.order_id,
            user_id=event.user_id,
            total_cents=event.total_cents,
            currency=event.currency,
            confirmed_at=event.at,
        )
    if isinstance(event, OrderRejected):
        return orders_v1.OrderRejected(
            order_id=event.order_id,
            user_id=event.user_id,
            reason=event.reason.value,
            rejected_at=event.at,
        )
    return orders_v1.OrderCancelled(
        order_id=event.order_id, user_id=event.user_id, cancelled_at=event.at
    )


def message_of(event: OrderEvent) -> Message:
    """The message that tells the event. An order's events share a key."""
    return to_message(
        contract_of(event), key=str(event.order_id), new_id=new_id, occurred_at=event.at
    )
