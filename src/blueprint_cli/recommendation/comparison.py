"""Two sets of answers beside each other: what changed in the recommendation, and through what."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blueprint_cli.recommendation.rules import PATTERNS
from blueprint_cli.recommendation.words import said

if TYPE_CHECKING:
    from blueprint_cli.recommendation.recommend import Recommendation
    from blueprint_cli.recommendation.rules import Pattern, Value

NEGLIGIBLE = 0.0005


@dataclass(frozen=True, slots=True)
class Changed:
    """An answer that differs; None is not known."""

    key: str
    label: str
    before: Value | None
    after: Value | None


@dataclass(frozen=True, slots=True)
class Moved:
    """How far one criterion moved each pattern."""

    criterion: str
    points: dict[Pattern, float]
    why: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """``moved`` has the criterion first that did most for the new recommendation."""

    before: Recommendation
    after: Recommendation
    answers: tuple[Changed, ...]
    moved: tuple[Moved, ...]

    @property
    def same(self) -> bool:
        """Whether both recommend the same pattern."""
        return self.before.recommended == self.after.recommended


def compare(before: Recommendation, after: Recommendation) -> Comparison:
    """Compare two recommendations that the same rules gave."""
    changed = tuple(
        Changed(key, label, before.answers.get(key), after.answers.get(key))
        for key, label in after.labels.items()
        if before.answers.get(key) != after.answers.get(key)
    )
    old = {part.criterion: part for part in before.contributions}
    new = {part.criterion: part for part in after.contributions}
    moved = []
    for name in dict.fromkeys([*new, *old]):
        points: dict[Pattern, float] = {
            pattern: round(
                (new[name].points[pattern] if name in new else 0.0)
                - (old[name].points[pattern] if name in old else 0.0),
                3,
            )
            for pattern in PATTERNS
        }
        if any(abs(value) > NEGLIGIBLE for value in points.values()):
            moved.append(Moved(name, points, (new.get(name) or old[name]).why))
    rival = before.recommended
    if rival == after.recommended:
        rival = after.ranking[1].pattern
    moved.sort(key=lambda one: (one.points[rival] - one.points[after.recommended], one.criterion))
    return Comparison(before, after, changed, tuple(moved))


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
    surety = f"{before.confidence:.0%} -> {after.confidence:.0%}"
    lines = [
        f"Recommended: {verb} {after.recommended}, confidence {surety}",
        "",
        "Answers that differ",
    ]
    lines += [
        f"  {one.label:<40} {said(one.before):>12} -> {said(one.after)}"
        for one in comparison.answers
    ] or ["  none"]
    document = as_document(comparison)
    if comparison.moved:
        lines += ["", f"What that moves{'':<29}{'monolith':>10}{'microserv.':>12}{'events':>10}"]
    for one in comparison.moved:
        points = one.points
        lines.append(
            f"  {one.criterion:<42}{points['monolith']:>+10.2f}"
            f"{points['microservices']:>+12.2f}{points['event-driven']:>+10.2f}"
        )
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
