"""What a project gives on one machine, whose cores its processes, database and load share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.patterns import ARCHITECTURES
from blueprint_cli.recommendation.queueing import slower_than

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from blueprint_cli.patterns import Pattern

STEPS: Final = 60
LATE: Final = 0.05
LONGEST_SECONDS: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class OneMachine:
    """Milliseconds at a rate, and the most requests a second within a p95.

    ``p95_ms`` is None where the machine does not keep up with that rate.
    """

    p95_ms: float | None
    capacity_rps: float


def on_one_machine(
    pattern: Pattern, assume: Mapping[str, float], *, cores: int, rate: float, p95_ms: float
) -> OneMachine:
    """Return what a pattern gives where everything runs on one machine, and the load too.

    The cores are the servers of an M/M/c: each request takes them for all that it causes, also for
    what happens after its answer, and for the generator's part. Calls between processes are part
    of what was measured; there is no network.

    Args:
        pattern: which.
        assume: ``answer_ms``, ``processor_ms_<pattern>``, ``generator_ms``.
        cores: of the machine.
        rate: requests a second for which p95 is wanted.
        p95_ms: within which the capacity is meant.
    """
    taken = assume[f"processor_ms_{ARCHITECTURES[pattern].identifier}"] + assume["generator_ms"]
    work, answer = taken / 1000, assume["answer_ms"] / 1000

    def late(arrivals: float, seconds: float) -> float:
        return slower_than(cores, arrivals, work, seconds, answer)

    slowest = _largest(0.0, LONGEST_SECONDS, lambda seconds: late(rate, seconds) > LATE)
    most = _largest(0.0, cores / work, lambda arrivals: late(arrivals, p95_ms / 1000) <= LATE)
    return OneMachine(round(slowest * 1000, 1) if rate * work < cores else None, round(most, 1))


def _largest(low: float, high: float, holds: Callable[[float], bool]) -> float:
    """Return the largest value of a range for which something holds that ends once."""
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
