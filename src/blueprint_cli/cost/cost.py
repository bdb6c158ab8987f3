"""The monthly cost of a pattern on every platform: at the expected load, at peak, over the load."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from blueprint_cli.cost.bill import Bill, bill, workload
from blueprint_cli.cost.books import MARK_WORDS, VERIFIED
from blueprint_cli.recommendation.estimates import load_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from blueprint_cli.cost.books import Book, Kind, PricedPlatform
    from blueprint_cli.cost.budget import Budget
    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.rules import Assumption, KnownRequirements, Rules

POINTS: Final = 25
LEAST_LOAD: Final = 0.1
BISECTIONS: Final = 40


@dataclass(frozen=True, slots=True)
class PlatformCost:
    """A platform's bills; ``peak`` is a month in which the peak never ends.

    ``all_in`` says whether a call's price contains everything.
    """

    platform: str
    title: str
    kind: Kind
    book: str
    all_in: bool
    expected: Bill
    peak: Bill
    unverified: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """Infrastructure in US dollars a month over requests a second."""

    platform: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Crossover:
    """The load from which another platform is the cheapest."""

    requests_per_second: float
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Cost:
    """``platforms`` has the cheapest at the expected load first, those without gaps before.

    ``budget_usd`` is the figure of the requirements, ``budget`` what was compared with it.
    """

    pattern: Pattern
    expected_requests_per_second: float
    peak_requests_per_second: float
    load_assumed: bool
    budget_usd: float | None
    platforms: tuple[PlatformCost, ...]
    curves: tuple[Curve, ...]
    crossovers: tuple[Crossover, ...]
    warnings: tuple[str, ...]
    assumptions: tuple[Assumption, ...]
    budget: Budget | None = None


def cost(  # noqa: PLR0913 - each is a thing of its own, and none has a sensible default
    pattern: Pattern,
    answers: KnownRequirements,
    rules: Rules,
    books: tuple[Book, ...],
    *,
    today: dt.date,
    changes: Mapping[str, float] | None = None,
) -> Cost:
    """Compute what a pattern costs a month.

    Args:
        pattern: the pattern that runs.
        answers: the known requirements; the load is taken from them.
        rules: where the assumptions stand.
        books: price books; their platforms stand beside each other.
        today: to tell stale books; the only thing here that depends on the day.
        changes: assumptions that differ.
    """
    given = changes or {}
    known = {**rules.assumptions, **rules.cost_assumptions}
    assume = {name: one.value for name, one in known.items()} | dict(given)
    load = load_of(answers, assume)
    platforms = [platform for book in books for platform in book.platforms]

    def monthly(platform: PricedPlatform, requests_per_second: float) -> Bill:
        work = workload(pattern, answers, assume, requests_per_second)
        return bill(platform, work, assume)

    costs = [
        PlatformCost(
            platform=platform.key,
            title=platform.title,
            kind=platform.kind,
            book=platform.book,
            all_in=platform.all_in,
            expected=monthly(platform, load.average),
            peak=monthly(platform, load.peak),
            unverified=_unverified(monthly(platform, load.average)),
        )
        for platform in platforms
    ]
    costs.sort(key=lambda one: (bool(one.expected.missing), one.expected.infrastructure_usd))
    loads = _loads(max(1000.0, load.peak * 10))
    curves = {
        platform.key: [monthly(platform, at).infrastructure_usd for at in loads]
        for platform in platforms
    }
    # Only platforms whose bill has no gap compete to be the cheapest.
    competing = {
        platform.key: platform
        for platform in platforms
        if not platform.all_in and not monthly(platform, load.average).missing
    }
    return Cost(
        pattern=pattern,
        expected_requests_per_second=load.average,
        peak_requests_per_second=load.peak,
        load_assumed="requests_per_second_avg" not in answers,
        budget_usd=_budget(answers),
        platforms=tuple(costs),
        curves=tuple(
            Curve(key, tuple(zip(loads, values, strict=True))) for key, values in curves.items()
        ),
        crossovers=_crossovers(
            lambda key, at: monthly(competing[key], at).infrastructure_usd,
            tuple(competing),
            curves,
            loads,
        ),
        warnings=_warnings(books, costs, today),
        assumptions=_assumptions(known, answers, given),
    )


def _budget(answers: KnownRequirements) -> float | None:
    usd = answers.get("monthly_budget_usd")
    return float(usd) if usd is not None else None


def _unverified(bill: Bill) -> tuple[str, ...]:
    return tuple(
        f"{line.name}: {MARK_WORDS[line.mark]}" for line in bill.lines if line.mark not in VERIFIED
    )


def _loads(most: float) -> list[float]:
    step = math.log(most / LEAST_LOAD) / (POINTS - 1)
    return [float(f"{LEAST_LOAD * math.exp(step * index):.3g}") for index in range(POINTS)]


def _crossovers(
    usd: Callable[[str, float], float],
    competing: Sequence[str],
    curves: Mapping[str, list[float]],
    loads: list[float],
) -> tuple[Crossover, ...]:
    """Find where the cheapest platform changes; ``usd`` is a platform's bill at a load."""
    if not competing:
        return ()
    found = []
    cheapest = [
        min(competing, key=lambda key: (curves[key][index], key)) for index in range(POINTS)
    ]
    for index in range(1, POINTS):
        before, after = cheapest[index - 1], cheapest[index]
        if before == after:
            continue
        low, high = loads[index - 1], loads[index]
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            if usd(after, middle) < usd(before, middle):
                high = middle
            else:
                low = middle
        found.append(Crossover(float(f"{high:.3g}"), before, after))
    return tuple(found)


def _warnings(
    books: tuple[Book, ...], costs: list[PlatformCost], today: dt.date
) -> tuple[str, ...]:
    found = []
    for book in books:
        if book.stale(today):
            found.append(
                f"{book.name}: of {book.date}, older than {book.stale_after_days} days: stale"
            )
        unverified = sum(not price.verified for price in book.prices)
        if unverified:
            found.append(f"{book.name}: {unverified} of {len(book.prices)} prices are unverified")
    found.extend(
        f"{one.title}: no price is known for {', '.join(one.expected.missing)}"
        for one in costs
        if one.expected.missing
    )
    return tuple(found)


def _assumptions(
    known: Mapping[str, Assumption], answers: KnownRequirements, changes: Mapping[str, float]
) -> tuple[Assumption, ...]:
    return tuple(
        replace(one, value=changes[name], source="--assume") if name in changes else one
        for name, one in known.items()
        if name not in answers
    )
