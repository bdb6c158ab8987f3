"""How answers, numbers and patterns are written for people, the same in every report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blueprint_cli.recommendation.recommend import Reason, Recommendation
    from blueprint_cli.recommendation.sensitivity import Unknown

SURE, LIKELY = 0.8, 0.6


def said(value: object) -> str:
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
    given = "" if reason.value is None else f"{reason.label} {said(reason.value)}: "
    return f"{given}{reason.why} ({reason.points:+.2f})"


def surety(confidence: float) -> str:
    """Return a confidence in a word."""
    return "high" if confidence >= SURE else "fair" if confidence >= LIKELY else "low"


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
