"""What can be refused, each with a stable code that clients may rely on."""

from typing import ClassVar
from uuid import UUID


class OrdersError(Exception):
    """A request that the orders context refuses."""

    code: ClassVar[str]


class InvalidOrderError(OrdersError):
    """The order itself breaks a rule."""

    code = "validation_failed"


class OrderNotFoundError(OrdersError):
    """No such order, or one that belongs to somebody else."""

    code = "not_found"

    def __init__(self, order_id: UUID) -> None:
        super().__init__(f"There is no order {order_id}.")


class OrderNotCancellableError(OrdersError):
    """The order has come to an end that cannot be called off."""

    code = "order_not_cancellable"

    def __init__(self, order_id: UUID) -> None:
        super().__init__(f"Order {order_id} was rejected; there is nothing to cancel.")


class IdempotencyKeyReusedError(OrdersError):
    """The key belongs to an earlier request that asked for something else."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for a request with another body.")


class IdempotencyInProgressError(OrdersError):
    """Another request with the same key has not ended yet."""

    code = "idempotency_in_progress"
    retry_after: ClassVar[int] = 1  # seconds

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key is being worked on; repeat it later.")
