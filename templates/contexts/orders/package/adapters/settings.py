"""What the orders context reads from the environment."""

from datetime import timedelta

from pydantic import Field

from kit.settings import CommonSettings
from orders.application.process import ProcessTiming


class OrdersSettings(CommonSettings):
    """Of whichever process serves orders."""

    # A crash costs no such wait: what it interrupted is delivered again. A shorter one would take
    # up orders that are merely queueing, and so make a backlog longer.
    order_resume_seconds: float = Field(default=30, gt=0)
    # An order that nobody will answer is rejected after so long; one that may still be answered,
    # because somebody is away, after so many hours.
    order_timeout_seconds: float = Field(default=120, gt=0)
    order_end_hours: float = Field(default=24, gt=0)
    # Clients are promised 24 hours.
    retention_idempotency_keys_hours: float = Field(default=48, ge=24)

    @property
    def order_timing(self) -> ProcessTiming:
        """After how long a pending order is taken up again, and given up."""
        return ProcessTiming(
            resume_after=timedelta(seconds=self.order_resume_seconds),
            give_up_after=timedelta(seconds=self.order_timeout_seconds),
            end_after=timedelta(hours=self.order_end_hours),
        )

    @property
    def keep_idempotency_keys(self) -> timedelta:
        """How long a repeated request is recognised."""
        return timedelta(hours=self.retention_idempotency_keys_hours)
