"""What a project costs a month as it was assumed, as it is, and as it is recommended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blueprint_cli.cost.books import load_books
from blueprint_cli.cost.targets import PLACES, places_of, targets

if TYPE_CHECKING:
    from blueprint_cli.cost.books import Book
    from blueprint_cli.cost.targets import TargetCost
    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.recommend import Recommendation
    from blueprint_cli.recommendation.rules import Rules
    from blueprint_cli.spec.model import Spec


@dataclass(frozen=True, slots=True)
class Spending:
    """A month of one pattern under one load, where that is cheapest of what fits."""

    of: str
    pattern: Pattern
    requests_per_second: float | None
    instances: int | None
    target: TargetCost | None


def spending_of(
    spec: Spec,
    before: Recommendation,
    after: Recommendation,
    rules: Rules,
    books: tuple[Book, ...],
) -> tuple[Spending, ...]:
    """Return what the project costs as it was assumed, as it is, and as it is recommended."""
    asked: dict[tuple[str, Pattern], Recommendation] = {("as assumed", spec.pattern): before}
    asked["as measured", spec.pattern] = after
    if after.recommended != spec.pattern:
        asked["as recommended", after.recommended] = after
    places = places_of(spec.platform.deploy) if spec.platform.deploy else PLACES
    books = books or load_books()
    found = []
    for (of, pattern), one in asked.items():
        known = one.answers.get("requests_per_second_avg")
        at = targets(pattern, one.answers, rules, books, places=places)
        whole = [each for each in at.costs if not each.expected.missing]
        cheapest = min(whole, key=lambda each: each.expected.infrastructure_usd, default=None)
        found.append(
            Spending(
                of=of,
                pattern=pattern,
                requests_per_second=None if known is None else float(known),
                instances=one.estimates[pattern].instances,
                target=at.recommended or cheapest,
            )
        )
    return tuple(found)
