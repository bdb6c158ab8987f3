"""Where the marks of the HTML report's drawings lie: places, widths and points, ready to print."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.patterns import PATTERNS
from blueprint_cli.reports.words import formatted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from blueprint_cli.cost.cost import Cost, Curve
    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.recommend import Recommendation

# The letter of each pattern in the classes of report.css.
LETTERS: Final[dict[Pattern, str]] = dict(zip(PATTERNS, "mse", strict=True))
MOST_SWINGS: Final = 12
MOST_CURVES: Final = 6
SHARES_UP: Final = (0.25, 0.5, 0.75, 0.95)
SHARES_ACROSS: Final = (0, 0.25, 0.5, 0.75, 1)


@dataclass(frozen=True, slots=True)
class Frame:
    """A drawing's size and the edges of its axes, in the units of its ``viewBox``."""

    width: int = 440
    height: int = 250
    left: int = 46
    right: int = 430
    top: int = 12
    bottom: int = 212

    def x(self, share: float) -> str:
        """Return the place of a share of the horizontal axis."""
        return f"{self.left + max(0.0, min(1.0, share)) * (self.right - self.left):.1f}"

    def y(self, share: float) -> str:
        """Return the place of a share of the vertical axis."""
        return f"{self.bottom - max(0.0, min(1.0, share)) * (self.bottom - self.top):.1f}"

    def points(self, shares: Iterable[tuple[float, float]]) -> str:
        """Return shares of both axes as the points of a line."""
        return " ".join(f"{self.x(x)},{self.y(y)}" for x, y in shares)


FRAME: Final = Frame()


@dataclass(frozen=True, slots=True)
class Mark:
    """A text at a place of an axis."""

    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A curve of a chart; ``css`` is its class in report.css."""

    css: str
    points: str
    title: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of lines.

    ``expected`` is the place of an upright line, empty where there is none, and ``marked`` what it
    stands for; ``level`` is a level line with its text.
    """

    title: str
    description: str
    lines: tuple[Line, ...]
    up: tuple[Mark, ...]
    across: tuple[Mark, ...]
    unit: str
    expected: str = ""
    marked: str = "expected"
    level: Mark | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a row, in percent of the row's width."""

    css: str
    left: str
    width: str


@dataclass(frozen=True, slots=True)
class BarRow:
    label: str
    note: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class BarChart:
    """Rows over one scale; ``zero`` and ``now`` are places of upright lines, in percent."""

    rows: tuple[BarRow, ...]
    low: str
    high: str
    zero: str
    now: str = ""


def contribution_chart(result: Recommendation) -> BarChart:
    """Return what each answer gives each pattern; bars begin at the line of no points."""
    shown = [part for part in result.contributions if any(part.points.values())]
    every = [points for part in shown for points in part.points.values()]
    low, high = min((0.0, *every)), max((0.0, *every))
    span = high - low or 1.0
    zero = -low / span * 100
    rows = []
    for part in shown:
        given = "" if part.value is None else f": {formatted(part.value)}"
        bars = []
        for pattern in PATTERNS:
            width = part.points[pattern] / span * 100
            left = zero if width >= 0 else zero + width
            bars.append(Bar(LETTERS[pattern], f"{left:.2f}", f"{abs(width):.2f}"))
        rows.append(BarRow(result.labels.get(part.key, "the start") + given, "", tuple(bars)))
    return BarChart(tuple(rows), f"{low:+.1f}", f"{high:+.1f}", f"{zero:.2f}")


def swing_chart(result: Recommendation) -> BarChart:
    """Return how far each answer alone moves the lead, the most first."""
    sensitivity = result.sensitivity
    swings = sensitivity.swings[:MOST_SWINGS]
    low = min((0.0, *(swing.lead_least for swing in swings)))
    high = max((0.0, sensitivity.lead, *(swing.lead_most for swing in swings)))
    span = high - low or 1.0
    rows = []
    for swing in swings:
        left = (swing.lead_least - low) / span * 100
        width = (swing.lead_most - swing.lead_least) / span * 100
        ends = f"{formatted(swing.at_least)} … {formatted(swing.at_most)}"
        bar = Bar("swing", f"{left:.2f}", f"{width:.2f}")
        rows.append(BarRow(result.labels[swing.key], ends, (bar,)))
    return BarChart(
        rows=tuple(rows),
        low=f"{low:+.1f}",
        high=f"{high:+.1f}",
        zero=f"{-low / span * 100:.2f}",
        now=f"{(sensitivity.lead - low) / span * 100:.2f}",
    )


def latency_chart(result: Recommendation) -> Chart | None:
    """Return the share of answers within so many milliseconds; None where none was simulated."""
    simulated = {
        pattern: estimate.latency
        for pattern, estimate in result.estimates.items()
        if estimate.latency
    }
    if not simulated:
        return None
    widest = round_up(max(latency.histogram[-1][0] for latency in simulated.values()))
    lines = []
    for pattern, latency in simulated.items():
        shares = itertools.accumulate(share for _, share in latency.histogram)
        curve = [
            (edge / widest, share)
            for (edge, _), share in zip(latency.histogram, shares, strict=True)
        ]
        lines.append(Line(LETTERS[pattern], FRAME.points([(0, 0), *curve]), pattern))
    return Chart(
        title="Distribution of the simulated latency",
        description=", ".join(
            f"{pattern} p50 {one.p50_ms:g}, p95 {one.p95_ms:g}, p99 {one.p99_ms:g} ms"
            for pattern, one in simulated.items()
        ),
        lines=tuple(lines),
        up=tuple(Mark(FRAME.y(share), f"{share:.0%}") for share in SHARES_UP),
        across=tuple(Mark(FRAME.x(share), f"{widest * share:g}") for share in SHARES_ACROSS),
        unit="milliseconds",
    )


def cost_chart(cost: Cost) -> Chart | None:
    """Return the bills over the load, both axes logarithmic; None where every bill has a gap."""
    gaps = {one.platform for one in cost.platforms if one.expected.missing}
    curves = [
        curve
        for curve in cost.curves
        if curve.platform not in gaps and not curve.platform.endswith(")")
    ][:MOST_CURVES]
    return _cost_chart(cost, curves) if curves else None


def _cost_chart(cost: Cost, curves: Sequence[Curve]) -> Chart:
    loads = [at for at, _ in curves[0].points]
    prices = [max(usd, 1.0) for curve in curves for _, usd in curve.points]
    low = 10 ** math.floor(math.log10(min(prices)))
    high = 10 ** math.ceil(math.log10(max(prices)))
    high = high if high > low else low * 10

    def across(at: float) -> float:
        return math.log(at / loads[0]) / math.log(loads[-1] / loads[0])

    def up(usd: float) -> float:
        return math.log(max(usd, low) / low) / math.log(high / low)

    titles = {one.platform: one.title for one in cost.platforms}
    expected = cost.expected_requests_per_second
    return Chart(
        title="US dollars a month over requests a second",
        description="; ".join(
            f"{titles[curve.platform]} from {curve.points[0][1]:,.0f} to {curve.points[-1][1]:,.0f}"
            for curve in curves
        ),
        lines=tuple(
            Line(
                f"c{index}",
                FRAME.points((across(at), up(usd)) for at, usd in curve.points),
                titles[curve.platform],
            )
            for index, curve in enumerate(curves)
        ),
        up=tuple(
            Mark(FRAME.y(up(usd)), short(usd))
            for usd in powers_of_ten(round(math.log10(low)), round(math.log10(high)))
        ),
        across=tuple(
            Mark(FRAME.x(across(at)), short(at))
            for at in powers_of_ten(
                math.ceil(math.log10(loads[0])), math.floor(math.log10(loads[-1]))
            )
        ),
        unit="requests a second",
        expected=FRAME.x(across(expected)) if loads[0] <= expected <= loads[-1] else "",
    )


def powers_of_ten(first: int, last: int) -> list[float]:
    """Return the powers of ten between two exponents, with both."""
    return [10.0**power for power in range(first, last + 1)]


def round_up(value: float) -> float:
    """Return the next number whose quarters are easy to read."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= value)


def short(value: float) -> str:
    """Return a number that fits beside an axis."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
