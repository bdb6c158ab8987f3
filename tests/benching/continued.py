"""What a bench of half a minute showed Prometheus, gone on for the hours that alerts look at.

Counters go on as fast as they were in the last two thirds of the load; a gauge stays as it was at
its end, unless it grew in the last half, by the median of its slopes: then it grows on.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.growth import slope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Points = list[tuple[float, float]]
INTERVAL_SECONDS: Final = 15
HOURS: Final = 2
ASKED: Final = "http_requests_total{"
STARTED: Final = "process_start_time_seconds"
COUNTERS: Final = ("_total", "_count", "_bucket")
# Of a gauge at least so much in a second, or it only wavers; of memory what half a minute shows.
LEAST_GROWTH: Final = {
    "process_resident_memory_bytes": 12 * 2**20 / 60,
    "outbox_oldest_message_seconds": 0.02,
    "consumer_lag_events": 0.1,
}
FIRING: Final = 'group by (alertname) (ALERTS{alertstate="firing"})'


@dataclass(frozen=True, slots=True)
class Series:
    """One series of one instance: what was seen, by seconds, and how it goes on.

    ``growth`` is for a second.
    """

    metric: str
    labels: str
    points: Points
    growth: float

    def at(self, seconds: float) -> float | None:
        """Return its value at a time; None before the first, or where it ended meanwhile."""
        last, value = self.points[-1]
        if seconds > last:
            return value + self.growth * (seconds - last)
        return next((value for at, value in reversed(self.points) if at <= seconds), None)


def series_of(recorded: Path) -> list[Series]:
    """Return what was recorded while the project was under load."""
    head, *lines = recorded.read_text(encoding="utf-8").splitlines()
    looks = [float(one) for one in head.split()[1:]]
    values = dict(line.rsplit("} ", 1) for line in lines)
    end = max(_ends(looks, text) for name, text in values.items() if name.startswith(ASKED))
    found = []
    for name, text in values.items():
        metric, labels = name.split("{", 1)
        points = [(at, value) for at, value in _points(looks, text) if at <= end]
        if metric == STARTED:
            points = [(at, 0.0) for at, _ in points]
        if points:
            found.append(Series(metric, f'{labels},instance="a"', points, _growth(metric, points)))
    return found


def _points(looks: list[float], text: str) -> Points:
    both = zip(looks, text.split(), strict=False)
    return [(at, float(value)) for at, value in both if value != "_"]


def _ends(looks: list[float], text: str) -> float:
    """Return when a counter grew for the last time; 0 where it never did."""
    pairs = itertools.pairwise(_points(looks, text))
    return max((at for (_, before), (at, now) in pairs if now > before), default=0.0)


def _growth(metric: str, points: Points) -> float:
    if metric.endswith(COUNTERS):
        (begin, first), (end, last) = points[len(points) // 3], points[-1]
        return (last - first) / (end - begin) if end > begin else 0.0
    grown = slope(points[len(points) // 2 :])
    return grown if grown >= LEAST_GROWTH.get(metric, math.inf) else 0.0


def promtool_test(
    recorded: Path, rules: list[str], firing: list[str], minutes: int
) -> dict[str, Any]:
    """A `promtool test rules` file that just these alerts ring after so long."""
    expected = [{"labels": f'{{alertname="{one}"}}', "value": 1} for one in firing]
    return {
        "rule_files": rules,
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": f"{INTERVAL_SECONDS}s",
                "input_series": [_in_promtool(one) for one in series_of(recorded)],
                "promql_expr_test": [
                    {"expr": FIRING, "eval_time": f"{minutes}m", "exp_samples": expected}
                ],
            }
        ],
    }


def _in_promtool(one: Series) -> dict[str, str]:
    run = int(one.points[-1][0] // INTERVAL_SECONDS)
    seen = [one.at((number + 0.5) * INTERVAL_SECONDS) for number in range(run + 1)]
    first, step = one.at((run + 1) * INTERVAL_SECONDS), one.growth * INTERVAL_SECONDS
    more = HOURS * 3600 // INTERVAL_SECONDS
    shown = " ".join("_" if value is None else f"{value:.10g}" for value in seen)
    return {
        "series": f"{one.metric}{{{one.labels}}}",
        "values": f"{shown} {first:.10g}+{step:.10g}x{more}",
    }


def samples(recorded: Path, labels: str, end: int, step: int) -> Iterator[str]:
    """Yield OpenMetrics of the hours before a moment, a sample each step of so many seconds."""
    for one in series_of(recorded):
        for second in range(0, HOURS * 3600, step):
            value = one.at(second)
            if value is not None:
                at = end - HOURS * 3600 + second
                yield f"{one.metric}{{{one.labels},{labels}}} {value:.10g} {at}"
