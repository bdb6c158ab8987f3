"""Events of the identity context, version 1."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRegistered:
    """Somebody registered. Carries personal data: never to be logged."""

    TYPE: ClassVar[str] = "identity.user-registered.v1"

    user_id: UUID
    email: str
    name: str
    registered_at: datetime
