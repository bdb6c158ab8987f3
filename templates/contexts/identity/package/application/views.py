"""What identity answers."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class UserView:
    """A user, as the user may see it."""

    id: UUID
    email: str
    name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensView:
    """What a client holds after a login. `expires_in` in seconds, of the access token."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int
