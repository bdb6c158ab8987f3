"""What a project's processes used while a rate was held, and whether their memory grows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.growth import grows, slope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blueprint_cli.benching.watch import Sample

# What grows more slowly, or by less in all, is not told from what fills once.
LEAST_MIB_A_MINUTE: Final = 6.0
LEAST_MIB: Final = 4.0
# Of the time of a rate: meanwhile caches and pools fill, and no slope is taken.
FILLING: Final = 1 / 3


@dataclass(frozen=True, slots=True)
class Process:
    """The processes of one name together.

    ``cpu_percent`` is of one core; memory in MiB, its slope of what was there all the time.
    """

    name: str
    count: int
    cpu_percent: float
    memory_mb: float
    memory_slope_mb_per_minute: float
    leaks: bool = False


def processes(samples: Sequence[Sample]) -> tuple[Process, ...]:
    """Return what the processes used between the first and the last look, the most first."""
    if len(samples) < 2:  # noqa: PLR2004 - what was used lies between two looks
        return ()
    seconds = samples[-1].at - samples[0].at
    begun = {one.pid: one.cpu_seconds for one in samples[0].usage}
    names = sorted({one.name for one in samples[-1].usage})
    filled = samples[0].at + FILLING * seconds
    memory = memory_by_name([one for one in samples if one.at >= filled])
    found = []
    for name in names:
        now = [one for one in samples[-1].usage if one.name == name]
        cpu = sum(one.cpu_seconds - begun.get(one.pid, 0.0) for one in now)
        points = [(at / 60, own) for at, own in memory[name]]
        grown = slope(points)
        minutes = points[-1][0] - points[0][0]
        found.append(
            Process(
                name,
                len(now),
                round(100 * cpu / seconds, 1),
                round(sum(one.memory_mib for one in now), 1),
                round(grown, 1),
                leaks=grown * minutes >= LEAST_MIB and grows(points, LEAST_MIB_A_MINUTE),
            )
        )
    return tuple(sorted(found, key=lambda one: -one.cpu_percent))


def memory_by_name(samples: Sequence[Sample]) -> dict[str, list[tuple[float, float]]]:
    """Return, by name, seconds since the first look and the memory that is the processes' own.

    Of those alone that were there all the time: a connection that is opened is no leak.
    """
    always = set.intersection(*({one.pid for one in sample.usage} for sample in samples))
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for sample in samples:
        together: dict[str, float] = defaultdict(float)
        for one in sample.usage:
            together[one.name] += one.own_mib if one.pid in always else 0.0
        for name, own in together.items():
            found[name].append((sample.at - samples[0].at, own))
    return found
