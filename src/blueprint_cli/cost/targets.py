"""Where a project would run: what each target costs a month, and which fits load and budget."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from blueprint_cli.cost.bill import bill, bill_of_a_host, workload
from blueprint_cli.deployment.workloads import MEMORY_MIB
from blueprint_cli.patterns import ARCHITECTURES
from blueprint_cli.recommendation.estimates import load_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from blueprint_cli.cost.bill import Bill, Workload
    from blueprint_cli.cost.books import Book, PricedPlatform
    from blueprint_cli.deployment.beside import Beside
    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.estimates import Load
    from blueprint_cli.recommendation.rules import KnownRequirements, Rules
    from blueprint_cli.spec.platform import Target

# Compose, which every project has, and the targets of `platform.deploy`.
Place = Literal["compose", "kubernetes", "aws-lambda", "google-functions", "azure-functions"]
FUNCTIONS: Final[tuple[Place, ...]] = ("aws-lambda", "google-functions", "azure-functions")
PLACES: Final[tuple[Place, ...]] = ("compose", *FUNCTIONS, "kubernetes")
# What a target renders, where its name is that of something older.
RENDERED: Final[Mapping[Place, str]] = {"google-functions": "google-run-requests"}
TITLES: Final[Mapping[Place, str]] = {"compose": "One machine with Docker Compose"}
SLOW_SHARE: Final = 0.05  # p95: one answer in twenty may be slower


@dataclass(frozen=True, slots=True)
class TargetCost:
    """A month on a target, on the cheapest platform that has all prices for it.

    ``against`` says what speaks against it; where nothing does, it fits. ``platform`` is the one
    of the price book, None where a price is missing on each.
    """

    target: Place
    platform: str
    title: str
    expected: Bill
    peak: Bill
    against: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether nothing speaks against it and its bill is whole."""
        return not self.against and not self.expected.missing


@dataclass(frozen=True, slots=True)
class Targets:
    """Every target that was asked about, the recommended one first.

    ``recommended`` is the cheapest that fits, people counted; None where none does.
    """

    costs: tuple[TargetCost, ...]
    recommended: TargetCost | None


def targets(  # noqa: PLR0913 - each is a thing of its own
    pattern: Pattern,
    answers: KnownRequirements,
    rules: Rules,
    books: tuple[Book, ...],
    *,
    changes: Mapping[str, float] | None = None,
    places: tuple[Place, ...] = PLACES,
    instances: Callable[[float], int] | None = None,
    beside: tuple[Beside, ...] = (),
) -> Targets:
    """Compute what a pattern costs on each target, of the resources that are rendered for it.

    Args:
        pattern: the pattern that runs.
        answers: the known requirements.
        rules: where the assumptions stand.
        books: price books.
        changes: assumptions that differ.
        places: the targets that are asked about.
        instances: how many processes a project has at a steady load in requests a second; by
            default the estimate's, of the pattern alone.
        beside: what a cluster of the project has beside its processes.
    """
    known = {**rules.assumptions, **rules.cost_assumptions}
    assume = {name: one.value for name, one in known.items()} | dict(changes or {})
    # What the templates write: a function's memory is not the article's.
    assume |= {
        "function_memory_mb": assume["function_rendered_mb"],
        "instance_gb": MEMORY_MIB / 1024,
    }
    load = load_of(answers, assume)

    def work(requests_per_second: float) -> Workload:
        made = workload(pattern, answers, assume, requests_per_second)
        if instances is None:
            return made
        return replace(made, instances=instances(requests_per_second))

    average, peak = work(load.average), work(load.peak)
    found = []
    for place in places:
        priced = _priced(place, books)
        make = bill_of_a_host if place == "compose" else bill
        gap = _unpriced(pattern, place)
        there = beside if place == "kubernetes" else ()
        at_average, at_peak = (replace(one, beside=there) for one in (average, peak))
        bills = [(_with_gap(make(one, at_average, assume), gap), one) for one in priced]
        if not bills:
            continue
        expected, platform = min(
            bills, key=lambda one: (len(one[0].missing), one[0].infrastructure_usd)
        )
        found.append(
            TargetCost(
                target=place,
                platform=platform.name,
                title=TITLES.get(place, platform.title),
                expected=expected,
                peak=_with_gap(make(platform, at_peak, assume), gap),
                against=(
                    *_of_the_load(place, platform, peak, load, assume),
                    *_of_the_requirements(place, expected, answers, assume),
                ),
            )
        )
    best = min(
        (one for one in found if one.fits),
        key=lambda one: one.expected.infrastructure_usd + one.expected.people_usd,
        default=None,
    )
    found.sort(key=lambda one: (one is not best, not one.fits, one.expected.infrastructure_usd))
    return Targets(tuple(found), best)


def places_of(deploy: Iterable[Target]) -> tuple[Place, ...]:
    """Return the targets of a spec, each once: Helm makes what kubernetes makes."""
    return tuple(dict.fromkeys("kubernetes" if one == "helm" else one for one in deploy))


def _with_gap(bill: Bill, gap: tuple[str, ...]) -> Bill:
    return replace(bill, missing=(*bill.missing, *gap))


def _priced(place: Place, books: Iterable[Book]) -> list[PricedPlatform]:
    """Return what has a target's prices: those of what it renders, or of its name."""
    known = [one for book in books for one in book.platforms if not one.all_in]
    if place not in FUNCTIONS:
        return [one for one in known if one.kind == "kubernetes"]
    rendered = [one for one in known if one.name == RENDERED.get(place)]
    return rendered or [one for one in known if one.name == place]


def _of_the_load(
    place: Place, platform: PricedPlatform, peak: Workload, load: Load, assume: Mapping[str, float]
) -> Iterator[str]:
    """Yield what speaks against a target at this load."""
    if place == "compose":
        wanted = peak.instances * assume["instance_vcpu"]
        if wanted > platform.node_vcpu:
            yield (
                f"{peak.instances} instances at the peak want {wanted:g} vCPU, and one machine has "
                f"{platform.node_vcpu:g}"
            )
    if place in FUNCTIONS:
        # Arrivals at random: an instance is gone before the next request with this probability.
        cold = math.exp(-load.average * assume["kept_warm_minutes"] * 60)
        if cold > SLOW_SHARE and load.p95_ms < assume["cold_start_ms"]:
            yield (
                f"{cold:.0%} of the answers would wait {assume['cold_start_ms']:,.0f} ms for a "
                f"start, and p95 is to be {load.p95_ms:g} ms"
            )


def _unpriced(pattern: Pattern, place: Place) -> tuple[str, ...]:
    """Return what is rendered for a target and no price book has a price of."""
    if place == "azure-functions":
        return ("Elastic Premium plan",)
    if place == "google-functions" and ARCHITECTURES[pattern].broker:
        return ("worker pools",)
    return ()


def _of_the_requirements(
    place: Place,
    expected: Bill,
    answers: KnownRequirements,
    assume: Mapping[str, float],
) -> Iterator[str]:
    """Yield what of the requirements, the pattern or the budget speaks against a target."""
    availability = answers.get("availability_percent")
    if place == "compose" and availability is not None:
        one_machine = assume["process_availability"]
        if float(availability) > one_machine:
            yield f"{float(availability):g}% is asked for, and one machine gives {one_machine:g}%"
    if place == "kubernetes" and answers.get("ops_maturity") == "low":
        yield "a cluster wants people who operate it, and ops_maturity is low"
    budget = answers.get("monthly_budget_usd")
    if budget is not None and expected.infrastructure_usd > float(budget):
        yield f"{expected.infrastructure_usd:,.0f} USD a month is above the budget of {budget:,.0f}"
