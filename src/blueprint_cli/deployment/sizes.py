"""How many of a process run, and how large: the estimates of the recommendation, for one spec."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from blueprint_cli.recommendation.estimates import Load, assumed, demand, load_of
from blueprint_cli.recommendation.rules import load_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.patterns import Pattern
    from blueprint_cli.spec.model import Spec


@dataclass(frozen=True, slots=True)
class Sizes:
    """The load in requests a second, and what a process of a pattern is given at it."""

    pattern: Pattern
    vcpu: float
    load: Load
    assume: Mapping[str, float]

    @property
    def average(self) -> float:
        """The expected load."""
        return self.load.average

    @property
    def peak(self) -> float:
        """The load at the peak."""
        return self.load.peak

    def each(self, requests_per_second: float) -> int:
        """Return how many of each process that answers there are at a steady load."""
        needs = demand(self.pattern, self.load, self.assume, requests_per_second)
        return needs.instances_per_process


def sizes(spec: Spec, contexts: int) -> Sizes:
    """Return the sizes of a project that has so many contexts."""
    rules = load_rules()
    assume = assumed(rules)
    load = load_of(spec.known_requirements(), assume)
    return Sizes(
        pattern=spec.pattern,
        vcpu=rules.cost_assumptions["instance_vcpu"].value,
        load=replace(load, contexts=contexts),
        assume=assume,
    )
