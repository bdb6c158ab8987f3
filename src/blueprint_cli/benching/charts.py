"""Where the marks of a bench's charts lie."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.benching.histogram import Histogram
from blueprint_cli.benching.processes import memory_by_name
from blueprint_cli.reports.charts import FRAME, Chart, Line, Mark, powers_of_ten, round_up, short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from blueprint_cli.benching.command import Result
    from blueprint_cli.benching.dashboards import Drawn, Shown
    from blueprint_cli.benching.run import Step
    from blueprint_cli.benching.watch import Sample

Points = list[tuple[float, float]]
# report.css has six colours, each with dashes of its own.
MOST_LINES: Final = 5
SHARES: Final = (0, 0.25, 0.5, 0.75, 1)
SECONDS: Final = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800)
MOST_MARKS: Final = 6
LEAST_SAMPLES: Final = 3
# A line that stays below that share of the highest one shows nothing.
LEAST_REACH: Final = 0.05
# What Grafana's units are called, and how many of them one is.
UNITS: Final = {
    "s": ("milliseconds", 1000.0),
    "reqps": ("requests a second", 1.0),
    "cps": ("a second", 1.0),
    "percent": ("percent", 1.0),
    "percentunit": ("percent", 100.0),
    "bytes": ("MiB", 1 / 2**20),
}
PER_SECOND: Final = "requests a second"
OF_THE_RUN: Final = "seconds of the run"
# A value so many times above the others is left out.
FAR: Final = 100
SHOWN_PERCENT: Final = (*range(0, 90, 2), *(90 + number / 4 for number in range(40)), 99.9)


@dataclass(frozen=True, slots=True)
class Axis:
    """The range of an axis, from 0 or logarithmic; ``every`` is what its marks lie apart."""

    low: float
    high: float
    logarithmic: bool = False
    every: float = 0.0

    def share(self, value: float) -> float:
        """Return how far along the axis a value lies."""
        if self.logarithmic:
            value = max(value, self.low)
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    @property
    def marks(self) -> list[tuple[float, str]]:
        """Return round values, and how they are written."""
        if self.logarithmic:
            first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
            values = powers_of_ten(first, last)
            if last - first < len(SHARES) // 2:
                values = [
                    one * step for one in powers_of_ten(first - 1, last) for step in (1, 2, 5)
                ]
            return [(one, short(one)) for one in values if self.low <= one <= self.high]
        if self.every:
            count = int(self.high / self.every)
            return [
                (number * self.every, f"{number * self.every:g}") for number in range(count + 1)
            ]
        span = self.high - self.low
        return [(self.low + span * share, f"{self.low + span * share:g}") for share in SHARES]


def upto(values: Sequence[float]) -> Axis:
    """Return an axis from 0 to a round number that no value is above."""
    return Axis(0, round_up(max(*values, 0.001)))


def seconds(end: float) -> Axis:
    """Return an axis of seconds, with marks that clocks have."""
    every = next((one for one in SECONDS if end / one <= MOST_MARKS), SECONDS[-1])
    return Axis(0, max(end, 1.0), every=every)


def powers(values: Sequence[float]) -> Axis:
    """Return a logarithmic axis around values."""
    positive = [one for one in values if one > 0] or [1.0]
    low, high = min(positive), max(positive)
    low = 10 ** math.floor(math.log10(low)) if high / low >= 5 else low / 2  # noqa: PLR2004
    high = high * 1.15
    return Axis(low, max(high, low * 10), logarithmic=True)


@dataclass(frozen=True, slots=True)
class Plot:
    """What a chart shows: lines by name over two axes, in words as well.

    ``mark`` and ``level`` are an upright and a level line, each with its text.
    """

    title: str
    lines: Mapping[str, Points]
    across: Axis
    up: Axis
    unit: str
    description: str
    mark: tuple[float, str] | None = None
    level: tuple[float, str] | None = None

    @property
    def chart(self) -> Chart:
        """Where its marks lie."""
        across, up, level = self.across, self.up, self.level
        at = across.share(self.mark[0]) if self.mark else -1.0
        return Chart(
            title=self.title,
            description=self.description,
            lines=tuple(
                Line(f"c{number}", self._points(points), name)
                for number, (name, points) in enumerate(self.lines.items())
            ),
            up=tuple(Mark(FRAME.y(up.share(value)), text) for value, text in up.marks),
            across=tuple(Mark(FRAME.x(across.share(value)), text) for value, text in across.marks),
            unit=self.unit,
            expected=FRAME.x(at) if 0 <= at <= 1 else "",
            marked=self.mark[1] if self.mark else "",
            level=Mark(FRAME.y(up.share(level[0])), level[1])
            if level and up.low <= level[0] <= up.high
            else None,
        )

    def _points(self, points: Points) -> str:
        return FRAME.points((self.across.share(x), self.up.share(y)) for x, y in points)


def latency_by_rate(result: Result) -> Chart:
    """Return the percentiles over the rate, up to the knee and one step beyond."""
    steps = _steps(result)
    lines = {
        "p50": [(one.rate, one.p50_ms) for one in steps],
        "p95": [(one.rate, one.p95_ms) for one in steps],
        "p99": [(one.rate, one.p99_ms) for one in steps],
    }
    slo = result.spec.slo.p95_ms
    return Plot(
        "Latency, milliseconds",
        lines,
        upto([one.rate for one in steps]),
        powers(_with(_values(lines), slo)),
        PER_SECOND,
        "; ".join(f"{one.rate:.0f} requests a second: p95 {one.p95_ms:.0f} ms" for one in steps),
        _knee(result),
        (slo, f"p95 of the SLO, {slo:g} ms"),
    ).chart


def answered_by_rate(result: Result) -> Chart:
    """Return the answers a second over the rate that was asked."""
    steps = _steps(result)
    lines: dict[str, Points] = {
        "asked": [(0.0, 0.0), *((one.rate, one.rate) for one in steps)],
        "answered": [(0.0, 0.0), *((one.rate, _answered(one)) for one in steps)],
    }
    rates = [one.rate for one in steps]
    return Plot(
        "Answers a second",
        lines,
        upto(rates),
        upto(rates),
        PER_SECOND,
        "; ".join(f"of {one.rate:.0f} a second {_answered(one):.0f} answered" for one in steps),
        _knee(result),
    ).chart


def failed_by_rate(result: Result) -> Chart:
    """Return the share of requests that failed over the rate."""
    steps = _steps(result)
    promised = result.spec.slo.error_rate_percent
    return Plot(
        "Errors, percent",
        {"failed": [(one.rate, one.error_percent) for one in steps]},
        upto([one.rate for one in steps]),
        upto([promised * 1.3, *(one.error_percent for one in steps)]),
        PER_SECOND,
        "; ".join(f"at {one.rate:.0f} a second {one.error_percent:.2f}%" for one in steps),
        _knee(result),
        (promised, f"the SLO, {promised:g}%"),
    ).chart


def distribution(result: Result) -> Chart:
    """Return the percent of answers within so many milliseconds, at the SLO's rate."""
    step = result.bench.at_slo
    times = Histogram(step.histogram)
    points = [(times.percentile(percent), percent) for percent in SHOWN_PERCENT]
    slo = result.spec.slo.p95_ms
    return Plot(
        "Percent of the answers within so many milliseconds",
        {"answers": points},
        powers(_with([value for value, _ in points], slo)),
        Axis(0, 100),
        "milliseconds",
        f"p50 {step.p50_ms:.0f}, p95 {step.p95_ms:.0f}, p99 {step.p99_ms:.0f} ms",
        (slo, "p95 of the SLO"),
    ).chart


def over_time(result: Result) -> tuple[Chart, ...]:
    """Return processor time, memory and the age of what waits over the run's seconds."""
    samples = result.observed.samples
    if len(samples) < LEAST_SAMPLES:
        return ()
    begun = samples[0].at
    held = result.bench.at_slo
    mark = (held.began + held.seconds - begun, "the SLO's rate ends")
    across = seconds(samples[-1].at - begun)
    cpu, memory = _most(_cpu(samples), memory_by_name(samples))
    ages = [
        (one.at - begun, one.backlog.oldest_seconds)
        for one in samples
        if one.backlog and one.backlog.outboxes
    ]
    plots = [
        Plot(
            "Processor time, percent of one core",
            cpu,
            across,
            upto(_values(cpu)),
            OF_THE_RUN,
            _highest(cpu, "%"),
            mark,
        ),
        Plot(
            "Memory of its own, MiB",
            memory,
            across,
            upto(_values(memory)),
            OF_THE_RUN,
            _highest(memory, " MiB"),
            mark,
        ),
        Plot(
            "Age of the oldest message that waits, seconds",
            {"oldest message": ages},
            across,
            upto([1.0, *(age for _, age in ages)]),
            OF_THE_RUN,
            _highest({"the oldest message": ages}, " s"),
            mark,
        ),
    ]
    return tuple(one.chart for one in plots if _values(one.lines))


def dashboard(board: Shown) -> tuple[Chart, ...]:
    """Return a chart for each panel of a dashboard."""
    return tuple(_panel(one, board.begin) for one in board.panels)


def _panel(panel: Drawn, begin: float) -> Chart:
    """Return a panel's lines; of many those that reach highest."""
    unit, times = UNITS.get(panel.unit, ("", 1.0))
    lines = {
        name: [(at - begin, value * times) for at, value in samples]
        for name, samples in panel.lines.items()
    }
    highest = sorted(lines, key=lambda name: -max(y for _, y in lines[name]))
    lines = {name: lines[name] for name in sorted(highest[:MOST_LINES])}
    end = max(x for points in lines.values() for x, _ in points)
    values = _values(lines)
    return Plot(
        panel.title if unit in panel.title.lower() else f"{panel.title}, {unit}",
        lines,
        seconds(end),
        upto(values if any(values) else [1.0]),
        OF_THE_RUN,
        _highest(lines, f" {unit}".rstrip()),
    ).chart


def _with(values: Sequence[float], slo: float) -> list[float]:
    """Return values with the SLO's, where it is not so far above that nothing else is seen."""
    return [*values, slo] if slo < FAR * max(values) else [*values]


def _highest(lines: Mapping[str, Points], unit: str) -> str:
    return "; ".join(
        f"{name} up to {max(y for _, y in points):.1f}{unit}"
        for name, points in lines.items()
        if points
    )


def _steps(result: Result) -> tuple[Step, ...]:
    return (result.bench.at_slo, *result.bench.climb)


def _knee(result: Result) -> tuple[float, str] | None:
    knee = result.bench.knee
    return (knee, "knee") if knee and result.bench.climb else None


def _answered(step: Step) -> float:
    return step.asked / step.seconds * (1 - step.error_percent / 100) if step.seconds else 0.0


def _cpu(samples: Sequence[Sample]) -> dict[str, Points]:
    """Return the percent of a core that the processes of a name used between two looks."""
    found: dict[str, Points] = defaultdict(list)
    for before, now in itertools.pairwise(samples):
        known = {one.pid: one.cpu_seconds for one in before.usage}
        used: dict[str, float] = defaultdict(float)
        for one in now.usage:
            used[one.name] += one.cpu_seconds - known.get(one.pid, one.cpu_seconds)
        for name, seconds in used.items():
            share = 100 * seconds / max(0.001, now.at - before.at)
            found[name].append((now.at - samples[0].at, share))
    return found


def _most(*charts: Mapping[str, Points]) -> list[dict[str, Points]]:
    """Return the lines of the names that reach highest in one of the charts.

    The same names in each, so that a colour is one name's.
    """
    reach: dict[str, float] = defaultdict(float)
    for lines in charts:
        highest = {name: max((y for _, y in points), default=0) for name, points in lines.items()}
        top = max(highest.values(), default=0.0) or 1.0
        for name, value in highest.items():
            reach[name] = max(reach[name], value / top)
    names = sorted(
        (name for name in reach if reach[name] > LEAST_REACH), key=lambda one: -reach[one]
    )
    return [{name: lines.get(name, []) for name in names[:MOST_LINES]} for lines in charts]


def _values(lines: Mapping[str, Points]) -> list[float]:
    return [value for points in lines.values() for _, value in points]
