"""A login and the refresh tokens that follow from it: one family (RFC 9700, 4.14.2)."""

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
    """How long a refresh token waits to be used, and how long a login lasts at most.

    `grace` is how long a token that was replaced may come back, because its answer was lost.
    """

    refresh: timedelta = timedelta(days=14)
    session: timedelta = timedelta(days=90)
    grace: timedelta = timedelta(seconds=10)


@dataclass(kw_only=True, eq=False)
class Session:
    """One login. Its refresh tokens are numbered, and only the newest, `number`, is good.

    `renewed_at` and `renewed_by`, the key of a client, say who got it and when.
    """

    id: UUID
    user_id: UUID
    number: int
    renewed_at: datetime
    renewed_by: str
    started_at: datetime
    refreshable_until: datetime
    ends_at: datetime
    ended_at: datetime | None = None
    end_reason: EndReason | None = None

    @classmethod
    def start(
        cls, *, session_id: UUID, user_id: UUID, client: str, now: datetime, lifetimes: Lifetimes
    ) -> "Session":
        """A new session with its first refresh token."""
        return cls(
            id=session_id,
            user_id=user_id,
            number=0,
            renewed_at=now,
            renewed_by=client,
            started_at=now,
            refreshable_until=now + min(lifetimes.refresh, lifetimes.session),
            ends_at=now + lifetimes.session,
        )

    def rotate(self, *, presented: int, client: str, now: datetime, lifetimes: Lifetimes) -> bool:
        """Replace the presented token; whether `number` may be given for it.

        A token that was replaced before is in two hands, one of them a thief's: the session ends.
        Only the one replaced last may come back from where it came, as long as the answer may have
        been lost: nobody has used its successor, which is given again. After a clock stepped back
        nobody knows how long that is. The caller commits also after False.
        """
        if self.ended_at is not None or presented > self.number:  # from after a backup's time
            return False
        if presented < self.number:
            if not self._may_be_lost(presented, client, now, lifetimes.grace):
                self.end(EndReason.REUSED, now)
                return False
            return True
        if now >= self.refreshable_until:
            return False
        self.number += 1
        self.renewed_at, self.renewed_by = now, client
        self.refreshable_until = min(now + lifetimes.refresh, self.ends_at)
        return True

    def _may_be_lost(self, presented: int, client: str, now: datetime, grace: timedelta) -> bool:
        return (
            presented == self.number - 1
            and client == self.renewed_by
            and bool(grace)
            and now <= self.renewed_at + grace
        )

    def end(self, reason: EndReason, now: datetime) -> None:
        """Take no refresh token any more; the first reason stays."""
        if self.ended_at is None:
            self.ended_at = now
            self.end_reason = reason
