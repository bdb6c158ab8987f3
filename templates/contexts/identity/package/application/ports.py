"""What identity's use cases need from outside, and what they answer."""

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from identity.domain.session import EndReason, Session
from identity.domain.throttle import Attempts
from identity.domain.user import DomainEvent, Role, User


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


class ParseAddress(Protocol):
    """Reads an e-mail address as somebody wrote it."""

    def __call__(self, text: str) -> str:
        """In the form in which mail travels; InvalidEmailError where none can ever arrive."""


class Users(Protocol):
    """The registered users. What a repository gives is stored, with its changes, by the commit."""

    async def add(self, user: User) -> None:
        """Store a new user; EmailTakenError when the address has one, also in a race."""

    async def get(self, user_id: UUID) -> User | None:
        """The user with this id."""

    async def with_email(self, email_key: str) -> User | None:
        """The user with this address, in the form of `email_address.same_for`."""

    async def hold(self, user_id: UUID) -> User | None:
        """As `get`; nobody else changes the user until this transaction ends."""

    async def hold_with_email(self, email_key: str) -> User | None:
        """As `with_email`; nobody else changes the user until this transaction ends."""


class Sessions(Protocol):
    """Logins."""

    async def add(self, session: Session) -> None:
        """Store a new session."""

    async def hold(self, session_id: UUID) -> Session | None:
        """The session with this id, held by this transaction until it ends."""

    async def end_all(self, user_id: UUID, reason: EndReason, now: datetime) -> None:
        """End every session of a user."""

    async def purge(self, before: datetime, at_most: int) -> int:
        """Remove sessions that took no refresh token since `before`; how many."""


class LoginAttempts(Protocol):
    """Failed logins by throttle key; they outlive a restart."""

    async def hold(self, keys: Collection[str]) -> dict[str, Attempts]:
        """The attempts of each key, new ones for unknown keys, held until the transaction ends."""

    async def purge(self, now: datetime, at_most: int) -> int:
        """Remove what is forgotten by now; how many."""


class Work(Protocol):
    """One transaction over identity's data."""

    @property
    def users(self) -> Users: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def attempts(self) -> LoginAttempts: ...

    def publish(self, event: DomainEvent) -> None:
        """Let others know, if this transaction commits."""


class Transactions(Protocol):
    """Begins a transaction that commits when its block ends without an exception."""

    def __call__(self) -> AbstractAsyncContextManager[Work]: ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password was right; `rehashed` when it was and the stored hash is outdated."""

    right: bool
    rehashed: str | None = None


class Passwords(Protocol):
    """Hashes passwords slowly; OverloadedError when too many wait already."""

    async def hash(self, password: str) -> str:
        """A salted hash that says how it was made."""

    async def verify(self, password: str, password_hash: str | None) -> Verdict:
        """Compare; without a hash take the same time and find it wrong."""


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """What a refresh token says: the session, and which of its tokens this is."""

    session_id: UUID
    number: int


class RefreshTokens(Protocol):
    """Writes refresh tokens that nobody else can write."""

    def issue(self, token: RefreshToken, at: datetime) -> str:
        """The token; the same text whenever it is asked for with the same time."""

    def read(self, text: str) -> RefreshToken | None:
        """What a token says; None for what was not issued here, or too long ago."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A signed statement about a user, and how long it is good."""

    value: str
    lifetime: timedelta


class UserQueries(Protocol):
    """Answers about users without a transaction."""

    async def user(self, user_id: UUID) -> UserView | None:
        """The user with this id."""

    async def known_users(self, ids: Collection[UUID]) -> frozenset[UUID]:
        """The ids of users that there are, of some."""


class AccessTokens(Protocol):
    """Signs access tokens."""

    def issue(self, user_id: UUID, role: Role, now: datetime) -> AccessToken:
        """A token for the user from now on."""
