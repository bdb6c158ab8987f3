"""How answers, numbers and patterns are written for people, the same in every report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.patterns import PATTERNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.cost.budget import Budget
    from blueprint_cli.cost.targets import TargetCost, Targets
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


def unmet(result: Recommendation) -> tuple[str, ...]:
    """Return, a sentence each, what was asked for and is not given by what is recommended."""
    return tuple(f"{one.message[0].upper()}{one.message[1:]}." for one in result.unmet)


def beside_budget(budget: Budget) -> str:
    """Return the cost beside the budget, as a sentence."""
    cheapest = f"{budget.expected_usd:,.0f} USD a month, on {budget.title}"
    verdict = "above" if budget.exceeded else "within"
    return (
        f"Infrastructure of {budget.pattern} costs at least {cheapest}, {verdict} the budget of "
        f"{budget.usd:,.0f}."
    )


def where_to_run(found: Targets) -> list[str]:
    """Say where it would run, a sentence each: what is recommended first, then what else fits."""
    fitting = [one for one in found.costs if one.fits]
    others = [f"Not {one.target}: {_why_not(one)}." for one in found.costs if not one.fits]
    if found.recommended is None:
        return others
    best = found.recommended
    bill = best.expected
    of_all = f", the least of {len(fitting)} that fit" if len(fitting) > 1 else ", alone in fitting"
    cost = f"{bill.infrastructure_usd:,.0f} USD a month and {bill.people_hours:g} hours of work"
    said = [f"On {best.target}: {best.title}, {cost}{of_all}."]
    also = [
        f"{one.target} {one.expected.infrastructure_usd:,.0f}" for one in fitting if one is not best
    ]
    if also:
        said.append(f"Also fits, in USD a month: {', '.join(also)}.")
    return [*said, *others]


def _why_not(one: TargetCost) -> str:
    if one.against:
        return one.against[0]
    return f"no price is known for {', '.join(one.expected.missing)}"


def kept_by_doubt(result: Recommendation) -> str:
    """Say why a pattern that is ruled out has a share of the probability; empty where none is."""
    shut = [f"{one.pattern} ({one.probability:.0%})" for one in result.ranking if not one.eligible]
    if not shut:
        return ""
    return (
        f"Ruled out, {' and '.join(shut)} {'is' if len(shut) == 1 else 'are'} not recommended: the "
        "share is the doubt in the answers, which may turn out otherwise."
    )


# Its title stands nowhere in what this program was made from, so none is made up.
THE_ARTICLE: Final = (
    "“The article” is the one that this program began from: its shop, its prices of functions, and "
    "its figures for a well-designed backend, 50 to 100 ms, 100 to 1,000 requests a second and 0.1 "
    "to 1% of errors. It is undated, and was read in a summary."
)
