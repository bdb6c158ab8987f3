"""What was measured beside what was promised: the SLO, the article's bands, the estimate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.recommendation.estimates import assumed, demand, estimate, load_of
from blueprint_cli.recommendation.rules import load_rules

if TYPE_CHECKING:
    from blueprint_cli.benching.run import Bench, Step
    from blueprint_cli.spec.model import Spec

# The article's figures for a well-designed backend.
BAND_P95_MS: Final = (50.0, 100.0)
BAND_RPS: Final = (100.0, 1_000.0)
BAND_ERRORS_PERCENT: Final = (0.1, 1.0)


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
class Verdict:
    held: tuple[Held, ...]
    predicted: tuple[Predicted, ...]

    @property
    def kept(self) -> bool:
        """Whether every promise of the SLO is kept."""
        return all(one.kept for one in self.held)


def verdict(found: Bench, spec: Spec, *, workers: int) -> Verdict:
    """Hold a bench to its SLO and to the model; ``workers`` is how many ran of each process."""
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
        predicted=_predicted(found, spec, workers),
    )


def _answered(step: Step) -> float:
    """Return the answers a second that were no errors."""
    return step.asked / step.seconds * (1 - step.error_percent / 100) if step.seconds else 0.0


def _predicted(found: Bench, spec: Spec, workers: int) -> tuple[Predicted, ...]:
    """What the shipped model says of so many workers; see docs/recommendation.md."""
    rules = load_rules()
    assume = assumed(rules)
    answers = {**spec.known_requirements(), "requests_per_second_avg": spec.slo.throughput_rps}
    answers["peak_to_average"] = 1.0
    latency = estimate(answers, rules, {"simulated_requests": 1000.0})[spec.pattern].latency
    needs = demand(spec.pattern, load_of(answers, assume), assume, spec.slo.throughput_rps)
    # A worker is one process of a server here; the model's are requests that are served at a time.
    capacity = workers * needs.processes / (needs.service * (1 + needs.synchronous_calls))
    return (
        Predicted("p95", found.at_slo.p95_ms, latency.p95_ms if latency else 0.0, "ms"),
        Predicted("capacity", found.knee, capacity, "requests/s"),
    )
