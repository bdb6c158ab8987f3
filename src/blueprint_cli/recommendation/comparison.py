"""Two sets of answers beside each other: what changed in the recommendation, and through what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blueprint_cli.patterns import PATTERNS

if TYPE_CHECKING:
    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.recommend import Recommendation
    from blueprint_cli.recommendation.rules import Value

NEGLIGIBLE = 0.0005


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """An answer that differs; None is not known."""

    key: str
    label: str
    before: Value | None
    after: Value | None


@dataclass(frozen=True, slots=True)
class PointsChange:
    """How far one criterion moved each pattern."""

    criterion: str
    points: dict[Pattern, float]
    why: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """``moved`` has the criterion first that did most for the new recommendation."""

    before: Recommendation
    after: Recommendation
    answers: tuple[AnswerChange, ...]
    moved: tuple[PointsChange, ...]

    @property
    def same(self) -> bool:
        """Whether both recommend the same pattern."""
        return self.before.recommended == self.after.recommended


def compare(before: Recommendation, after: Recommendation) -> Comparison:
    """Compare two recommendations that the same rules gave."""
    changed = tuple(
        AnswerChange(key, label, before.answers.get(key), after.answers.get(key))
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
            moved.append(PointsChange(name, points, (new.get(name) or old[name]).why))
    rival = before.recommended
    if rival == after.recommended:
        rival = after.ranking[1].pattern
    moved.sort(key=lambda one: (one.points[rival] - one.points[after.recommended], one.criterion))
    return Comparison(before, after, changed, tuple(moved))
