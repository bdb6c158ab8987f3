"""A bench as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprint_cli.benching.usage import by_name
from blueprint_cli.reports.page import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from blueprint_cli.benching.baseline import Worse
    from blueprint_cli.benching.command import Result
    from blueprint_cli.wrapping import Width


def as_text(
    result: Result,
    worse: tuple[Worse, ...] = (),
    *,
    bold: Callable[[str], str] = str,
    width: Width = None,
) -> str:
    """Return the text."""
    page = Page(width=width, bold=bold)
    found, step = result.bench, result.bench.at_slo
    lines = [
        page.wrapped(
            f"{bold(result.spec.project.name)}, {result.spec.pattern}, {result.workers} workers of "
            f"each process on {result.cores} cores",
            2,
            "",
        )
    ]
    if found.invalid:
        lines += ["", page.wrapped(f"Invalid: {found.invalid}.", 2, "")]
    lines += [
        "",
        bold(f"At the SLO's rate, {step.rate:g} requests/s"),
        f"  {'route':<46}{'asked':>7}{'p50':>8}{'p95':>8}{'p99':>8}  failed",
    ]
    for one in step.routes:
        failed = f"{one.errors}" + (f", {one.refused} refused" if one.refused else "")
        lines.append(
            f"  {one.route:<46}{one.asked:>7}{one.p50_ms:>8.1f}{one.p95_ms:>8.1f}"
            f"{one.p99_ms:>8.1f}  {failed}"
        )
    lines.append(
        f"  {'in all, milliseconds':<46}{step.asked:>7}{step.p50_ms:>8.1f}{step.p95_ms:>8.1f}"
        f"{step.p99_ms:>8.1f}  {step.error_percent:.2f}%"
    )
    if found.climb:
        lines += ["", bold("Beyond it")]
        lines += [
            f"  {one.rate:>8,.0f} requests/s: p95 {one.p95_ms:,.0f} ms, "
            f"{one.error_percent:.2f}% failed{'; ' + one.invalid if one.invalid else ''}"
            for one in found.climb
        ]
        lines.append(f"  kept up with {found.knee:,.0f} requests/s")
    if not found.invalid:
        lines += _judged(result, bold)
    if step.usage:
        lines += ["", bold("What it took"), f"  {'':<50}{'processor':>12}{'memory':>12}"]
        lines += [
            f"  {f'{count} {name}':<50}{cpu:>10.1f} s{memory:>8.0f} MiB"
            for name, (count, cpu, memory) in by_name(step.usage).items()
        ]
    lines += [
        page.wrapped(
            f"Worse than the baseline: {one.name} {one.now:.1f}, before {one.before:.1f}, noise "
            f"{one.noise:.1f}.",
            2,
            "",
        )
        for one in worse
    ]
    return "\n".join(lines)


def _judged(result: Result, bold: Callable[[str], str]) -> list[str]:
    lines = ["", bold("What was promised")]
    lines += [
        f"  {'kept  ' if one.kept else 'MISSED'} {one.name}: {one.measured:,.1f} {one.unit}, "
        f"promised {one.promised:g}"
        for one in result.verdict.held
    ]
    lines += ["", bold("What was predicted")]
    lines += [
        f"  {one.name}: {one.measured:,.1f} {one.unit}, predicted {one.predicted:,.1f} "
        f"({one.factor:.2f} times)"
        for one in result.verdict.predicted
    ]
    return lines
