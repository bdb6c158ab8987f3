"""Who asks."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Caller:
    """A user who is logged in, and the role that their token names."""

    id: UUID
    role: str
