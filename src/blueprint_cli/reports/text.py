"""A recommendation for a terminal of 80 columns: a picture first, the numbers behind it."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING, Final

from blueprint_cli.patterns import PATTERNS
from blueprint_cli.reports.words import (
    COLUMN_HEADS,
    columns,
    confidence_word,
    could_become,
    first_questions,
    formatted,
    instances,
    milliseconds,
    signed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from blueprint_cli.recommendation.recommend import Recommendation

WIDTH: Final = 80
BAR: Final = 30
NAME: Final = 15
WIDTHS: Final = (9, 11, 8)
MOST_REASONS: Final = 6
MOST_FLIPS: Final = 6
MOST_UNKNOWN: Final = 5
EIGHTHS: Final = " ▏▎▍▌▋▊▉"
FULL: Final = "█"


def as_text(
    result: Recommendation,
    *,
    bold: Callable[[str], str] = str,
    explain: bool = False,
    blocks: bool = True,
) -> str:
    """Return the text; ``blocks`` is whether the terminal can show block characters."""
    parts = [
        _headline(result, bold, blocks=blocks),
        _conflicts(result, bold),
        _reasons(result, bold, blocks=blocks),
        _changes(result, bold),
        _unknown(result, bold),
        _estimates(result, bold),
        _next(result, bold),
    ]
    if explain:
        parts.append(_every_point(result, bold))
    return "\n\n".join(part for part in parts if part)


def bar(share: float, width: int, *, blocks: bool = True) -> str:
    """Return a bar of a share of the width, to an eighth of a character."""
    length = max(0.0, min(1.0, share)) * width
    if not blocks:
        return "#" * round(length)
    whole = int(length)
    rest = EIGHTHS[int((length - whole) * 8)].strip()
    return FULL * whole + rest


def bars() -> Callable[[float, int], str]:
    """Return a function that draws bars as this terminal can show them."""
    blocks = shows_blocks()
    return lambda share, width: bar(share, width, blocks=blocks)


def shows_blocks() -> bool:
    """Whether the output is in an encoding that has block characters."""
    return (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "").startswith("utf")


def _wrapped(text: str, indent: int, first: str = "") -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=first.ljust(indent),
        subsequent_indent=" " * indent,
        break_on_hyphens=False,
    )


def _headline(result: Recommendation, bold: Callable[[str], str], *, blocks: bool) -> str:
    confidence = f"{result.confidence:.0%} ({confidence_word(result.confidence)})"
    lines = [f"Recommended: {bold(result.recommended)}, confidence {confidence}", ""]
    lines += [
        f"  {ranked.pattern:<{NAME}}{bar(ranked.probability, BAR, blocks=blocks):<{BAR}} "
        f"{ranked.probability:>4.0%}   score {ranked.score:+.2f}"
        f"{'' if ranked.eligible else '   ruled out'}"
        for ranked in result.ranking
    ]
    lines += [
        _wrapped(f"Also fits: {hybrid.name}. {hybrid.why}.", 2, "\n  " if index == 0 else "  ")
        for index, hybrid in enumerate(result.hybrids)
    ]
    lines += [
        _wrapped(f"{gate.pattern} is ruled out: {gate.why}. Lifted by {gate.lifted_by}.", 2, "  ")
        for gate in result.gates
    ]
    return "\n".join(lines)


def _conflicts(result: Recommendation, bold: Callable[[str], str]) -> str:
    if not result.conflicts:
        return ""
    lines = [bold("These requirements contradict each other")]
    for conflict in result.conflicts:
        lines.append(_wrapped(conflict.message, 4, "  ! "))
        given = ", ".join(f"{key}: {formatted(result.answers.get(key))}" for key in conflict.keys)
        lines.append(_wrapped(f"({given})", 4))
    return "\n".join(lines)


def _reasons(result: Recommendation, bold: Callable[[str], str], *, blocks: bool) -> str:
    best, second = result.ranking[0], result.ranking[1]
    reasons = [*best.reasons_for[:MOST_REASONS], *best.reasons_against[:MOST_REASONS]]
    longest = max((abs(reason.points) for reason in reasons), default=1.0)
    lines = [bold(f"Why {best.pattern} and not {second.pattern}")]
    for reason in reasons:
        given = (
            f"{reason.label}: {formatted(reason.value)}"
            if reason.value is not None
            else "the start"
        )
        drawn = bar(abs(reason.points) / longest, 10, blocks=blocks)
        lines.append(f"  {reason.points:+.2f} {drawn:<10} {given}")
        lines.append(_wrapped(f"{reason.why}. [{reason.source.partition(':')[0]}]", 19))
    return "\n".join(lines)


def _changes(result: Recommendation, bold: Callable[[str], str]) -> str:
    sensitivity = result.sensitivity
    lines = [bold("What would change it")]
    for flip in sensitivity.flips[:MOST_FLIPS]:
        label = result.labels[flip.key]
        lines.append(
            f"  {label:<38} {formatted(flip.value):>9} -> {formatted(flip.to):<9} {flip.pattern}"
        )
    if not sensitivity.flips:
        lines.append("  No single answer would.")
    for pair in sensitivity.pairs[: 2 if sensitivity.flips else 3]:
        both = " and ".join(
            f"{result.labels[key]} {formatted(to)}"
            for key, to in zip(pair.keys, pair.to, strict=True)
        )
        lines.append(_wrapped(f"together: {both} -> {pair.pattern}", 4, "  "))
    lines.append(
        f"  With every weight varied, it stays in {sensitivity.robustness:.0%} of the draws."
    )
    return "\n".join(lines)


def _unknown(result: Recommendation, bold: Callable[[str], str]) -> str:
    unknown = [one for one in result.sensitivity.unknown if one.swing > 0]
    if not unknown:
        return ""
    first = len(first_questions(result))
    title = "Not known" if first == 0 else f"Not known; answer the first {'two' * (first > 1)}"
    lines = [bold(title.rstrip() + (" before the others" if first else ""))]
    for place, one in enumerate(unknown[:MOST_UNKNOWN]):
        mark = "?" if place < first else " "
        lines.append(f"  {mark} {one.label:<38} {could_become(one)}")
    if len(unknown) > MOST_UNKNOWN:
        rest = "; ".join(one.label for one in unknown[MOST_UNKNOWN:])  # labels have commas
        lines.append(_wrapped(f"and: {rest}", 4))
    return "\n".join(lines)


def _estimates(result: Recommendation, bold: Callable[[str], str]) -> str:
    head = (
        f"{'instances':>10}{'p95':>9}{'p99':>9}{'available':>11}{'a year down':>13}{'at most':>11}"
    )
    lines = [
        f"{bold('Estimates at the peak')} (--explain shows what they assume)",
        f"  {'':<{NAME}}{head}",
    ]
    for pattern in PATTERNS:
        estimate = result.estimates[pattern]
        latency = estimate.latency
        lines.append(
            f"  {pattern:<{NAME}}{instances(estimate.instances):>10}"
            f"{milliseconds(latency.p95_ms if latency else None):>9}"
            f"{milliseconds(latency.p99_ms if latency else None):>9}"
            f"{estimate.availability_percent:>10.2f}%"
            f"{estimate.downtime_hours_a_year:>11.1f} h"
            f"{estimate.most_requests_per_second:>9,}/s"
        )
    silent = [pattern for pattern in PATTERNS if result.estimates[pattern].instances is None]
    if silent:
        lines.append(
            _wrapped(f"No number of instances meets the p95 with: {', '.join(silent)}.", 2, "  ")
        )
    return "\n".join(lines)


def _next(result: Recommendation, bold: Callable[[str], str]) -> str:
    lines = [bold("Move on when the running project shows")]
    lines.extend(
        _wrapped(f"{trigger.measure} {trigger.at} -> {trigger.to}", 4, "  ")
        for trigger in result.triggers
    )
    return "\n".join(lines) if result.triggers else ""


def _every_point(result: Recommendation, bold: Callable[[str], str]) -> str:
    return "\n\n".join(
        [
            "\n".join([bold("Every contribution"), *_contributions(result)]),
            "\n".join([bold("Every assumption of the estimates"), *_assumptions(result)]),
            f"Rules: {result.rules_name}, {result.rules_date}.",
        ]
    )


def _contributions(result: Recommendation) -> Iterator[str]:
    yield f"  {'':<44}{columns(COLUMN_HEADS, WIDTHS)}"
    silent = []
    for part in result.contributions:
        value = "" if part.value is None else f" = {formatted(part.value)}"
        if not any(part.points.values()):
            silent.append(part.criterion + value)
            continue
        yield f"  {(part.criterion + value)[:43]:<44}{columns(signed(part.points), WIDTHS)}"
        yield _wrapped(f"{part.why}. [{part.source}]", 6)
    if silent:
        yield _wrapped(f"No points either way: {', '.join(silent)}.", 4, "  ")
    scores = {ranked.pattern: ranked.score for ranked in result.ranking}
    yield f"  {'sum':<44}{columns(signed(scores), WIDTHS)}"


def _assumptions(result: Recommendation) -> Iterator[str]:
    for one in result.assumptions:
        yield _wrapped(f"{one.name} = {one.value:g} {one.unit}: {one.why} [{one.source}]", 6, "  ")
