"""What a notification says."""

from uuid import UUID

from notifications.domain.kinds import NotificationKind

SUBJECTS = {
    NotificationKind.ORDER_CONFIRMED: "Your order is confirmed",
    NotificationKind.ORDER_REJECTED: "Your order could not be filled",
    NotificationKind.ORDER_CANCELLED: "Your order is cancelled",
}

REASONS = {
    "out_of_stock": "There was not enough in stock.",
    "unknown_product": "A product is no longer for sale.",
    "mixed_currencies": "The products are sold in different currencies.",
    "timed_out": "The order could not be worked on in time.",
}


def body(order_id: UUID, statement: str) -> str:
    """The text of an e-mail about an order."""
    return f"{statement}\n\nOrder: {order_id}\n"


def price(total_cents: int, currency: str) -> str:
    """An amount in the currency's hundredths, as in 12.30 EUR."""
    return f"{total_cents // 100}.{total_cents % 100:02} {currency}"
