"""The words of everything that is tried again: attempts, the delay after each, when to give up."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

_SPREAD = 0.25


@dataclass(frozen=True, slots=True)
class Backoff:
    """Delays in seconds, one for each failed attempt; after one more failure it is given up."""

    delays: Sequence[float]

    @classmethod
    def doubling(cls, first: float = 0.5, longest: float = 60, attempts: int = 36) -> "Backoff":
        """Delays that double from `first` up to `longest`; given up after so many attempts."""
        return cls([min(first * 2.0 ** min(n, 32), longest) for n in range(attempts - 1)])

    def after(self, attempts: int) -> float | None:
        """How long to wait after so many failed attempts; None when it is time to give up.

        About as long, so that what failed together is not tried again together.
        """
        if attempts > len(self.delays):
            return None
        return self.delays[attempts - 1] * random.uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311 - no secret
