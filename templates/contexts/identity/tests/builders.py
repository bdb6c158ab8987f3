"""What several tests of identity make."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from identity.adapters.email_addresses import parse_address
from identity.adapters.repositories import SqlWork
from identity.application.authentication import AuthenticationService, LogIn
from identity.application.ports import Transactions
from identity.application.registration import Register, RegistrationService
from identity.application.views import TokensView, UserView
from identity.domain.password import PasswordRules
from identity.domain.session import Lifetimes, Session
from identity.domain.throttle import ThrottleRule, ThrottleRules
from identity.domain.user import User
from kit.database import Database, SqlTransactions
from tests.identity.memory import (
    MemoryTransactions,
    PlainAccessTokens,
    PlainPasswords,
    PlainRefreshTokens,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
EMAIL = "Ada@Example.com"
PASSWORD = "river stone lantern"
CLIENT = "192.0.2.7"
LIFETIMES = Lifetimes(refresh=timedelta(days=14), session=timedelta(days=30))
THROTTLE = ThrottleRules(address=ThrottleRule(free=3), client=ThrottleRule(free=6))


class ManualClock:
    """A clock that moves when a test moves it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **spans: float) -> None:
        """Let time pass: `pass_time(seconds=3)`."""
        self.now += timedelta(**spans)


LATER = Lifetimes().grace + timedelta(seconds=1)
"""When an answer can no longer have been lost."""


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


def session(user_id: UUID, now: datetime = NOON) -> Session:
    """A session that began then."""
    return Session.start(
        session_id=uuid4(), user_id=user_id, client=CLIENT, now=now, lifetimes=LIFETIMES
    )


def user(email: str = EMAIL, new_id: Callable[[], UUID] = uuid4) -> User:
    """A user who registered at noon."""
    return User.register(
        user_id=new_id(), email=email, name="Ada", password_hash="1:" + PASSWORD, now=NOON
    )


def on_postgres(database: Database) -> Transactions:
    """Identity's transactions on PostgreSQL."""
    return SqlTransactions(database, lambda session: SqlWork(session, uuid4))
