"""How a repeated request is recognised."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    """A user's key for one request, and the order which that request placed."""

    user_id: UUID
    key: str
    fingerprint: bytes
    order_id: UUID
    created_at: datetime


def fingerprint(wanted: Sequence[tuple[UUID, int]]) -> bytes:
    """SHA-256 of what was asked for: equal for equal lines in the same order, however written."""
    text = ";".join(f"{product_id}={quantity}" for product_id, quantity in wanted)
    return hashlib.sha256(text.encode()).digest()
