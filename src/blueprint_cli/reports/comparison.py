"""A comparison of two recommendations as a JSON document and as text for 80 columns."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.reports.words import COLUMN_HEADS, columns, formatted, signed

if TYPE_CHECKING:
    from blueprint_cli.recommendation.comparison import Comparison
    from blueprint_cli.recommendation.recommend import Recommendation

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


def as_text(comparison: Comparison) -> str:
    """Return the comparison for a terminal of 80 columns."""
    before, after = comparison.before, comparison.after
    verb = "stays" if comparison.same else f"{before.recommended} ->"
    confidence = f"{before.confidence:.0%} -> {after.confidence:.0%}"
    lines = [
        f"Recommended: {verb} {after.recommended}, confidence {confidence}",
        "",
        "Answers that differ",
    ]
    lines += [
        f"  {one.label:<40} {formatted(one.before):>12} -> {formatted(one.after)}"
        for one in comparison.answers
    ] or ["  none"]
    document = as_document(comparison)
    if comparison.moved:
        lines += ["", f"What that moves{'':<29}{columns(COLUMN_HEADS, WIDTHS)}"]
    for one in comparison.moved:
        lines.append(f"  {one.criterion:<42}{columns(signed(one.points), WIDTHS)}")
        lines.append(textwrap.fill(one.why, 80, initial_indent="    ", subsequent_indent="    "))
    for title, texts in (
        ("Now ruled out", document["gates"]["new"]),
        ("No longer ruled out", document["gates"]["lifted"]),
        ("New contradictions", document["conflicts"]["new"]),
        ("Contradictions resolved", document["conflicts"]["resolved"]),
    ):
        if texts:
            lines += ["", title]
            lines += [
                textwrap.fill(text, 80, initial_indent="  ", subsequent_indent="    ")
                for text in texts
            ]
    return "\n".join(lines)
