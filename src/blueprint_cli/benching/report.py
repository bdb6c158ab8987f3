"""A bench as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.recommendation.measured import said
from blueprint_cli.reports.page import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from blueprint_cli.benching.baseline import Worse
    from blueprint_cli.benching.command import Result
    from blueprint_cli.benching.effects import EventTime, Settled
    from blueprint_cli.benching.run import Step
    from blueprint_cli.benching.verdict import Verdict
    from blueprint_cli.wrapping import Width

PERCENTILES: Final = ("count", "p50 ms", "p95 ms", "p99 ms")
WIDTHS: Final = (48, 8, 9, 9, 9)
NOT_TRIED: Final = "+ No rate was too much: the capacity is that at least."
HELD_WIDTHS: Final = (12, 20, 14, 22, 20)
PROCESS_WIDTHS: Final = (48, 12, 12, 16)


def as_text(
    result: Result,
    worse: tuple[Worse, ...] = (),
    *,
    bold: Callable[[str], str] = str,
    width: Width = None,
) -> str:
    """Return the text."""
    page = Page(width=width, bold=bold)
    found = result.bench
    lines = [
        page.wrapped(
            f"{bold(result.spec.project.name)}, {result.spec.pattern}, {_where(result)}",
            2,
            "",
        )
    ]
    if found.invalid:
        lines += ["", page.wrapped(f"Invalid: {found.invalid}.", 2, "")]
    lines += ["", bold(f"At the SLO's rate, {found.at_slo.rate:g} requests/s")]
    lines += _routes(found.at_slo, page)
    if found.climb:
        lines += ["", bold("Beyond it")]
        lines += [
            f"  {one.rate:>8,.0f} requests/s: p95 {one.p95_ms:,.0f} ms, "
            f"{one.error_percent:.2f}% failed{'; ' + one.invalid if one.invalid else ''}"
            for one in found.climb
        ]
        lines.append(f"  kept up with {found.knee:,.0f} requests/s")
    if not found.invalid:
        lines += ["", bold("Beside what was promised, usual and predicted")]
        lines += _held(result.verdict, page, least=found.knee_is_least)
        if found.knee_is_least and result.verdict.predicted:
            lines.append(page.wrapped(NOT_TRIED, 2))
        if result.verdict.corrected:
            lines.append(page.wrapped(said(result.verdict.corrected), 2))
    lines += _observed(result, page)
    lines += [""] if worse or result.verdict.faults else []
    lines += [
        page.wrapped(f"{bold('Found:')} {one.message}.", 2, "") for one in result.verdict.faults
    ]
    lines += [
        page.wrapped(
            f"{bold('Worse')} than the baseline: {one}.",
            2,
            "",
        )
        for one in worse
    ]
    return "\n".join(lines)


def _where(result: Result) -> str:
    """Say what ran on what; of a project that was up, nobody knows, but where it was asked from."""
    if result.url:
        return f"at {result.url}, asked from {result.hardware}"
    workers = f"{result.workers} worker{'s' if result.workers != 1 else ''}"
    return f"{workers} of each process, on {result.hardware}"


def _routes(step: Step, page: Page) -> list[str]:
    rows = {
        one.route: (
            str(one.asked),
            f"{one.p50_ms:,.1f}",
            f"{one.p95_ms:,.1f}",
            f"{one.p99_ms:,.1f}",
            f"{one.errors}" + (f", {one.refused} refused" if one.refused else ""),
        )
        for one in step.routes
    }
    rows["in all"] = (
        str(step.asked),
        f"{step.p50_ms:,.1f}",
        f"{step.p95_ms:,.1f}",
        f"{step.p99_ms:,.1f}",
        f"{step.error_percent:.2f}%",
    )
    failed = max(len(row[-1]) for row in (*rows.values(), ("failed",)))
    return page.table(("asked", *PERCENTILES[1:], "failed"), rows, (*WIDTHS, failed + 2))


def _held(verdict: Verdict, page: Page, *, least: bool) -> list[str]:
    """Return each figure beside the SLO, the article's band and the model.

    ``least``: the capacity is more than was tried, so how far the model is off is not known.
    """
    bands = {one.name: one for one in verdict.bands}
    predicted = {one.name: one for one in verdict.predicted}
    rows = {}
    for one in verdict.held:
        band, model = bands.get(one.name), predicted.get(one.name)
        rows[one.name] = (
            f"{one.measured:,.1f} {one.unit}",
            f"{one.promised:g}, {'kept' if one.kept else 'MISSED'}",
            f"{band.low:g} to {band.high:g}, {band.lies}" if band else "-",
            f"{model.predicted:,.1f} (x {model.factor:.2f})" if model else "-",
        )
    rows |= {
        name: (
            f"{one.measured:,.1f} {one.unit}{' +' if least else ''}",
            "-",
            "-",
            f"{one.predicted:,.1f}" + ("" if least else f" (x {one.factor:.2f})"),
        )
        for name, one in predicted.items()
        if name not in rows
    }
    return page.table(("measured", "promised", "the article", "predicted"), rows, HELD_WIDTHS)


def _observed(result: Result, page: Page) -> list[str]:
    seen = result.observed
    rows = {f"{one.name} to {one.effect}": _times(one) for one in seen.events}
    rows |= {f"{one.name}, placed to settled": _times(one) for one in seen.settled}
    lines = []
    if rows or seen.outbox or seen.unknown:
        lines += ["", page.bold("From commit to effect")]
    if seen.unknown:
        lines.append(page.wrapped(f"Not known: {seen.unknown}.", 4, "  "))
    if rows:
        longest = max(len(name) for name in rows) + 2
        lines += page.table(PERCENTILES, rows, (max(WIDTHS[0], longest), *WIDTHS[1:]))
    if seen.outbox:
        when = "at the end" if result.url else "after a rest"
        lines.append(
            page.wrapped(
                f"The oldest message that waited: {seen.outbox.oldest_seconds_max:,.1f} s; "
                f"{when} {seen.outbox.pending_end} waited.",
                4,
                "  ",
            )
        )
    if seen.processes:
        used = {
            f"{one.count} {one.name}": (
                f"{one.cpu_percent:.0f}%",
                f"{one.memory_mb:,.0f} MiB",
                f"{one.memory_slope_mb_per_minute:+.1f} MiB/min",
            )
            for one in seen.processes
        }
        lines += ["", page.bold("What it took")]
        lines += page.table(("of one core", "memory", "grows by"), used, PROCESS_WIDTHS)
    return lines


def _times(one: EventTime | Settled) -> tuple[str, ...]:
    return (str(one.count), f"{one.p50_ms:,.0f}", f"{one.p95_ms:,.0f}", f"{one.p99_ms:,.0f}")
