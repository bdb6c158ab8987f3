"""Logging in, staying logged in, logging out."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from identity.application.ports import (
    AccessTokens,
    ParseAddress,
    Passwords,
    RefreshToken,
    RefreshTokens,
    TokensView,
    Transactions,
    Verdict,
    Work,
)
from identity.domain import email_address, throttle
from identity.domain.errors import (
    InvalidCredentialsError,
    InvalidEmailError,
    InvalidTokenError,
    OverloadedError,
    TooManyAttemptsError,
)
from identity.domain.password import is_possible, normalise
from identity.domain.session import EndReason, Lifetimes, Session
from identity.domain.throttle import Attempts, ThrottleRules
from identity.domain.user import User

PURGED_AT_ONCE: Final = 1_000
"""Rows that one transaction removes: as many as take a fraction of a second."""

_NOT_GOOD: Final = "The refresh token is not good. Log in again."
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogIn:
    """Somebody at the IP address `client` says who they are."""

    email: str
    password: str
    client: str


class AuthenticationService:
    """Turns credentials into tokens, and tokens into fresh ones."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        parse_address: ParseAddress,
        passwords: Passwords,
        access_tokens: AccessTokens,
        clock: Callable[[], datetime],
        new_id: Callable[[], UUID],
        refresh_tokens: RefreshTokens,
        lifetimes: Lifetimes,
        throttle_rules: ThrottleRules,
    ) -> None:
        self._transactions = transactions
        self._parse_address = parse_address
        self._passwords = passwords
        self._access_tokens = access_tokens
        self._clock = clock
        self._new_id = new_id
        self._refresh_tokens = refresh_tokens
        self._lifetimes = lifetimes
        self._rules = throttle_rules

    async def log_in(self, command: LogIn) -> TokensView:
        """Tokens of a new session.

        An unknown address takes the same steps and the same time as a wrong password. No
        transaction is open while the password is hashed.
        Raises TooManyAttemptsError, InvalidCredentialsError, OverloadedError.
        """
        email_key = self._email_key(command.email)
        address = throttle.address_key(email_key or command.email)
        client = throttle.client_key(command.client)
        user, counted_at = await self._admit(email_key, address, client)
        try:
            verdict = await self._verify(command.password, user)
        except OverloadedError:
            async with self._transactions() as work:
                await self._give_back(work, address, client, counted_at)
            raise
        if user is None or not verdict.right:
            raise InvalidCredentialsError("The address or the password is wrong.")
        now = self._clock()
        async with self._transactions() as work:
            held = await self._give_back(work, address, client, counted_at)
            held[address].forget()  # but not what the client tried at others
            known = await work.users.hold(user.id)
            if known is None or known.password_changed_at != user.password_changed_at:
                # Changed while it was verified: what was right then is not now.
                raise InvalidCredentialsError("The address or the password is wrong.")
            if verdict.rehashed is not None:
                known.rehash(verdict.rehashed)
            session = Session.start(
                session_id=self._new_id(),
                user_id=known.id,
                client=client,
                now=now,
                lifetimes=self._lifetimes,
            )
            await work.sessions.add(session)
            return self._tokens(known, session, now)

    async def refresh(self, refresh_token: str, client: str) -> TokensView:
        """Fresh tokens for a refresh token that was not used before, or whose answer was lost.

        `client` is the IP address that asks. Raises InvalidTokenError.
        """
        token = self._refresh_tokens.read(refresh_token)
        if token is None:
            raise InvalidTokenError(_NOT_GOOD)
        tokens: TokensView | None = None
        async with self._transactions() as work:
            session = await work.sessions.hold(token.session_id)
            now = self._clock()  # those that waited for each other come in order
            if session is not None and session.rotate(
                presented=token.number,
                client=throttle.client_key(client),
                now=now,
                lifetimes=self._lifetimes,
            ):
                user = await work.users.get(session.user_id)
                tokens = None if user is None else self._tokens(user, session, now)
        # Outside of the block: the end of a family whose token was reused has to be committed.
        if session is not None and (session.end_reason, session.ended_at) == (
            EndReason.REUSED,
            now,
        ):
            _logger.warning("session %s ended: a used refresh token came back", session.id)
        if tokens is None:
            raise InvalidTokenError(_NOT_GOOD)
        return tokens

    async def log_out(self, refresh_token: str) -> None:
        """End the session of the refresh token, used or not; an unknown one is as good as ended."""
        token = self._refresh_tokens.read(refresh_token)
        if token is None:
            return
        async with self._transactions() as work:
            session = await work.sessions.hold(token.session_id)
            if session is not None:
                session.end(EndReason.LOGGED_OUT, self._clock())

    async def purge(self) -> int:
        """Remove sessions and attempts that no answer depends on any more; how many."""
        now = self._clock()
        before = now - timedelta(days=1)
        return await self._in_batches(
            lambda work: work.sessions.purge(before, PURGED_AT_ONCE)
        ) + await self._in_batches(lambda work: work.attempts.purge(now, PURGED_AT_ONCE))

    async def _in_batches(self, purge: Callable[[Work], Awaitable[int]]) -> int:
        """A transaction for each, until there is nothing left."""
        gone = 0
        while True:
            async with self._transactions() as work:
                batch = await purge(work)
            gone += batch
            if batch < PURGED_AT_ONCE:
                return gone

    async def _admit(
        self, email_key: str | None, address: str, client: str
    ) -> tuple[User | None, datetime]:
        """Count the attempt as failed for now; TooManyAttemptsError when it has to wait.

        The user, if the address has one, and when the attempt was counted.
        """
        async with self._transactions() as work:
            held = await work.attempts.hold((address, client))
            now = self._clock()  # attempts that waited for each other are counted in order
            for attempts in held.values():
                attempts.follow(now)
            wait = max(
                held[address].wait(self._rules.address, now),
                held[client].wait(self._rules.client, now),
            )
            if not wait:
                held[address].count(self._rules.address, now)
                held[client].count(self._rules.client, now)
                user = None if email_key is None else await work.users.with_email(email_key)
                return user, now
        # Outside of the block: that a clock stepped back has to be committed.
        raise TooManyAttemptsError(wait)

    def _email_key(self, email: str) -> str | None:
        """The form in which the address is looked for; None for what nobody has."""
        try:
            return email_address.same_for(self._parse_address(email))
        except InvalidEmailError:
            return None

    async def _give_back(
        self, work: Work, address: str, client: str, counted_at: datetime
    ) -> dict[str, Attempts]:
        """Uncount the attempt; what it was counted in."""
        held = await work.attempts.hold((address, client))
        held[address].give_back(self._rules.address, counted_at)
        held[client].give_back(self._rules.client, counted_at)
        return held

    async def _verify(self, password: str, user: User | None) -> Verdict:
        if not is_possible(password):  # nobody has it; do not hash a megabyte either
            return await self._passwords.verify("", None)
        return await self._passwords.verify(
            normalise(password), None if user is None else user.password_hash
        )

    def _tokens(self, user: User, session: Session, now: datetime) -> TokensView:
        access = self._access_tokens.issue(user.id, user.role, now)
        current = RefreshToken(session.id, session.number)
        return TokensView(
            access_token=access.value,
            refresh_token=self._refresh_tokens.issue(current, session.renewed_at),
            token_type="bearer",  # noqa: S106 - the kind, not a token
            expires_in=int(access.lifetime.total_seconds()),
        )
