"""The recommendation as a whole: one pure function from answers and rules to a result."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from blueprint_cli.recommendation.estimates import estimate, used_assumptions
from blueprint_cli.recommendation.needs import conflicts_between, needs_of, unmet_by
from blueprint_cli.recommendation.rules import REQUIREMENTS, load_rules
from blueprint_cli.recommendation.scoring import score
from blueprint_cli.recommendation.sensitivity import examine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.estimates import Estimate
    from blueprint_cli.recommendation.needs import Unmet
    from blueprint_cli.recommendation.rules import (
        Assumption,
        KnownRequirements,
        Rules,
        TriggerRule,
        Value,
    )
    from blueprint_cli.recommendation.scoring import Contradiction, Contribution, Gate, Scores
    from blueprint_cli.recommendation.sensitivity import Flip, Sensitivity


@dataclass(frozen=True, slots=True)
class Reason:
    """One criterion's points for or against a pattern, beside those of its strongest rival."""

    criterion: str
    label: str
    value: Value | None
    points: float
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """A pattern's place; ``reasons_for`` and ``against`` have the weightiest first."""

    pattern: Pattern
    score: float
    eligible: bool
    probability: float
    reasons_for: tuple[Reason, ...]
    reasons_against: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Hybrid:
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """A number of the running project at which another pattern should be thought about."""

    to: Pattern
    measure: str
    at: str
    how: str
    source: str
    figure: str = ""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Everything that is known about the choice, and how sure it is.

    ``conflicts`` has those first that the rules declare: they alone bound the confidence.
    """

    answers: KnownRequirements
    rules_name: str
    rules_date: str
    recommended: Pattern
    confidence: float
    ranking: tuple[Ranked, ...]
    contributions: tuple[Contribution, ...]
    gates: tuple[Gate, ...]
    conflicts: tuple[Contradiction, ...]
    unmet: tuple[Unmet, ...]
    sensitivity: Sensitivity
    hybrids: tuple[Hybrid, ...]
    triggers: tuple[Trigger, ...]
    estimates: dict[Pattern, Estimate]
    assumptions: tuple[Assumption, ...]
    labels: dict[str, str]


def recommend(
    answers: Mapping[str, Value],
    rules: Rules | None = None,
    assume: Mapping[str, float] | None = None,
) -> Recommendation:
    """Recommend one of the three patterns.

    Args:
        answers: the known requirements by their key in ``blueprint.yaml``; absent is not known.
        rules: the built-in ones unless given.
        assume: values for the estimates that differ from the rules' assumptions.

    Raises:
        DataFileInvalid: only where the built-in rules are read and damaged.
    """
    rules = rules or load_rules()
    # In the rules' order and without what is null: neither the order of the answers nor a null
    # where another has nothing changes a byte of the result.
    known = {key: _plain(key, answers[key]) for key in rules.answer_ranges if _given(answers, key)}
    scores = score(known, rules)
    sensitivity = examine(known, rules)
    probabilities = _probabilities(scores, sensitivity, rules)
    estimates = estimate(known, rules, assume)
    labels = {key: one.label for key, one in rules.answer_ranges.items()}
    needs = needs_of(known, estimates, labels)
    return Recommendation(
        answers=known,
        rules_name=rules.name,
        rules_date=rules.date,
        recommended=scores.best,
        confidence=round(probabilities[scores.best], 3),
        ranking=_ranking(scores, probabilities, rules),
        contributions=scores.contributions,
        gates=scores.gates,
        conflicts=(
            *scores.conflicts,
            *conflicts_between(needs, known, rules, scores.gates),
        ),
        unmet=unmet_by(scores.best, needs, estimates, known, scores.gates),
        sensitivity=sensitivity,
        hybrids=tuple(
            Hybrid(hybrid.name, hybrid.why)
            for hybrid in rules.hybrids
            if hybrid.pattern == scores.best and hybrid.when.holding(known)
        ),
        triggers=_triggers(scores.best, known, sensitivity.flips, rules),
        estimates=estimates,
        assumptions=_assumptions(rules, known, assume or {}),
        labels=labels,
    )


def _given(answers: Mapping[str, Value], key: str) -> bool:
    return answers.get(key) is not None


def _plain(key: str, value: Value) -> Value:
    """50 and 50.0 are one answer."""
    return float(value) if REQUIREMENTS[key].kind == "number" else value


def _probabilities(scores: Scores, sensitivity: Sensitivity, rules: Rules) -> dict[Pattern, float]:
    """Where requirements contradict each other, the best is no more probable than the rules say.

    What it loses, the others get in proportion, but neither becomes more probable than the best.
    """
    probabilities, best = dict(sensitivity.probabilities), scores.best
    most = rules.confidence.in_conflict
    second, third = sorted(
        (pattern for pattern in probabilities if pattern != best),
        key=lambda pattern: -probabilities[pattern],
    )
    if scores.conflicts and probabilities[best] > most:
        rest = 1 - probabilities[best]
        share = probabilities[second] / rest if rest else 0.5
        probabilities[best] = most
        probabilities[second] = round((1 - most) * share, 4)
        probabilities[third] = round(1 - most - probabilities[second], 4)
    excess = min(
        probabilities[second] - probabilities[best], probabilities[best] - probabilities[third]
    )
    if excess > 0:
        probabilities[second] = round(probabilities[second] - excess, 4)
        probabilities[third] = round(probabilities[third] + excess, 4)
    return probabilities


def _ranking(
    scores: Scores, probabilities: dict[Pattern, float], rules: Rules
) -> tuple[Ranked, ...]:
    best, second = scores.ranking[0].pattern, scores.ranking[1].pattern
    ranked = []
    for one in scores.ranking:
        rival = second if one.pattern == best else best
        reasons = [_reason(part, one.pattern, rival, rules) for part in scores.contributions]
        reasons.sort(key=lambda reason: (-abs(reason.points), reason.criterion))
        ranked.append(
            Ranked(
                pattern=one.pattern,
                score=one.score,
                eligible=one.eligible,
                probability=probabilities[one.pattern],
                reasons_for=tuple(reason for reason in reasons if reason.points > 0),
                reasons_against=tuple(reason for reason in reasons if reason.points < 0),
            )
        )
    return tuple(ranked)


def _reason(part: Contribution, pattern: Pattern, rival: Pattern, rules: Rules) -> Reason:
    """Measure a criterion by what it does to this pattern's lead over its rival.

    Points against the rival are as good a reason as points for the pattern itself.
    """
    answer = rules.answer_ranges.get(part.key)
    return Reason(
        criterion=part.criterion,
        label=answer.label if answer else part.criterion,
        value=part.value,
        points=round(part.points[pattern] - part.points[rival], 3),
        why=part.why,
        source=part.source,
    )


def _triggers(
    best: Pattern, answers: KnownRequirements, flips: tuple[Flip, ...], rules: Rules
) -> tuple[Trigger, ...]:
    """Return the numbers at which to think again, without those that the answers have reached.

    What is so already was weighed in this very decision.
    """
    return tuple(
        trigger
        for rule, trigger in triggers_of(best, flips, rules)
        if not reached(trigger.at, answers.get(rule.key))
    )


def triggers_of(
    pattern: Pattern, flips: tuple[Flip, ...], rules: Rules
) -> Iterator[tuple[TriggerRule, Trigger]]:
    """Yield each rule for a pattern with its trigger, whose limit a flip may say better."""
    for rule in rules.triggers:
        if rule.pattern != pattern:
            continue
        at, source = rule.at, rule.source
        for flip in flips:
            number = not isinstance(flip.to, str | bool)
            if flip.key == rule.key and flip.pattern == rule.to and number:
                sign = ">=" if float(flip.to) > float(flip.value) else "<="
                at, source = f"{sign} {flip.to:g}", "this recommendation: the value that flips it"
        yield rule, Trigger(rule.to, rule.measure, at, rule.how, source, rule.figure)


def reached(at: str, value: Value | None) -> bool:
    """Whether a known answer is where a trigger such as ``>= 8`` or ``> 60 %`` says."""
    limit = re.match(r"([<>])(=?) ?(\d+(?:\.\d+)?)", at)
    if limit is None or value is None or isinstance(value, str | bool):
        return False
    number = float(limit[3])
    if value == number:
        return limit[2] == "="
    return value > number if limit[1] == ">" else value < number


def _assumptions(
    rules: Rules, answers: KnownRequirements, changed: Mapping[str, float]
) -> tuple[Assumption, ...]:
    return tuple(
        replace(one, value=changed[one.name], source="--assume") if one.name in changed else one
        for one in used_assumptions(rules, answers)
    )
