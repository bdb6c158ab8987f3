"""How easily the recommendation would have been another one, and so how sure it is."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.patterns import PATTERNS
from blueprint_cli.recommendation.rules import DIGITS, NO_POINTS, REQUIREMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.rules import (
        AnswerRange,
        Criterion,
        KnownRequirements,
        Points,
        Rules,
        Test,
        Value,
    )

MOST_PAIRS: Final = 5
BISECTIONS: Final = 24
CLOSE_CHOICE: Final = 0.5
JUST_BEYOND: Final = 1.01
NEGLIGIBLE: Final = 0.001


@dataclass(frozen=True, slots=True)
class Flip:
    """The nearest value of one answer, in one direction, that changes the recommendation."""

    key: str
    value: Value
    to: Value
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class PairFlip:
    """Two answers that change the recommendation together, where neither does alone."""

    keys: tuple[str, str]
    values: tuple[Value, Value]
    to: tuple[Value, Value]
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Swing:
    """The lead over the next pattern at both ends of what an answer can move it to."""

    key: str
    value: Value
    lead_least: float
    lead_most: float
    at_least: Value
    at_most: Value


@dataclass(frozen=True, slots=True)
class Unknown:
    """An answer that was not given: how far it could move the lead, and what it could lead to."""

    key: str
    label: str
    swing: float
    could_become: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """``robustness`` is the share of varied weights under which the recommendation stays."""

    lead: float
    flips: tuple[Flip, ...]
    pairs: tuple[PairFlip, ...]
    swings: tuple[Swing, ...]
    unknown: tuple[Unknown, ...]
    robustness: float
    probabilities: dict[Pattern, float]


class Scorer:
    """Scores small changes of one set of answers; only what a change touches is scored again."""

    def __init__(self, answers: KnownRequirements, rules: Rules) -> None:
        self.answers = answers
        self.rules = rules
        self.parts: list[Points | None] = [
            criterion.evaluate(answers) for criterion in rules.criteria
        ]
        self._criteria: dict[str, list[int]] = {key: [] for key in REQUIREMENTS}
        for index, criterion in enumerate(rules.criteria):
            for key in dict.fromkeys((criterion.key, *(test.key for test in criterion.only_if))):
                if key:
                    self._criteria[key].append(index)
        self._gates: dict[str, list[int]] = {key: [] for key in REQUIREMENTS}
        for index, gate in enumerate(rules.gates):
            for key in gate.when.looks_at():
                self._gates[key].append(index)
        self._shut = [gate.when.holding(answers) is not None for gate in rules.gates]
        self._totals = [sum((part or NO_POINTS)[i] for part in self.parts) for i in range(3)]

    def scores(self, changes: Mapping[str, Value]) -> tuple[list[float], list[bool]]:
        """Return each pattern's score and whether it is eligible, after the changes."""
        answers = {**self.answers, **changes}
        first, second, third = self._totals
        for index in {i for key in changes for i in self._criteria[key]}:
            old = self.parts[index] or NO_POINTS
            new = self.rules.criteria[index].evaluate(answers) or NO_POINTS
            first += new[0] - old[0]
            second += new[1] - old[1]
            third += new[2] - old[2]
        gates = {i for key in changes for i in self._gates[key]}
        eligible = [True, True, True]
        for index, gate in enumerate(self.rules.gates):
            shut = gate.when.holding(answers) is not None if index in gates else self._shut[index]
            if shut:
                eligible[PATTERNS.index(gate.pattern)] = False
        return [round(first, DIGITS), round(second, DIGITS), round(third, DIGITS)], eligible

    def best(self, changes: Mapping[str, Value]) -> int:
        """Return the index of the pattern that comes first after the changes."""
        scores, eligible = self.scores(changes)
        return max(range(3), key=lambda i: (eligible[i], scores[i], -i))

    def lead(self, pattern: int, changes: Mapping[str, Value]) -> float:
        """Return how far a pattern is before the best other one that is eligible."""
        scores, eligible = self.scores(changes)
        others = [scores[i] for i in range(3) if i != pattern and eligible[i]]
        if not eligible[pattern]:
            others.append(scores[pattern] + 1)
        return round(scores[pattern] - max(others), DIGITS) if others else math.inf


def examine(answers: KnownRequirements, rules: Rules) -> Sensitivity:
    """Look for everything that would change the recommendation."""
    scorer = Scorer(answers, rules)
    best = scorer.best({})
    places = {key: _places(answer, rules) for key, answer in rules.answer_ranges.items()}
    # In the rules' order, so that the order of the answers changes nothing.
    known = [key for key in rules.answer_ranges if key in answers]
    flips = tuple(flip for key in known for flip in _flips(scorer, best, key, places[key]))
    robustness, shares = _vary_weights(scorer, best)
    return Sensitivity(
        lead=_finite(scorer.lead(best, {})),
        flips=tuple(sorted(flips, key=_distance)),
        pairs=_pairs(scorer, best, known, {flip.key for flip in flips}, places),
        swings=_swings(scorer, best, known, places),
        unknown=_unknown(scorer, best, places),
        robustness=robustness,
        probabilities=_probabilities(rules, answers, flips, shares),
    )


def _places(answer: AnswerRange, rules: Rules) -> tuple[Value, ...]:
    """Return the values between which the scores lie on a line: no flip is missed between them."""
    if not answer.numeric:
        return answer.values
    integer = REQUIREMENTS[answer.key].kind == "integer"
    found = {answer.low, answer.high}
    tests: list[Test] = [test for criterion in rules.criteria for test in criterion.only_if]
    tests += [test for gate in rules.gates for tests in gate.when.alternatives for test in tests]
    for criterion in rules.criteria:
        if criterion.key == answer.key:
            found.update(float(at) for at in criterion.at)
    for test in tests:
        if test.key == answer.key:
            for limit, step in ((test.least, -1), (test.most, 1)):
                if math.isfinite(limit):
                    beyond = limit + step if integer else limit * JUST_BEYOND**step
                    found |= {limit, beyond if beyond != limit else step}
    inside = sorted(place for place in found if answer.low <= place <= answer.high)
    return tuple(dict.fromkeys(round(place) for place in inside)) if integer else tuple(inside)


def _flips(scorer: Scorer, best: int, key: str, places: tuple[Value, ...]) -> Iterable[Flip]:
    value = scorer.answers[key]
    if isinstance(value, str | bool):
        for place in places:
            pattern = scorer.best({key: place})
            if pattern != best:
                yield Flip(key, value, place, PATTERNS[pattern])
        return
    integer = REQUIREMENTS[key].kind == "integer"
    numbers = [float(place) for place in places]
    ahead = [place for place in numbers if place > value]
    behind = [place for place in reversed(numbers) if place < value]
    for way in (ahead, behind):
        before = float(value)
        for place in way:
            if scorer.best({key: _typed(place, integer)}) != best:
                to = _turning_point(scorer, best, key, before, place, integer=integer)
                yield Flip(key, value, to, PATTERNS[scorer.best({key: to})])
                break
            before = place


def _typed(value: float, integer: bool) -> Value:  # noqa: FBT001 - reads as what it says
    return round(value) if integer else value


def _turning_point(  # noqa: PLR0913 - a place, its two sides and what to look for
    scorer: Scorer, best: int, key: str, stays: float, flips: float, *, integer: bool
) -> Value:
    """Return the value next to ``stays`` that flips, in three digits."""
    reached = flips
    for _ in range(BISECTIONS):
        middle = math.expm1((math.log1p(stays) + math.log1p(flips)) / 2)
        if integer:
            middle = round(middle)
            if middle in (stays, flips):
                middle = round((stays + flips) / 2)
            if middle in (stays, flips):
                break
        if scorer.best({key: _typed(middle, integer)}) == best:
            stays = middle
        else:
            flips = middle
    if integer:
        return round(flips)
    digits = 2 - math.floor(math.log10(abs(flips))) if flips else 0
    scale = 10.0**digits
    outwards = math.ceil if flips > stays else math.floor
    for candidate in (round(outwards(flips * scale) / scale, max(digits, 0)), flips, reached):
        if scorer.best({key: candidate}) != best:
            return candidate
    return reached


def _distance(flip: Flip) -> tuple[float, str, str]:
    return 1 - _closeness(flip), flip.key, str(flip.to)


def _closeness(flip: Flip) -> float:
    """1 beside the answer, towards 0 far from it; half for another word."""
    if isinstance(flip.value, str | bool):
        return CLOSE_CHOICE
    ratio = math.log1p(float(flip.to)) - math.log1p(float(flip.value))
    return 1 / (1 + abs(ratio))


def _swings(
    scorer: Scorer, best: int, known: list[str], places: dict[str, tuple[Value, ...]]
) -> tuple[Swing, ...]:
    found = []
    for key in known:
        options = (scorer.answers[key], *places[key])
        leads = [(_finite(scorer.lead(best, {key: option})), option) for option in options]
        least = min(leads, key=lambda pair: pair[0])
        most = max(leads, key=lambda pair: pair[0])
        if most[0] > least[0]:
            found.append(Swing(key, scorer.answers[key], least[0], most[0], least[1], most[1]))
    return tuple(sorted(found, key=lambda swing: (swing.lead_least - swing.lead_most, swing.key)))


def _unknown(
    scorer: Scorer, best: int, places: dict[str, tuple[Value, ...]]
) -> tuple[Unknown, ...]:
    found = []
    for key, answer in scorer.rules.answer_ranges.items():
        if key in scorer.answers:
            continue
        leads = [_finite(scorer.lead(best, {key: place})) for place in places[key]]
        patterns = {PATTERNS[scorer.best({key: place})] for place in places[key]} - {PATTERNS[best]}
        swing = round(max(leads) - min(leads), DIGITS)
        became = tuple(sorted(patterns, key=PATTERNS.index))
        found.append(Unknown(key, answer.label, swing, became))
    order = list(scorer.rules.answer_ranges)
    found.sort(key=lambda one: (not one.could_become, -one.swing, order.index(one.key)))
    return tuple(found)


def _finite(lead: float) -> float:
    """A pattern without a rival leads by as much as anyone could."""
    return lead if math.isfinite(lead) else 10.0


def _pairs(
    scorer: Scorer,
    best: int,
    known: list[str],
    flipping: set[str],
    places: dict[str, tuple[Value, ...]],
) -> tuple[PairFlip, ...]:
    """Try, for each answer that flips nothing alone, the values that help each rival most."""
    worst: dict[str, set[Value]] = {}
    base, _ = scorer.scores({})
    for key in known:
        if key in flipping:
            continue
        helpful: set[Value] = set()
        for rival in range(3):
            gains = []
            for place in places[key]:
                scores, eligible = scorer.scores({key: place})
                gain = (scores[rival] - scores[best]) - (base[rival] - base[best])
                gains.append((gain + (not eligible[best]), place))
            gain, place = max(gains, key=lambda pair: pair[0])
            if gain > NEGLIGIBLE and rival != best:
                helpful.add(place)
        if helpful:
            worst[key] = helpful
    found = []
    for one, other in itertools.combinations(worst, 2):
        for values in itertools.product(sorted(worst[one], key=str), sorted(worst[other], key=str)):
            changes = dict(zip((one, other), values, strict=True))
            pattern = scorer.best(changes)
            if pattern != best:
                now = (scorer.answers[one], scorer.answers[other])
                lead = scorer.lead(best, changes)
                pair = PairFlip((one, other), now, (values[0], values[1]), PATTERNS[pattern])
                found.append((lead, pair))
                break
    found.sort(key=lambda item: (item[0], item[1].keys))
    return tuple(pair for _, pair in found[:MOST_PAIRS])


def _vary_weights(scorer: Scorer, best: int) -> tuple[float, list[float]]:
    """Return how often the best stays the best, and each pattern's mean probability.

    Every criterion's weight varies on its own, seeded by what it is about: neither the order of
    the rules nor the names in them change the result.
    """
    rule = scorer.rules.confidence
    _, eligible = scorer.scores({})
    if not any(eligible):
        eligible = [True, True, True]
    totals = [[0.0, 0.0, 0.0] for _ in range(rule.samples)]
    for points, criterion in zip(scorer.parts, scorer.rules.criteria, strict=True):
        if points is None or not any(points):
            continue
        draw = random.Random(_seed(criterion)).random  # noqa: S311 - no secret is made of it
        for total in totals:
            weight = 1 + rule.weights_vary_by * (2 * draw() - 1)
            total[0] += weight * points[0]
            total[1] += weight * points[1]
            total[2] += weight * points[2]
    allowed = [i for i in range(3) if eligible[i]]
    kept = 0
    sums = [0.0, 0.0, 0.0]
    for total in totals:
        top = max(allowed, key=lambda i: (total[i], -i))
        kept += top == best
        powers = {i: math.exp((total[i] - total[top]) / rule.temperature) for i in allowed}
        whole = sum(powers.values())
        for i in allowed:
            sums[i] += powers[i] / whole
    return kept / rule.samples, [part / rule.samples for part in sums]


def _seed(criterion: Criterion) -> str:
    tests = "".join(f"|{test.key}{test.least}{test.most}" for test in criterion.only_if)
    return f"{criterion.key}{tests}"


def _probabilities(
    rules: Rules, answers: KnownRequirements, flips: tuple[Flip, ...], shares: list[float]
) -> dict[Pattern, float]:
    """Move the probabilities towards a third each, by what is unknown and what could flip."""
    weight = dict.fromkeys(rules.answer_ranges, 0.0)
    for criterion in rules.criteria:
        if criterion.key:
            weight[criterion.key] = max(weight[criterion.key], criterion.swing())
    whole = sum(weight.values()) or 1.0
    unknown = sum(part for key, part in weight.items() if key not in answers) / whole
    near: dict[str, float] = {}
    for flip in flips:
        near[flip.key] = max(near.get(flip.key, 0.0), _closeness(flip))
    fragile = sum(weight[key] * near[key] for key in weight if key in near) / whole
    # Half of it grows with the square: a few gaps cost little, to know nothing costs all. It is
    # never less than half a line, so that forgetting an answer costs more than its nearest flip.
    ignorance = rules.confidence.unknown * (unknown + unknown**2) / 2
    doubt = min(1.0, rules.confidence.always + ignorance + rules.confidence.near_flip * fragile)
    return {
        pattern: round((1 - doubt) * share + doubt / len(PATTERNS), 4)
        for pattern, share in zip(PATTERNS, shares, strict=True)
    }
