"""What was measured beside what was promised: the SLO, the article's bands, the estimate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from blueprint_cli.recommendation.estimates import assumed
from blueprint_cli.recommendation.one_machine import on_one_machine
from blueprint_cli.recommendation.rules import load_rules

if TYPE_CHECKING:
    from blueprint_cli.benching.observed import Observed
    from blueprint_cli.benching.run import Bench, Step
    from blueprint_cli.recommendation.measured import Corrections
    from blueprint_cli.spec.model import Slo, Spec

# The article's figures for a well-designed backend.
BAND_P95_MS: Final = (50.0, 100.0)
BAND_RPS: Final = (100.0, 1_000.0)
BAND_ERRORS_PERCENT: Final = (0.1, 1.0)
# That share of what ends by itself may be under way still when the run ends.
MOST_UNSETTLED: Final = 0.01
# So many routes are named of those that are slow or fail.
MOST_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Held:
    """One promise: what was measured, what it is held to, and whether it is kept."""

    name: str
    measured: float
    promised: float
    unit: str
    kept: bool


@dataclass(frozen=True, slots=True)
class Predicted:
    """A figure of the recommendation's model, and how many times it the measured one is."""

    name: str
    measured: float
    predicted: float
    unit: str

    @property
    def factor(self) -> float:
        """Measured over predicted; 0 where nothing was predicted."""
        return self.measured / self.predicted if self.predicted else 0.0


@dataclass(frozen=True, slots=True)
class Band:
    """The article's figures for a good backend, and how the measured one lies to them."""

    name: str
    measured: float
    low: float
    high: float
    unit: str
    lies: Literal["better", "within", "worse"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, in words that name the part.

    ``memory``, ``outbox``, ``unsettled``, ``events``, ``consumer`` and ``silent`` whatever the SLO
    says; ``slow`` and ``errors`` where it is missed.
    """

    name: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was measured, held to each thing that it can be held to.

    ``corrected`` is what the predictions were corrected by; None where by nothing.
    """

    held: tuple[Held, ...]
    predicted: tuple[Predicted, ...]
    bands: tuple[Band, ...] = ()
    faults: tuple[Fault, ...] = ()
    corrected: Corrections | None = None

    @property
    def kept(self) -> bool:
        """Whether every promise of the SLO is kept."""
        return all(one.kept for one in self.held)

    @property
    def good(self) -> bool:
        """Whether nothing is to be said against it: the SLO is kept, and nothing else is wrong."""
        return self.kept and not self.faults


def verdict(
    found: Bench,
    spec: Spec,
    *,
    cores: int | None,
    observed: Observed | None = None,
    corrections: Corrections | None = None,
) -> Verdict:
    """Hold a bench to its SLO, to the article's figures and to the model.

    Args:
        found: the bench.
        spec: the project's.
        cores: of the machine that the project and the load share; None where they share none, and
            the model says nothing.
        observed: what was seen beside the answers.
        corrections: what the project keeps of how far predictions were off.
    """
    slo, step = spec.slo, found.at_slo
    return Verdict(
        held=(
            Held("p95", step.p95_ms, slo.p95_ms, "ms", step.p95_ms <= slo.p95_ms),
            Held(
                "throughput",
                _answered(step),
                slo.throughput_rps,
                "requests/s",
                _answered(step) >= slo.throughput_rps * (1 - slo.error_rate_percent / 100) * 0.99,
            ),
            Held(
                "errors",
                step.error_percent,
                slo.error_rate_percent,
                "%",
                step.error_percent <= slo.error_rate_percent,
            ),
        ),
        predicted=_corrected(_predicted(found, spec, cores), corrections) if cores else (),
        bands=_bands(found),
        faults=_missed(step, slo) + (_faults(observed) if observed else ()),
        corrected=corrections if cores else None,
    )


def _corrected(
    predicted: tuple[Predicted, ...], corrections: Corrections | None
) -> tuple[Predicted, ...]:
    if corrections is None:
        return predicted
    factors = {"p95": corrections.p95, "capacity": corrections.capacity}
    return tuple(replace(one, predicted=one.predicted * factors[one.name]) for one in predicted)


def _bands(found: Bench) -> tuple[Band, ...]:
    """Return how it lies to the article's figures; of throughput the most that was kept up with."""
    step = found.at_slo
    low, high = BAND_RPS
    rate = max(found.knee, _answered(step))
    lies: Literal["better", "within", "worse"] = (
        "better" if rate > high else "worse" if rate < low else "within"
    )
    return (
        _least(step.p95_ms, BAND_P95_MS, "p95", "ms"),
        Band("throughput", rate, low, high, "requests/s", lies),
        _least(step.error_percent, BAND_ERRORS_PERCENT, "errors", "%"),
    )


def _least(measured: float, band: tuple[float, float], name: str, unit: str) -> Band:
    """Return how a figure of which less is better lies to a band."""
    low, high = band
    lies: Literal["better", "within", "worse"] = (
        "better" if measured < low else "worse" if measured > high else "within"
    )
    return Band(name, measured, low, high, unit, lies)


def _missed(step: Step, slo: Slo) -> tuple[Fault, ...]:
    """Name the routes for which the SLO is missed, the worst first."""
    found = []
    slow = [one for one in step.routes if one.p95_ms > slo.p95_ms]
    if step.p95_ms > slo.p95_ms:
        worst = sorted(slow, key=lambda one: -one.p95_ms)[:MOST_NAMED]
        said = ", ".join(f"{one.route} (p95 {one.p95_ms:,.0f} ms)" for one in worst)
        found.append(Fault("slow", f"slower than {slo.p95_ms:g} ms: {said}"))
    failed = [one for one in step.routes if one.errors]
    if step.error_percent > slo.error_rate_percent and failed:
        worst = sorted(failed, key=lambda one: -one.errors)[:MOST_NAMED]
        said = ", ".join(f"{one.errors} of {one.asked} of {one.route}" for one in worst)
        found.append(Fault("errors", f"failed: {said}"))
    return tuple(found)


def _faults(observed: Observed) -> tuple[Fault, ...]:
    found = [
        Fault(
            "memory",
            f"memory of {one.name} grows by {one.memory_slope_mb_per_minute:.0f} MiB a minute",
        )
        for one in observed.processes
        if one.leaks
    ]
    if observed.outbox and observed.outbox.starved:
        found.append(Fault("outbox", observed.outbox.starved))
    found += [
        Fault(
            "unsettled",
            f"{one.unsettled} of {one.count + one.unsettled} {one.name} had not been settled at "
            "the end",
        )
        for one in observed.settled
        if one.by_itself and one.unsettled > MOST_UNSETTLED * (one.count + one.unsettled)
    ]
    found += [
        Fault(
            "events",
            f"{one.missing} of {one.count + one.missing} {one.name} had not come to {one.effect} "
            "at the end",
        )
        for one in observed.events
        if one.missing > MOST_UNSETTLED * (one.count + one.missing)
    ]
    found += [
        Fault("consumer", f"{one.consumer} fell behind: {one.events} events waited for it still")
        for one in observed.behind
    ]
    found += [
        Fault("silent", f"{name} did not answer once the load had ended")
        for name in observed.silent
    ]
    return tuple(found)


def _answered(step: Step) -> float:
    """Return the answers a second that were no errors."""
    return step.asked / step.seconds * (1 - step.error_percent / 100) if step.seconds else 0.0


def _predicted(found: Bench, spec: Spec, cores: int) -> tuple[Predicted, ...]:
    """What the shipped model says of one machine; see docs/recommendation.md."""
    machine = on_one_machine(
        spec.pattern,
        assumed(load_rules()),
        cores=cores,
        rate=found.at_slo.rate,
        p95_ms=spec.slo.p95_ms,
    )
    return (
        Predicted("p95", found.at_slo.p95_ms, machine.p95_ms or 0.0, "ms"),
        Predicted("capacity", found.knee, machine.capacity_rps, "requests/s"),
    )
