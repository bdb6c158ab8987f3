"""The states of an order and the reasons for a rejection; their values are part of the API."""

from enum import StrEnum


class OrderStatus(StrEnum):
    """Where an order stands."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class Rejection(StrEnum):
    """Why an order was rejected."""

    OUT_OF_STOCK = "out_of_stock"
    UNKNOWN_PRODUCT = "unknown_product"
    MIXED_CURRENCIES = "mixed_currencies"
    TIMED_OUT = "timed_out"
