"""A login and the refresh tokens that follow from it: one family (RFC 9700, 4.14.2)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class EndReason(StrEnum):
    """Why a session takes no refresh token any more."""

    LOGGED_OUT = "logged_out"
    REUSED = "reused"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the reason, not a password


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long a refresh token waits to be used, and how long a login lasts at most."""

    refresh: timedelta = timedelta(days=14)
    session: timedelta = timedelta(days=90)


def fingerprint(refresh_token: str) -> str:
    """What is stored of a refresh token: it has 256 random bits, so a plain hash suffices."""
    return hashlib.sha256(refresh_token.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(kw_only=True, eq=False)
class Session:
    """One login. Only the newest refresh token, `current`, is good; any earlier one ends it."""

    id: UUID
    user_id: UUID
    current: str
    started_at: datetime
    refreshable_until: datetime
    ends_at: datetime
    ended_at: datetime | None = None
    end_reason: EndReason | None = None

    @classmethod
    def start(
        cls, *, session_id: UUID, user_id: UUID, token: str, now: datetime, lifetimes: Lifetimes
    ) -> "Session":
        """A new session whose first refresh token has the fingerprint `token`."""
        return cls(
            id=session_id,
            user_id=user_id,
            current=token,
            started_at=now,
            refreshable_until=now + min(lifetimes.refresh, lifetimes.session),
            ends_at=now + lifetimes.session,
        )

    def rotate(self, *, presented: str, fresh: str, now: datetime, lifetimes: Lifetimes) -> bool:
        """Replace the presented token by a fresh one (fingerprints); False when it is not good.

        A token that was replaced before is in two hands, one of them a thief's: the session ends.
        The caller commits also after False.
        """
        if self.ended_at is not None:
            return False
        if presented != self.current:
            self.end(EndReason.REUSED, now)
            return False
        if now >= self.refreshable_until:
            return False
        self.current = fresh
        self.refreshable_until = min(now + lifetimes.refresh, self.ends_at)
        return True

    def end(self, reason: EndReason, now: datetime) -> None:
        """Take no refresh token any more; the first reason stays."""
        if self.ended_at is None:
            self.ended_at = now
            self.end_reason = reason
