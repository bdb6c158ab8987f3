"""Whether memory only grows."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_SAMPLES: Final = 12
LEAST_SECONDS: Final = 300.0
# Growth is a leak where it is a straight line, and more than a share and an amount.
LEAST_CORRELATION: Final = 0.9
LEAST_SHARE: Final = 0.2
LEAST_MIB: Final = 16.0
# A fall by so much of what there was is another process.
RESTARTED: Final = 0.3


@dataclass(frozen=True, slots=True)
class Leak:
    """Growth in MiB a minute, and what would not count as one over that time."""

    mib_a_minute: float
    allowed: float


def leak_of(samples: Sequence[tuple[float, float]]) -> Leak | None:
    """Return the slope of memory that grows in a straight line; None where it does not.

    Args:
        samples: seconds and MiB, in the order of time; what is before the last restart is left out.
    """
    begins = [
        place
        for place in range(1, len(samples))
        if samples[place][1] < samples[place - 1][1] * (1 - RESTARTED)
    ]
    kept = samples[begins[-1] :] if begins else samples
    # A process that has just begun fills its caches.
    kept = kept[len(kept) // 5 :]
    if len(kept) < LEAST_SAMPLES or kept[-1][0] - kept[0][0] < LEAST_SECONDS:
        return None
    at, mib = [one[0] for one in kept], [one[1] for one in kept]
    if len(set(mib)) < 2:  # noqa: PLR2004 - a straight level line has no correlation
        return None
    slope = statistics.linear_regression(at, mib).slope
    minutes = (at[-1] - at[0]) / 60
    allowed = max(LEAST_MIB, LEAST_SHARE * mib[0]) / minutes
    if slope * 60 <= allowed or statistics.correlation(at, mib) < LEAST_CORRELATION:
        return None
    return Leak(round(slope * 60, 3), round(allowed, 3))
