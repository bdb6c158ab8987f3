"""A recommendation for a terminal: a picture first, the numbers behind it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from blueprint_cli.patterns import PATTERNS
from blueprint_cli.recommendation.measured import said_of
from blueprint_cli.reports.page import Page
from blueprint_cli.reports.words import (
    COLUMN_HEADS,
    beside_budget,
    columns,
    confidence_word,
    could_become,
    first_questions,
    formatted,
    instances,
    kept_by_doubt,
    milliseconds,
    signed,
    unmet,
    where_to_run,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from blueprint_cli.cost.budget import Budget
    from blueprint_cli.cost.targets import Targets
    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.recommend import Recommendation
    from blueprint_cli.wrapping import Width

BAR: Final = 30
LEAST_BAR: Final = 8
BESIDE_BAR: Final = 48
NAME: Final = 15
WIDTHS: Final = (9, 11, 8)
NAMES: Final = 44
MOST_REASONS: Final = 6
MOST_FLIPS: Final = 6
MOST_UNKNOWN: Final = 5


def as_text(  # noqa: PLR0913 - what a terminal can show
    result: Recommendation,
    *,
    bold: Callable[[str], str] = str,
    warning: Callable[[str], str] = str,
    explain: bool = False,
    blocks: bool = True,
    width: Width = None,
    budget: Budget | None = None,
    targets: Targets | None = None,
) -> str:
    """Return the text.

    Args:
        result: what is recommended.
        bold: emphasises a title.
        warning: gives a text the colour of a warning.
        explain: whether every point and every assumption is shown.
        blocks: whether the terminal can show block characters.
        width: its columns; None where there is none.
        budget: the cost beside the budget, where one is known.
        targets: where it would run.
    """
    page = Page(width=width, bold=bold, warning=warning, blocks=blocks)
    parts = [
        _headline(result, page),
        _conflicts(result, page),
        _unmet(result, budget, page),
        _reasons(result, page),
        _changes(result, page),
        _unknown(result, page),
        _estimates(result, page),
        _targets(targets, page),
        _next(result, page),
    ]
    if explain:
        parts.append(_every_point(result, page))
    return "\n\n".join(part for part in parts if part)


def shows_blocks() -> bool:
    """Whether the output is in an encoding that has block characters."""
    return (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "").startswith("utf")


def _headline(result: Recommendation, page: Page) -> str:
    confidence = f"{result.confidence:.0%} ({confidence_word(result.confidence)})"
    lines = [f"Recommended: {page.bold(result.recommended)}, confidence {confidence}", ""]
    widest = BAR if page.width is None else min(BAR, page.width - BESIDE_BAR)
    for ranked in result.ranking:
        score = f"score {ranked.score:+.2f}{'' if ranked.eligible else '   ruled out'}"
        share = f"{ranked.probability:.0%}"
        drawn = page.bar(ranked.probability, widest)
        lines.append(
            f"  {ranked.pattern:<{NAME}}{drawn:<{widest}} {share:>4}   {score}"
            if widest >= LEAST_BAR
            else page.wrapped(f"{ranked.pattern}: {share}, {score}", 4, "  ")
        )
    if result.hybrids:
        lines.append("")
    lines += [
        page.wrapped(f"Also fits: {hybrid.name}. {hybrid.why}.", 2) for hybrid in result.hybrids
    ]
    lines += [
        page.wrapped(f"{gate.pattern} is ruled out: {gate.why}. Lifted by {gate.lifted_by}.", 2)
        for gate in result.gates
    ]
    if doubt := kept_by_doubt(result):
        lines.append(page.wrapped(doubt, 2))
    return "\n".join(lines)


def _conflicts(result: Recommendation, page: Page) -> str:
    if not result.conflicts:
        return ""
    lines = [page.warning("These requirements contradict each other")]
    for conflict in result.conflicts:
        lines.append(page.wrapped(conflict.message, 4, "  ! "))
        given = ", ".join(f"{key}: {formatted(result.answers.get(key))}" for key in conflict.keys)
        lines.append(page.wrapped(f"({given})", 4))
    return "\n".join(lines)


def _unmet(result: Recommendation, budget: Budget | None, page: Page) -> str:
    lines = [page.wrapped(sentence, 4, "  ! ") for sentence in unmet(result)]
    if budget is not None:
        lines.append(page.wrapped(beside_budget(budget), 4, "  ! " if budget.exceeded else "    "))
    return "\n".join([page.bold("Beside what was asked for"), *lines]) if lines else ""


def _targets(targets: Targets | None, page: Page) -> str:
    if targets is None:
        return ""
    lines = [page.wrapped(sentence, 4, "  ") for sentence in where_to_run(targets)]
    return "\n".join([page.bold("Where it would run"), *lines])


def _reasons(result: Recommendation, page: Page) -> str:
    best, second = result.ranking[0], result.ranking[1]
    reasons = [*best.reasons_for[:MOST_REASONS], *best.reasons_against[:MOST_REASONS]]
    longest = max((abs(reason.points) for reason in reasons), default=1.0)
    lines = [page.bold(f"Why {best.pattern} and not {second.pattern}")]
    for reason in reasons:
        given = (
            f"{reason.label}: {formatted(reason.value)}"
            if reason.value is not None
            else "the start"
        )
        drawn = page.bar(abs(reason.points) / longest, 10)
        lines.append(page.wrapped(given, 19, f"  {reason.points:+.2f} {drawn:<10} "))
        lines.append(page.wrapped(f"{reason.why}. [{reason.source.partition(':')[0]}]", 19))
    return "\n".join(lines)


def _changes(result: Recommendation, page: Page) -> str:
    sensitivity = result.sensitivity
    lines = [page.bold("What would change it")]
    for flip in sensitivity.flips[:MOST_FLIPS]:
        label, now, to = result.labels[flip.key], formatted(flip.value), formatted(flip.to)
        lines.append(
            page.row(
                f"  {label:<38} {now:>9} -> {to:<9} {flip.pattern}",
                f"{label}: {now} -> {to}: {flip.pattern}",
            )
        )
    if not sensitivity.flips:
        lines.append("  No single answer would.")
    for pair in sensitivity.pairs[: 2 if sensitivity.flips else 3]:
        both = " and ".join(
            f"{result.labels[key]} {formatted(to)}"
            for key, to in zip(pair.keys, pair.to, strict=True)
        )
        lines.append(page.wrapped(f"together: {both} -> {pair.pattern}", 4, "  "))
    varied = f"With every weight varied, it stays in {sensitivity.robustness:.0%} of the draws."
    lines.append(page.wrapped(varied, 4, "  "))
    return "\n".join(lines)


def _unknown(result: Recommendation, page: Page) -> str:
    unknown = [one for one in result.sensitivity.unknown if one.swing > 0]
    if not unknown:
        return ""
    first = len(first_questions(result))
    title = "Not known" if first == 0 else f"Not known; answer the first {'two' * (first > 1)}"
    lines = [page.bold(title.rstrip() + (" before the others" if first else ""))]
    for place, one in enumerate(unknown[:MOST_UNKNOWN]):
        mark, does = "?" if place < first else " ", could_become(one)
        row = f"  {mark} {one.label:<38} {does}"
        lines.append(
            row if page.fits(len(row)) else page.wrapped(f"{one.label}: {does}", 6, f"  {mark} ")
        )
    if len(unknown) > MOST_UNKNOWN:
        rest = "; ".join(one.label for one in unknown[MOST_UNKNOWN:])  # labels have commas
        lines.append(page.wrapped(f"and: {rest}", 4))
    return "\n".join(lines)


def _estimates(result: Recommendation, page: Page) -> str:
    rows: dict[str, tuple[str, ...]] = {}
    for pattern in PATTERNS:
        estimate = result.estimates[pattern]
        latency = estimate.latency
        rows[pattern] = (
            instances(estimate.instances),
            milliseconds(latency.p95_ms if latency else None),
            milliseconds(latency.p99_ms if latency else None),
            f"{estimate.availability_percent:.2f}%",
            f"{estimate.downtime_hours_a_year:.1f} h",
            f"{estimate.most_requests_per_second:,}/s",
        )
    head = ("instances", "p95", "p99", "available", "a year down", "at most")
    lines = [
        f"{page.bold('Estimates at the peak')} (--explain shows what they assume)",
        *page.table(head, rows, (NAME, 10, 9, 9, 11, 13, 11)),
    ]
    silent = [pattern for pattern in PATTERNS if result.estimates[pattern].instances is None]
    if silent:
        none = f"No number of instances meets the p95 with: {', '.join(silent)}."
        lines.append(page.wrapped(none, 2))
    if corrected := said_of(result.assumptions):
        lines.append(page.wrapped(corrected, 2))
    return "\n".join(lines)


def _next(result: Recommendation, page: Page) -> str:
    lines = [page.bold("Move on when the running project shows")]
    lines.extend(
        page.wrapped(f"{trigger.measure} {trigger.at} -> {trigger.to}", 4, "  ")
        for trigger in result.triggers
    )
    return "\n".join(lines) if result.triggers else ""


def _every_point(result: Recommendation, page: Page) -> str:
    return "\n\n".join(
        [
            "\n".join([page.bold("Every contribution"), *_contributions(result, page)]),
            "\n".join(
                [page.bold("Every assumption of the estimates"), *_assumptions(result, page)]
            ),
            f"Rules: {result.rules_name}, {result.rules_date}.",
        ]
    )


def _contributions(result: Recommendation, page: Page) -> Iterator[str]:
    yield _points("", COLUMN_HEADS, page)
    silent = []
    for part in result.contributions:
        name = part.criterion + ("" if part.value is None else f" = {formatted(part.value)}")
        if not any(part.points.values()):
            silent.append(name)
            continue
        yield _points(name, signed(part.points), page)
        yield page.wrapped(f"{part.why}. [{part.source}]", 6)
    if silent:
        yield page.wrapped(f"No points either way: {', '.join(silent)}.", 4, "  ")
    yield _points("sum", signed({one.pattern: one.score for one in result.ranking}), page)


def _points(name: str, cells: Mapping[Pattern, str], page: Page) -> str:
    """Return a row of points; a name that is too long for the row stands above it."""
    left = NAMES if page.width is None else max(0, min(NAMES, page.width - 2 - sum(WIDTHS)))
    row = columns(cells, WIDTHS)
    if len(name) < left or not name:
        return f"  {name:<{left}}{row}"
    return f"{page.wrapped(name, 4, '  ')}\n  {'':<{left}}{row}"


def _assumptions(result: Recommendation, page: Page) -> Iterator[str]:
    for one in result.assumptions:
        yield page.wrapped(
            f"{one.name} = {one.value:g} {one.unit}: {one.why} [{one.source}]", 6, "  "
        )
