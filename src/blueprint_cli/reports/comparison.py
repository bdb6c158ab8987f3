"""A comparison of two recommendations as a JSON document and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.reports.page import Page
from blueprint_cli.reports.words import COLUMN_HEADS, columns, formatted, signed

if TYPE_CHECKING:
    from blueprint_cli.recommendation.comparison import Comparison
    from blueprint_cli.recommendation.recommend import Recommendation
    from blueprint_cli.wrapping import Width

WIDTHS: Final = (10, 12, 10)


def as_document(comparison: Comparison) -> dict[str, Any]:
    """Return plain data in a stable order."""
    return {
        "before": _summary(comparison.before),
        "after": _summary(comparison.after),
        "same": comparison.same,
        "answers": [
            {"key": one.key, "from": one.before, "to": one.after} for one in comparison.answers
        ],
        "contributions": [
            {"criterion": one.criterion, "points": one.points, "why": one.why}
            for one in comparison.moved
        ],
        "gates": {
            "new": [
                gate.why for gate in comparison.after.gates if gate not in comparison.before.gates
            ],
            "lifted": [
                gate.why for gate in comparison.before.gates if gate not in comparison.after.gates
            ],
        },
        "conflicts": {
            "new": [
                one.message
                for one in comparison.after.conflicts
                if one not in comparison.before.conflicts
            ],
            "resolved": [
                one.message
                for one in comparison.before.conflicts
                if one not in comparison.after.conflicts
            ],
        },
    }


def _summary(result: Recommendation) -> dict[str, Any]:
    return {
        "recommended": result.recommended,
        "confidence": result.confidence,
        "scores": {ranked.pattern: ranked.score for ranked in result.ranking},
    }


def as_text(comparison: Comparison, *, width: Width = None) -> str:
    """Return the comparison for a terminal of a width, or for none."""
    page = Page(width=width)
    before, after = comparison.before, comparison.after
    verb = "stays" if comparison.same else f"{before.recommended} ->"
    confidence = f"{before.confidence:.0%} -> {after.confidence:.0%}"
    lines = [
        page.wrapped(f"Recommended: {verb} {after.recommended}, confidence {confidence}", 2, ""),
        "",
        "Answers that differ",
    ]
    lines += [
        page.row(
            f"  {one.label:<40} {formatted(one.before):>12} -> {formatted(one.after)}",
            f"{one.label}: {formatted(one.before)} -> {formatted(one.after)}",
        )
        for one in comparison.answers
    ] or ["  none"]
    document = as_document(comparison)
    beside = page.fits(44 + sum(WIDTHS))
    if comparison.moved:
        heads = columns(COLUMN_HEADS, WIDTHS)
        lines += [
            "",
            f"What that moves{'':<29}{heads}" if beside else f"What that moves\n  {heads}",
        ]
    for one in comparison.moved:
        points = columns(signed(one.points), WIDTHS)
        lines += (
            [f"  {one.criterion:<42}{points}"] if beside else [f"  {one.criterion}", f"  {points}"]
        )
        lines.append(page.wrapped(one.why, 4))
    for title, texts in (
        ("Now ruled out", document["gates"]["new"]),
        ("No longer ruled out", document["gates"]["lifted"]),
        ("New contradictions", document["conflicts"]["new"]),
        ("Contradictions resolved", document["conflicts"]["resolved"]),
    ):
        if texts:
            lines += ["", title, *(page.wrapped(text, 4, "  ") for text in texts)]
    return "\n".join(lines)
