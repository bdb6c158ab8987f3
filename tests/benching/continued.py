"""What a bench of a minute showed Prometheus, as a `promtool test rules` file of hours.

Alerts look at hours. Counters go on as fast as they were in the last two thirds of the run; a gauge
stays as it was at the end, unless it grew by bench's own test for growth: then it grows on.
"""

from __future__ import annotations

import bisect
import json
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.benching.growth import grows, slope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INTERVAL_SECONDS: Final = 15
HOURS: Final = 2
JOB: Final = {"job": "clinic", "instance": "a"}
STARTED: Final = "process_start_time_seconds"
# Of a gauge at least so much of it in a second, or it only wavers.
LEAST_GROWTH: Final = {
    "process_resident_memory_bytes": 6 * 2**20 / 60,
    "outbox_oldest_message_seconds": 0.02,
}
FIRING: Final = 'group by (alertname) (ALERTS{alertstate="firing"})'


def input_series(recorded: Path) -> Iterator[dict[str, str]]:
    """The series of one instance, in promtool's notation; its process started at second 0."""
    for one in json.loads(recorded.read_text(encoding="utf-8")):
        metric, points = one["metric"], [(at, value) for at, value in one["values"]]
        if metric == STARTED:
            points = [(at, 0.0) for at, _ in points]
        labels = ",".join(f'{name}="{value}"' for name, value in {**JOB, **one["labels"]}.items())
        yield {"series": f"{metric}{{{labels}}}", "values": _values(metric, points)}


def _values(metric: str, points: list[tuple[float, float]]) -> str:
    times = [at for at, _ in points]
    count = int(times[-1] // INTERVAL_SECONDS)
    seen = []
    for number in range(count + 1):
        place = bisect.bisect_right(times, number * INTERVAL_SECONDS + INTERVAL_SECONDS / 2)
        seen.append(f"{points[place - 1][1]:.10g}" if place else "_")
    step = _slope(metric, points) * INTERVAL_SECONDS
    more = HOURS * 3600 // INTERVAL_SECONDS
    return f"{' '.join(seen)} {points[-1][1] + step:.10g}+{step:.10g}x{more}"


def _slope(metric: str, points: list[tuple[float, float]]) -> float:
    """How much it grows in a second once the run has ended."""
    later = points[len(points) // 3 :]
    if metric.endswith(("_total", "_count", "_bucket")):
        (begin, first), (end, last) = later[0], later[-1]
        return (last - first) / (end - begin) if end > begin else 0.0
    least = LEAST_GROWTH.get(metric)
    return slope(later) if least is not None and grows(later, least) else 0.0


def promtool_test(
    recorded: Path, rules: list[str], firing: list[str], minutes: int
) -> dict[str, Any]:
    """A test that just these alerts ring after so long."""
    expected = [{"labels": f'{{alertname="{one}"}}', "value": 1} for one in firing]
    return {
        "rule_files": rules,
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": f"{INTERVAL_SECONDS}s",
                "input_series": list(input_series(recorded)),
                "promql_expr_test": [
                    {"expr": FIRING, "eval_time": f"{minutes}m", "exp_samples": expected}
                ],
            }
        ],
    }
