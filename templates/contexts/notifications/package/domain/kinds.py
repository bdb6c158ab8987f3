"""The kinds of notifications."""

from enum import StrEnum


class NotificationKind(StrEnum):
    """What happened to an order; the values are part of the API."""

    ORDER_CONFIRMED = "order_confirmed"
    ORDER_REJECTED = "order_rejected"
    ORDER_CANCELLED = "order_cancelled"
