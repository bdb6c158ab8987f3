"""Moments of a run, in seconds since 1970, which go on whatever happens to the system's clock.

Databases and Prometheus stamp by that clock: where somebody set it during the run, what they say of
its moments is of no use.
"""

from __future__ import annotations

import time
from typing import Final

# The processes of a machine share the clock that nobody sets.
ZERO: Final = time.time() - time.monotonic()
MOST_SECONDS: Final = 0.1


def now(zero: float = ZERO) -> float:
    """Return the moment; ``zero`` is that of the process that began the run."""
    return zero + time.monotonic()


def clock_was_set() -> str:
    """Say by how much the system's clock was set since this process began; empty if it was not."""
    seconds = time.time() - now()
    if abs(seconds) <= MOST_SECONDS:
        return ""
    return (
        f"the system's clock was set {'back' if seconds < 0 else 'forward'} by {abs(seconds):,.1f} "
        "s meanwhile, and what a project records is stamped by it"
    )
