"""Whether memory only grows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.growth import grows, slope

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_SAMPLES: Final = 12
LEAST_SECONDS: Final = 300.0
# Growth is a leak where it is more than a share and an amount, and goes on to the end.
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
    """Return the slope of memory that grows without end, see `blueprint_cli.growth`; None of other.

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
    begin, end = kept[0], kept[-1]
    allowed = max(LEAST_MIB, LEAST_SHARE * begin[1]) / (end[0] - begin[0])
    if not grows(kept, allowed):
        return None
    return Leak(round(slope(kept) * 60, 3), round(allowed * 60, 3))
