"""What happened in identity, in its own words."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRegistered:
    """Somebody can log in from now on."""

    user_id: UUID
    email: str
    name: str
    registered_at: datetime


DomainEvent = UserRegistered
