"""Looking users up by their addresses."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity.application.ports import Transactions
from identity.domain import email_address
from identity.domain.errors import TooManyAttemptsError
from identity.domain.throttle import ThrottleRule


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundUser:
    """A user, as others may see them."""

    id: UUID
    name: str


class Directory:
    """Finds a user by the exact address.

    Who looks for addresses that nobody has waits after a while, as who fails to log in does.
    """

    def __init__(
        self, transactions: Transactions, clock: Callable[[], datetime], rule: ThrottleRule
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._rule = rule

    async def find(self, address: str, caller: UUID) -> FoundUser | None:
        """The user with this parsed address; raises TooManyAttemptsError."""
        key = f"lookup:{caller}"
        async with self._transactions() as work:
            attempts = (await work.attempts.hold((key,)))[key]
            now = self._clock()
            attempts.follow(now)
            wait = attempts.wait(self._rule, now)
            if not wait:
                user = await work.users.with_email(email_address.same_for(address))
                if user is None:
                    attempts.count(self._rule, now)
                    return None
                return FoundUser(id=user.id, name=user.name)
        # Outside of the block: that a clock stepped back has to be committed.
        raise TooManyAttemptsError(wait)
