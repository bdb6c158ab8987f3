"""Whether something that was looked at every second grows without end: a robust line through it.

The slope is Theil's and Sen's: the median of the slopes between every two points, which one jump
or a few wild points do not move. Its lower bound is Sen's, from Kendall's statistic. What grows and
then stays, as caches and pools do while they fill, is told from a leak by its end: a leak grows
there as it did before. One jump, as of a pool, is taken out first: it would hide one.
"""

from __future__ import annotations

import itertools
import math
import statistics
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

# Of so many points at most every pair is looked at.
MOST_POINTS: Final = 200
LEAST_POINTS: Final = 8
# Two-sided, of a normal distribution: one false find in a hundred.
NORMAL_99: Final = 2.576
# In its last part it has to grow by that share of how it grew in its first one, and in all.
LEAST_SHARE: Final = 0.5
PARTS: Final = 3
# So many times the usual spread of its steps one step is a jump.
JUMP: Final = 8.0


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the median slope, in units of the second value for one of the first; 0 for none."""
    slopes = _slopes(points)
    return statistics.median(slopes) if slopes else 0.0


def least_slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope that it has at least, with 99.5% confidence; 0 of too few points."""
    points = _thinned(points)
    count = len(points)
    if count < LEAST_POINTS:
        return 0.0
    slopes = sorted(_slopes(points))
    deviation = math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    lowest = round((len(slopes) - NORMAL_99 * deviation) / 2)
    return slopes[max(0, lowest)]


def grows(points: Sequence[tuple[float, float]], least: float) -> bool:
    """Whether it grows by so much at least for one of the first value, to the end."""
    if least_slope(points) < least:
        return False
    level = _level(points)
    if level is not points and least_slope(level) < least:
        return False
    begin, end = points[0][0], points[-1][0]
    part = (end - begin) / PARTS
    first = slope(_level([one for one in points if one[0] <= begin + part]))
    last = slope([one for one in points if one[0] >= end - part])
    return last >= LEAST_SHARE * max(first, slope(level))


def _level(points: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    """Take a jump out: a pool that grows once is neither what leaks nor what fills."""
    steps = [now[1] - before[1] for before, now in itertools.pairwise(points)]
    if not steps:
        return points
    usual, most = statistics.median(steps), max(steps)
    spread = statistics.median(abs(step - usual) for step in steps)
    if most - usual <= JUMP * spread:
        return points
    place = steps.index(most) + 1
    return [*points[:place], *((at, value + usual - most) for at, value in points[place:])]


def _slopes(points: Sequence[tuple[float, float]]) -> list[float]:
    points = _thinned(points)
    return [
        (later[1] - one[1]) / (later[0] - one[0])
        for place, one in enumerate(points)
        for later in points[place + 1 :]
        if later[0] > one[0]
    ]


def _thinned(points: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    step = max(1, math.ceil(len(points) / MOST_POINTS))
    return points[::step]
