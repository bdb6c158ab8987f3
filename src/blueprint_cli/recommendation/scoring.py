"""The additive score: every contribution, the gates, the contradictions and the ranking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blueprint_cli.patterns import PATTERNS
from blueprint_cli.recommendation.rules import DIGITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.rules import (
        Criterion,
        KnownRequirements,
        Rules,
        Test,
        Value,
    )


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one criterion adds to each pattern."""

    criterion: str
    key: str
    value: Value | None
    points: dict[Pattern, float]
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class Gate:
    """Why a pattern is not eligible, and what would change that."""

    pattern: Pattern
    why: str
    lifted_by: str
    source: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Requirements that cannot all be met."""

    keys: tuple[str, ...]
    message: str
    source: str


@dataclass(frozen=True, slots=True)
class Score:
    """One pattern's place."""

    pattern: Pattern
    score: float
    eligible: bool


@dataclass(frozen=True, slots=True)
class Scores:
    """The whole score of one set of answers; ``ranking`` is best first, the eligible before."""

    contributions: tuple[Contribution, ...]
    gates: tuple[Gate, ...]
    conflicts: tuple[Contradiction, ...]
    ranking: tuple[Score, ...]

    @property
    def best(self) -> Pattern:
        """The pattern that comes first."""
        return self.ranking[0].pattern


def score(answers: KnownRequirements, rules: Rules) -> Scores:
    """Score the answers; what is not known counts nothing."""
    contributions = tuple(
        contribution
        for criterion in rules.criteria
        if (contribution := _contribution(criterion, answers))
    )
    gates = tuple(
        Gate(gate.pattern, gate.why, gate.lifted_by, gate.source)
        for gate in rules.gates
        if gate.when.holding(answers)
    )
    conflicts = tuple(
        Contradiction(keys_of(tests), rule.message, rule.source)
        for rule in rules.conflicts
        if (tests := rule.when.holding(answers))
    )
    shut = {gate.pattern for gate in gates}
    if len(shut) == len(PATTERNS):
        conflicts = (*conflicts, _nothing_left(rules, answers))
    scores = [
        Score(
            pattern=pattern,
            score=round(sum(part.points[pattern] for part in contributions), DIGITS),
            eligible=pattern not in shut,
        )
        for pattern in PATTERNS
    ]
    scores.sort(key=lambda one: (not one.eligible, -one.score, PATTERNS.index(one.pattern)))
    return Scores(contributions, gates, conflicts, tuple(scores))


def _contribution(criterion: Criterion, answers: Mapping[str, Value]) -> Contribution | None:
    points = criterion.evaluate(answers)
    if points is None:
        return None
    return Contribution(
        criterion=criterion.name,
        key=criterion.key,
        value=answers.get(criterion.key),
        points=dict(zip(PATTERNS, points, strict=True)),
        why=criterion.reason(answers),
        source=criterion.source,
    )


def keys_of(tests: tuple[Test, ...]) -> tuple[str, ...]:
    """Return the requirements that some tests look at."""
    keys = [key for test in tests for key in (test.key, test.more_than) if key]
    return tuple(dict.fromkeys(keys))


def _nothing_left(rules: Rules, answers: KnownRequirements) -> Contradiction:
    keys = [
        key for gate in rules.gates if gate.when.holding(answers) for key in gate.when.looks_at()
    ]
    return Contradiction(
        keys=tuple(dict.fromkeys(keys)),
        message="No pattern is left: each is ruled out by a gate. The best of them is shown.",
        source="the gates",
    )
