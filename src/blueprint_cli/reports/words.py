"""How answers, numbers and patterns are written for people, the same in every report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.patterns import PATTERNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.recommend import Reason, Recommendation
    from blueprint_cli.recommendation.sensitivity import Unknown

HIGH_CONFIDENCE: Final = 0.8
FAIR_CONFIDENCE: Final = 0.6
# What is built, as the end of a sentence; and the heads of columns too narrow for the name.
PHRASES: Final[dict[Pattern, str]] = {
    "monolith": "a modular monolith",
    "microservices": "microservices",
    "event-driven": "an event-driven system",
}
COLUMN_HEADS: Final[dict[Pattern, str]] = {
    "monolith": "monolith",
    "microservices": "microserv.",
    "event-driven": "events",
}


def columns(cells: Mapping[Pattern, str], widths: tuple[int, ...]) -> str:
    """Return one line of a table with a column for each pattern, aligned to the right."""
    return "".join(
        f"{cells[pattern]:>{width}}" for pattern, width in zip(PATTERNS, widths, strict=True)
    )


def signed(points: Mapping[Pattern, float]) -> dict[Pattern, str]:
    """Return each pattern's points with their sign."""
    return {pattern: f"{value:+.2f}" for pattern, value in points.items()}


def formatted(value: object) -> str:
    """Return an answer as people write it."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:,.10g}"
    return str(value)


def sentence(reason: Reason) -> str:
    """Return a reason in words, with its points."""
    given = "" if reason.value is None else f"{reason.label} {formatted(reason.value)}: "
    return f"{given}{reason.why} ({reason.points:+.2f})"


def confidence_word(confidence: float) -> str:
    """Return a confidence in a word."""
    if confidence >= HIGH_CONFIDENCE:
        return "high"
    return "fair" if confidence >= FAIR_CONFIDENCE else "low"


def could_become(one: Unknown) -> str:
    """Say what an unknown answer could do."""
    if one.could_become:
        return f"could make it {' or '.join(one.could_become)}"
    return f"moves the lead by {one.swing:.2f}" if one.swing else "changes nothing by itself"


def first_questions(result: Recommendation) -> tuple[Unknown, ...]:
    """Return the unknown answers to find out first: at most two, and only if they matter."""
    return tuple(one for one in result.sensitivity.unknown[:2] if one.swing > 0)


def instances(count: int | None) -> str:
    """Return a number of instances; a dash where no number is enough."""
    return "-" if count is None else f"{count:,}"


def milliseconds(value: float | None) -> str:
    """Return a latency; a dash where there is none."""
    return "-" if value is None else f"{value:,.0f} ms"
