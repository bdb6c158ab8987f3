"""The words of everything that is tried again: attempts, the delay after each, when to give up."""

import random
from dataclasses import dataclass

_SPREAD = 0.25


@dataclass(frozen=True, slots=True)
class Backoff:
    """Delays in seconds that double from `first` up to `longest`; given up after `attempts`."""

    first: float = 0.5
    longest: float = 60
    attempts: int = 36

    def after(self, attempts: int) -> float | None:
        """How long to wait after so many failed attempts; None when it is time to give up."""
        if attempts >= self.attempts:
            return None
        return spread(min(self.first * 2.0 ** min(attempts - 1, 32), self.longest))


def spread(seconds: float) -> float:
    """About as long, so that what failed together is not tried again together."""
    return seconds * random.uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311 - no secret
