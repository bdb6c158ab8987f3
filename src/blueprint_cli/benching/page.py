"""A bench as one HTML file: no script, no request, readable on a phone and on paper."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.benching.charts import (
    answered_by_rate,
    dashboard,
    distribution,
    failed_by_rate,
    latency_by_rate,
    over_time,
    powers,
)
from blueprint_cli.recommendation.measured import said
from blueprint_cli.reports.html import Table, page_environment, table_of

if TYPE_CHECKING:
    import datetime as dt

    from blueprint_cli.benching.baseline import Worse
    from blueprint_cli.benching.charts import Axis
    from blueprint_cli.benching.command import Result
    from blueprint_cli.benching.run import Route

FOLDER: Final = Path(__file__).parent
LIES: Final = {
    "better": "better than usual",
    "within": "as usual",
    "worse": "worse than usual",
}


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure on a scale with what it is held to; places in percent of the scale's width.

    ``low`` and ``high`` are the article's band, ``predicted`` the model's figure, or empty.
    """

    name: str
    measured: str
    kept: bool
    words: str
    at: str
    low: str
    width: str
    promised: str
    predicted: str


@dataclass(frozen=True, slots=True)
class Span:
    """A row with its p50, p95 and p99 on one scale, in percent of its width."""

    name: str
    note: str
    p50: str
    p95: str
    p99: str


def as_html(result: Result, worse: tuple[Worse, ...] = (), *, date: dt.date | None = None) -> str:
    """Return the whole page; the same input gives the same bytes.

    Args:
        result: the bench.
        worse: what is worse than the baseline.
        date: the day of the report; None where it has none.
    """
    found, step = result.bench, result.bench.at_slo
    routes = [(one.route, one.p50_ms, one.p95_ms, one.p99_ms, _how(one)) for one in step.routes]
    times = [
        (f"{one.name} → {one.effect}", one.p50_ms, one.p95_ms, one.p99_ms, f"{one.count:,}")
        for one in result.observed.events
    ]
    times += [
        (
            f"{one.name}, placed → settled",
            one.p50_ms,
            one.p95_ms,
            one.p99_ms,
            f"{one.count:,}" + (f", {one.unsettled} not settled" if one.unsettled else ""),
        )
        for one in result.observed.settled
        if one.count
    ]
    return (
        page_environment(FOLDER)
        .get_template("bench.html.jinja")
        .render(
            result=result,
            headline=headline(result, worse),
            worse=worse,
            date=date,
            gauges=() if found.invalid else _gauges(result),
            held=None if found.invalid else _held(result),
            corrected=said(result.verdict.corrected) if result.verdict.corrected else "",
            by_rate=[latency_by_rate(result), answered_by_rate(result), failed_by_rate(result)]
            if found.climb
            else (),
            steps=_steps(result),
            distribution=distribution(result) if step.asked else None,
            routes=_spans(routes),
            route_table=_route_table(result),
            times=_spans(times),
            time_table=_time_table(times),
            over_time=over_time(result),
            processes=_processes(result),
            dashboards=[(one, dashboard(one)) for one in result.observed.dashboards],
        )
    )


def headline(result: Result, worse: tuple[Worse, ...] = ()) -> str:
    """Return the verdict in a few words."""
    if result.bench.invalid:
        return "This run is worth nothing"
    missed = [one.name for one in result.verdict.held if not one.kept]
    if missed:
        return f"The SLO is missed: {', '.join(missed)}"
    names = list(dict.fromkeys(one.name for one in result.verdict.faults))
    if names:
        words = {
            "memory": "memory grows",
            "outbox": "messages are late",
            "unsettled": "not all is settled",
            "events": "events are missing",
            "consumer": "a consumer falls behind",
            "silent": "a process does not answer",
        }
        return f"The SLO is kept, but {' and '.join(words[name] for name in names)}"
    return "The SLO is kept, but it is worse than before" if worse else "The SLO is kept"


def _gauges(result: Result) -> tuple[Gauge, ...]:
    bands = {one.name: one for one in result.verdict.bands}
    predicted = {one.name: one.predicted for one in result.verdict.predicted}
    found = []
    for one in result.verdict.held:
        band = bands[one.name]
        # Of throughput the most that was kept up with is what compares with both.
        measured = band.measured if one.name == "throughput" else one.measured
        model = predicted.get({"throughput": "capacity"}.get(one.name, one.name), 0.0)
        scale = powers([measured, one.promised, band.low, band.high, model, band.high * 3])
        low, high = _at(scale, band.low), _at(scale, band.high)
        found.append(
            Gauge(
                name={"throughput": "most requests/s kept up with"}.get(one.name, one.name),
                measured=f"{measured:,.{0 if measured >= 100 else 1 if measured >= 1 else 2}f} "  # noqa: PLR2004
                + one.unit,
                kept=one.kept,
                words=f"promised {one.promised:g}: {'kept' if one.kept else 'missed'}; "
                f"{LIES[band.lies]}" + (f"; predicted {model:,.0f}" if model else ""),
                at=f"{_at(scale, measured):.1f}",
                low=f"{low:.1f}",
                width=f"{high - low:.1f}",
                promised=f"{_at(scale, one.promised):.1f}",
                predicted=f"{_at(scale, model):.1f}" if model else "",
            )
        )
    return tuple(found)


def _at(scale: Axis, value: float) -> float:
    return 100 * max(0.0, min(1.0, scale.share(value)))


def _how(one: Route) -> str:
    parts = [f"{one.asked:,}"]
    parts += [f"{one.errors} failed"] if one.errors else []
    parts += [f"{one.refused} refused"] if one.refused else []
    return ", ".join(parts)


def _spans(rows: list[tuple[str, float, float, float, str]]) -> tuple[Span, ...]:
    if not rows:
        return ()
    scale = powers([value for _, *values, _ in rows for value in values])
    return tuple(
        Span(
            name,
            f"{note}; p50 {p50:,.0f}, p95 {p95:,.0f}, p99 {p99:,.0f} ms",
            *(f"{_at(scale, value):.1f}" for value in (p50, p95, p99)),
        )
        for name, p50, p95, p99, note in rows
    )


def _held(result: Result) -> Table:
    bands = {one.name: one for one in result.verdict.bands}
    predicted = {one.name: one for one in result.verdict.predicted}
    rows = [
        (
            one.name,
            f"{one.measured:,.1f} {one.unit}",
            f"{one.promised:g}, {'kept' if one.kept else 'missed'}",
            f"{bands[one.name].low:g} to {bands[one.name].high:g}, {bands[one.name].lies}",
            _model(result, one.name),
        )
        for one in result.verdict.held
    ]
    rows += [
        (
            name,
            f"{one.measured:,.1f} {one.unit}{' at least' if result.bench.knee_is_least else ''}",
            "-",
            "-",
            _model(result, name),
        )
        for name, one in predicted.items()
        if name not in bands
    ]
    head = ("figure", "measured", "promised", "the article's", "predicted")
    return table_of("Beside what was promised, usual and predicted", head, rows)


def _model(result: Result, name: str) -> str:
    for one in result.verdict.predicted:
        if one.name == name and one.predicted:
            if name == "capacity" and result.bench.knee_is_least:
                return f"{one.predicted:,.1f}"
            return f"{one.predicted:,.1f} (measured {one.factor:.2f} times that)"
    return "-"


def _steps(result: Result) -> Table:
    steps = (result.bench.at_slo, *result.bench.climb)
    head: tuple[str, ...] = ("requests/s", "p50 ms", "p95 ms", "p99 ms", "failed", "keeps up")
    rows: list[tuple[str, ...]] = [
        (
            f"{one.rate:,.0f}",
            f"{one.p50_ms:,.1f}",
            f"{one.p95_ms:,.1f}",
            f"{one.p99_ms:,.1f}",
            f"{one.error_percent:.2f}%",
            "yes" if one.keeps_up else "no",
        )
        for one in steps
    ]
    if any(one.invalid for one in steps):
        head = (*head, "worth nothing")
        rows = [(*row, one.invalid or "-") for row, one in zip(rows, steps, strict=True)]
    return table_of("Every rate", head, rows)


def _route_table(result: Result) -> Table:
    step = result.bench.at_slo
    rows = [
        (
            one.route,
            f"{one.asked:,}",
            f"{one.p50_ms:,.1f}",
            f"{one.p95_ms:,.1f}",
            f"{one.p99_ms:,.1f}",
            f"{one.errors}",
            f"{one.refused}",
        )
        for one in step.routes
    ]
    rows.append(
        (
            "in all",
            f"{step.asked:,}",
            f"{step.p50_ms:,.1f}",
            f"{step.p95_ms:,.1f}",
            f"{step.p99_ms:,.1f}",
            f"{sum(one.errors for one in step.routes)}",
            f"{step.refused}",
        )
    )
    head = ("route", "asked", "p50 ms", "p95 ms", "p99 ms", "failed", "refused")
    return table_of("Every route", head, rows)


def _time_table(times: list[tuple[str, float, float, float, str]]) -> Table:
    return table_of(
        "From commit to effect",
        ("what", "count", "p50 ms", "p95 ms", "p99 ms"),
        [(name, count, *(f"{value:,.1f}" for value in values)) for name, *values, count in times],
    )


def _processes(result: Result) -> Table:
    rows = [
        (
            one.name,
            f"{one.count}",
            f"{one.cpu_percent:.0f}%",
            f"{one.memory_mb:,.0f}",
            f"{one.memory_slope_mb_per_minute:+.1f}",
        )
        for one in result.observed.processes
    ]
    head = ("process", "how many", "of one core", "memory, MiB", "grows, MiB a minute")
    return table_of("Every process", head, rows)
