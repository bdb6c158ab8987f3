"""What is asked for and cannot be had: alone, together, or because its pattern is ruled out.

Nothing here moves a score or a probability: it says what the choice costs.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.patterns import PATTERNS, patterns_with
from blueprint_cli.recommendation.scoring import Contradiction, keys_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.estimates import Estimate
    from blueprint_cli.recommendation.rules import KnownRequirements, Rules
    from blueprint_cli.recommendation.scoring import Gate

# What only a process of its own gives a part.
SEPARATE: Final = (
    "independent_deploys_needed",
    "independent_scaling_needed",
    "isolation_or_compliance",
    "polyglot",
)
MOST_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Need:
    """Something that was asked for, in words, and the patterns that give it."""

    key: str
    words: str
    met_by: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Unmet:
    """Something that was asked for and that the recommended pattern does not give.

    ``met_by`` are the patterns that would, those that are ruled out included.
    """

    key: str
    message: str
    met_by: tuple[Pattern, ...]


def needs_of(
    answers: KnownRequirements, estimates: Mapping[Pattern, Estimate], labels: Mapping[str, str]
) -> tuple[Need, ...]:
    """Return what was asked for that some patterns give and others do not."""
    needs = [
        Need(key, labels[key], patterns_with(lambda one: one.process_per_context))
        for key in SEPARATE
        if answers.get(key) is True
    ]
    # In a single context every write is seen at once, whatever runs it.
    if answers.get("consistency") == "strong" and answers.get("bounded_contexts") != 1:
        one_database = patterns_with(lambda one: not one.database_per_context)
        needs.append(Need("consistency", "strong consistency across contexts", one_database))
    if (wanted := answers.get("availability_percent")) is not None:
        reached = tuple(one for one in PATTERNS if estimates[one].meets_availability)
        needs.append(Need("availability_percent", f"{wanted:g}% availability", reached))
    if (limit := answers.get("p95_latency_ms")) is not None:
        fast = tuple(one for one in PATTERNS if estimates[one].meets_p95)
        needs.append(Need("p95_latency_ms", f"a p95 of {limit:g} ms", fast))
    return tuple(needs)


def conflicts_between(
    needs: tuple[Need, ...], answers: KnownRequirements, rules: Rules, gates: tuple[Gate, ...]
) -> tuple[Contradiction, ...]:
    """Return the needs that no pattern meets together, or that only a ruled-out pattern meets."""
    found = [
        Contradiction(
            (one.key, other.key),
            f"No pattern gives both {one.words} ({_either(one.met_by)}) and {other.words} "
            f"({_either(other.met_by)})",
            "the patterns' structure and the estimates",
        )
        for one, other in itertools.combinations(needs, 2)
        if one.met_by and other.met_by and not set(one.met_by) & set(other.met_by)
    ]
    shut = {gate.pattern for gate in gates}
    for need in needs:
        if need.met_by and set(need.met_by) <= shut:
            keys = [
                key
                for gate in rules.gates
                if gate.pattern in need.met_by and (tests := gate.when.holding(answers))
                for key in keys_of(tests)
            ]
            ruled_out = "which is" if len(need.met_by) == 1 else "and each is"
            found.append(
                Contradiction(
                    tuple(dict.fromkeys((need.key, *keys))),
                    f"{need.words[0].upper()}{need.words[1:]}: only {_either(need.met_by)} would "
                    f"give that, {ruled_out} ruled out",
                    "the gates",
                )
            )
    return tuple(found)


def unmet_by(
    pattern: Pattern,
    needs: tuple[Need, ...],
    estimates: Mapping[Pattern, Estimate],
    answers: KnownRequirements,
    gates: tuple[Gate, ...],
) -> tuple[Unmet, ...]:
    """Return what was asked for and is not given by a pattern, and what would give it."""
    shut = {gate.pattern for gate in gates}
    found = []
    for need in needs:
        if pattern in need.met_by:
            continue
        match need.key:
            case "availability_percent":
                has = _availability(pattern, estimates, float(answers[need.key]))
            case "p95_latency_ms":
                has = _latency(pattern, estimates)
            case _:
                has = f"{pattern} does not give it"
        others = [f"{one} would{' (ruled out)' * (one in shut)}" for one in need.met_by]
        rest = ", ".join(others) or "none reaches it"
        found.append(Unmet(need.key, f"{need.words} asked for: {has}; {rest}", need.met_by))
    return tuple(found)


def _either(patterns: tuple[Pattern, ...]) -> str:
    return " or ".join(patterns)


def _availability(pattern: Pattern, estimates: Mapping[Pattern, Estimate], wanted: float) -> str:
    """Return what is expected, in as many digits as show that it is less than what is wanted."""
    expected = {one: estimates[one].availability_percent for one in PATTERNS}
    best = max(PATTERNS, key=lambda one: (expected[one], one == pattern))

    def digits(value: float) -> str:
        return next(
            (
                text
                for count in range(2, MOST_DIGITS)
                if (float(text := f"{value:.{count}f}") < wanted) == (value < wanted)
            ),
            f"{value:.{MOST_DIGITS}f}",
        )

    text = f"{pattern} is expected at {digits(expected[pattern])}%"
    return (
        text
        if best == pattern
        else f"{text}, the best of them, {best}, at {digits(expected[best])}%"
    )


def _latency(pattern: Pattern, estimates: Mapping[Pattern, Estimate]) -> str:
    latency = estimates[pattern].latency
    if latency is None:
        return f"the work alone takes {pattern} longer, however many instances run"
    return f"{pattern} is expected at {latency.p95_ms:,.0f} ms"
