"""Who gets e-mail."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A user's address, as identity's event says."""

    user_id: UUID
    email: str
    name: str
