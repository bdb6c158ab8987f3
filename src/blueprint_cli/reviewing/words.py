"""How a review says what it found, the same in every report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.recommendation.measured import REMOVE, factors_of
from blueprint_cli.reports.words import formatted

if TYPE_CHECKING:
    from blueprint_cli.reviewing.figures import Figure, Problem
    from blueprint_cli.reviewing.requirements import Row
    from blueprint_cli.reviewing.review import Review, Watched
    from blueprint_cli.reviewing.spending import Spending

NAMES: Final = {
    "error_percent": "requests that fail",
    "releases_a_month": "releases a month",
    "lead_time_hours": "from a commit to its release",
    "people_per_team": "people in a team",
    "most_people_in_a_context": "people in the busiest context",
}
TITLES: Final = {
    "slow-route": "slow route",
    "errors": "errors",
    "memory-leak": "memory leak",
    "starved-relay": "starved relay",
    "lagging-consumer": "lagging consumer",
    "lost-events": "lost events",
    "unsettled": "not settled",
    "process-away": "process away",
}
STATES: Final = {True: "reached", False: "not reached", None: "not measured"}


def with_unit(figure: Figure) -> str:
    """Return a figure as people write it."""
    if figure.value is None:
        return "unknown"
    value = formatted(figure.value)
    if figure.unit == "%":
        return f"{value}%"
    # Units that are words have no other letters: "readers", but "ms" and "requests/s".
    one = value == "1" and len(figure.unit) > len("ms") and figure.unit.isalpha()
    return f"{value} {figure.unit.removesuffix('s') if one else figure.unit}".rstrip()


def problem(one: Problem) -> str:
    """Return what is wrong, as a sentence."""
    value, limit = formatted(one.value), formatted(one.limit)
    match one.kind:
        case "slow-route":
            said = f"95 of 100 answers take up to {value} ms, promised are {limit}"
        case "errors":
            said = f"{value}% fail, promised are {limit}%"
        case "memory-leak":
            said = f"memory grows by {value} {one.unit}, and nothing takes it back"
        case "lagging-consumer":
            said = f"{value} events waited for it, and ever more"
        case "lost-events":
            said = f"{value} of them had not come"
        case "unsettled":
            said = f"{value} of them had not come to an end"
        case "process-away":
            said = "it does not answer"
        case _:
            said = f"an event waited {value} s to be delivered"
    return f"{TITLES[one.kind]}, {one.subject}: {said}"


def strangers(review: Review) -> str:
    """Say how many routes are none of the project's."""
    count = review.strangers
    return f"{count} {'route is' if count == 1 else 'routes are'} of none of the project's contexts"


def state(one: Watched) -> str:
    """Say whether a trigger is reached, and whether that is news."""
    known = one.reached and one.weighed
    return f"{STATES[one.reached]}, as was assumed" if known else STATES[one.reached]


def trigger(one: Watched) -> str:
    """Return a trigger with its limit and what was measured."""
    return (
        f"{one.trigger.measure} {one.trigger.at} -> {one.trigger.to}: {state(one)}, "
        f"{with_unit(one.figure) if one.figure.value is not None else one.figure.why}"
    )


def verdict(row: Row) -> str:
    """Say how a requirement and its measurement compare; empty where nobody can."""
    if row.met is not None:
        return "kept" if row.met else "missed"
    if row.figure.value is None or row.said is None or isinstance(row.said, str | bool):
        return ""
    said = float(row.said)
    if row.figure.value == said:
        return "as assumed"
    if not said:
        return "more"
    times = f"{row.figure.value / said:.2g}"
    return "about as assumed" if times == "1" else f"{times} times"


def outcome(review: Review) -> str:
    """Say what is recommended for what was measured, beside what the project is."""
    after, pattern = review.recommended, review.spec.pattern
    if not review.comparison.same:
        before = review.comparison.before.recommended
        return f"Recommended: {after}, for what was measured; {before}, for what was assumed"
    if after == pattern:
        return f"Recommended: {after} still, as the project is"
    return f"Recommended: {after}, as before anything was measured; the project is {pattern}"


def next_command(review: Review) -> str:
    """Return the command that goes where the recommendation points; empty where it stays."""
    if review.recommended == review.spec.pattern:
        return ""
    return f"blueprint evolve --to {review.recommended} --dry-run"


def taken_over(review: Review) -> tuple[str, ...]:
    """Return the lines of `requirements` in `blueprint.yaml` that say what was measured."""
    return tuple(
        f"{row.key}: {row.used:.10g}"
        for row in review.rows
        if row.used != row.said and isinstance(row.used, int | float)
    )


def corrections(review: Review) -> tuple[str, ...]:
    """Say how far predictions are off, and what becomes of that."""
    found = []
    if review.measured:
        found.append(f"This bench: {factors_of(review.measured)}.")
    if review.kept:
        found.append(f"The project keeps: {factors_of(review.kept)}. {REMOVE} removes it.")
    elif review.measured:
        found.append("--keep keeps it in the project; estimates and bills go by it from then on.")
    return tuple(found)


def spending(one: Spending) -> tuple[str, str, str, str, str]:
    """Return the cells of a row: of what, at what load, instances, dollars a month, where."""
    load = one.requests_per_second
    at = one.target
    return (
        f"{one.pattern}, {one.of}",
        "unknown" if load is None else f"{load:,.4g}/s",
        "-" if one.instances is None else str(one.instances),
        "-" if at is None else f"{at.expected.infrastructure_usd:,.0f}",
        "no target" if at is None else at.title,
    )
