"""What several tests of identity make."""

import asyncio
import copy
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from identity.adapters.email_addresses import parse_address
from identity.adapters.repositories import SqlWork
from identity.application.authentication import AuthenticationService, LogIn
from identity.application.ports import (
    AccessToken,
    RefreshToken,
    TokensView,
    Transactions,
    UserView,
    Verdict,
)
from identity.application.registration import Register, RegistrationService
from identity.domain.errors import EmailTakenError
from identity.domain.password import PasswordRules
from identity.domain.session import EndReason, Lifetimes, Session
from identity.domain.throttle import Attempts, ThrottleRule, ThrottleRules
from identity.domain.user import DomainEvent, Role, User
from kit.database import Database, SqlTransactions

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
EMAIL = "Ada@Example.com"
PASSWORD = "river stone lantern"
CLIENT = "192.0.2.7"
LIFETIMES = Lifetimes(refresh=timedelta(days=14), session=timedelta(days=30))
THROTTLE = ThrottleRules(address=ThrottleRule(free=3), client=ThrottleRule(free=6))
LATER = Lifetimes().grace + timedelta(seconds=1)
"""When an answer can no longer have been lost."""


@dataclass
class MemoryUsers:
    """Users by id."""

    rows: dict[UUID, User] = field(default_factory=dict)

    async def add(self, user: User) -> None:
        if await self.with_email(user.email_key) is not None:
            raise EmailTakenError("Somebody is registered with this address.")
        self.rows[user.id] = user

    async def get(self, user_id: UUID) -> User | None:
        return self.rows.get(user_id)

    async def with_email(self, email_key: str) -> User | None:
        return next((user for user in self.rows.values() if user.email_key == email_key), None)

    async def hold(self, user_id: UUID) -> User | None:
        return await self.get(user_id)

    async def hold_with_email(self, email_key: str) -> User | None:
        return await self.with_email(email_key)


@dataclass
class MemorySessions:
    """Sessions by id."""

    rows: dict[UUID, Session] = field(default_factory=dict)

    async def add(self, session: Session) -> None:
        self.rows[session.id] = session

    async def hold(self, session_id: UUID) -> Session | None:
        return self.rows.get(session_id)

    async def end_all(self, user_id: UUID, reason: EndReason, now: datetime) -> None:
        for session in self.rows.values():
            if session.user_id == user_id:
                session.end(reason, now)

    async def purge(self, before: datetime, at_most: int) -> int:
        old = [id_ for id_, session in self.rows.items() if session.refreshable_until < before]
        for id_ in old[:at_most]:
            del self.rows[id_]
        return len(old[:at_most])


@dataclass
class MemoryLoginAttempts:
    """Attempts by key."""

    rows: dict[str, Attempts] = field(default_factory=dict)

    async def hold(self, keys: Collection[str]) -> dict[str, Attempts]:
        return {key: self.rows.setdefault(key, Attempts(key=key)) for key in keys}

    async def purge(self, now: datetime, at_most: int) -> int:
        old = [key for key, held in self.rows.items() if (held.forgotten_at or now) <= now]
        for key in old[:at_most]:
            del self.rows[key]
        return len(old[:at_most])


@dataclass
class MemoryWork:
    """Everything one transaction sees."""

    users: MemoryUsers = field(default_factory=MemoryUsers)
    sessions: MemorySessions = field(default_factory=MemorySessions)
    attempts: MemoryLoginAttempts = field(default_factory=MemoryLoginAttempts)
    published: list[DomainEvent] = field(default_factory=list)

    def publish(self, event: DomainEvent) -> None:
        self.published.append(event)


class MemoryTransactions:
    """One transaction at a time; an exception leaves everything as it was."""

    def __init__(self) -> None:
        self.committed = MemoryWork()
        self._one_at_a_time = asyncio.Lock()

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[MemoryWork]:
        async with self._one_at_a_time:
            work = copy.deepcopy(self.committed)
            yield work
            self.committed = copy.deepcopy(work)


class PlainPasswords:
    """Hashes that hide nothing; `generation` stands for the parameters."""

    def __init__(self, generation: int = 1) -> None:
        self.generation = generation
        self.verified: list[str | None] = []

    async def hash(self, password: str) -> str:
        return f"{self.generation}:{password}"

    async def verify(self, password: str, password_hash: str | None) -> Verdict:
        self.verified.append(password_hash)
        if password_hash is None:
            return Verdict(right=False)
        generation, _, stored = password_hash.partition(":")
        if stored != password:
            return Verdict(right=False)
        outdated = int(generation) != self.generation
        return Verdict(right=True, rehashed=await self.hash(password) if outdated else None)


class PlainRefreshTokens:
    """Tokens that are readable and not signed."""

    def issue(self, token: RefreshToken, at: datetime) -> str:
        return f"{token.session_id} {token.number} {at.isoformat()}"

    def read(self, text: str) -> RefreshToken | None:
        if text.count(" ") != 2:
            return None
        session_id, number, _ = text.split()
        return RefreshToken(UUID(session_id), int(number))


class PlainAccessTokens:
    """Tokens that are readable and not signed."""

    def issue(self, user_id: UUID, role: Role, now: datetime) -> AccessToken:
        return AccessToken(value=f"{user_id} {role} {now:%H:%M}", lifetime=timedelta(minutes=15))


class ManualClock:
    """A clock that moves when a test moves it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **spans: float) -> None:
        """Let time pass: `pass_time(seconds=3)`."""
        self.now += timedelta(**spans)


class Door:
    """Identity's use cases on whichever transactions, with plain passwords and tokens."""

    def __init__(self, transactions: Transactions | None = None) -> None:
        self.memory = MemoryTransactions()
        self.transactions: Transactions = transactions or self.memory
        self.clock = ManualClock()
        self.passwords = PlainPasswords()
        self.registration = RegistrationService(
            transactions=self.transactions,
            parse_address=parse_address,
            passwords=self.passwords,
            rules=PasswordRules(common=frozenset({"tobeornottobe"}), service=("teashop",)),
            clock=self.clock,
            new_id=uuid4,
        )
        self.authentication = AuthenticationService(
            transactions=self.transactions,
            parse_address=parse_address,
            passwords=self.passwords,
            access_tokens=PlainAccessTokens(),
            clock=self.clock,
            new_id=uuid4,
            refresh_tokens=PlainRefreshTokens(),
            lifetimes=LIFETIMES,
            throttle_rules=THROTTLE,
        )

    async def register(self, email: str = EMAIL, password: str = PASSWORD) -> UserView:
        """A registered user."""
        return await self.registration.register(
            Register(email=email, password=password, name="Ada")
        )

    async def refresh(self, tokens: TokensView, client: str = CLIENT) -> TokensView:
        """The tokens of a refresh."""
        return await self.authentication.refresh(tokens.refresh_token, client)

    async def log_in(
        self, email: str = EMAIL, password: str = PASSWORD, client: str = CLIENT
    ) -> TokensView:
        """The tokens of a login."""
        return await self.authentication.log_in(
            LogIn(email=email, password=password, client=client)
        )


def on_postgres(database: Database) -> Transactions:
    """Identity's transactions on PostgreSQL."""
    return SqlTransactions(database, lambda session: SqlWork(session, uuid4))
