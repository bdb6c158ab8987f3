"""What each pattern would need and give: instances, latency, availability, backlog, limits."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.patterns import ARCHITECTURES, PATTERNS
from blueprint_cli.recommendation.queueing import (
    drain_seconds,
    erlang_c,
    most_useful_copies,
    redundant_availability,
    scalability,
    serial_availability,
    servers_for,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.patterns import Architecture, Pattern
    from blueprint_cli.recommendation.rules import Assumption, KnownRequirements, Rules

SEED: Final = 20
HISTOGRAM_BARS: Final = 24
Z95: Final = 1.6448536269514722
# Beyond this load, in Erlang, workers with 2% of reserve wait a fortieth of their work at most, and
# Erlang's formula would take longer to compute than that is worth.
MOST_OFFERED: Final = 2_000.0


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of an answer, simulated; ``histogram`` holds (upper edge, share)."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    histogram: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one pattern would need and give at the peak.

    ``instances`` is None where no number of instances meets the p95, because the work alone takes
    longer. ``drain_minutes`` is None where nothing is drained, or the backlog would only grow.
    """

    pattern: Pattern
    processes: int
    instances: int | None
    instances_per_process: int | None
    utilisation: float | None
    databases: int
    broker: bool
    synchronous_calls: float
    latency: Latency | None
    meets_p95: bool
    availability_percent: float
    downtime_hours_a_year: float
    meets_availability: bool | None
    consumer_workers: int
    drain_minutes: float | None
    most_instances: int
    most_requests_per_second: float


@dataclass(frozen=True, slots=True)
class Load:
    """The load to compute for: from the answers, or assumed where they are silent."""

    average: float
    peak: float
    p95_ms: float
    contexts: int
    async_share: float
    consumers: int
    events: float


def assumed(rules: Rules, changes: Mapping[str, float] | None = None) -> dict[str, float]:
    """Return the assumptions as plain numbers, changed where somebody asked for it."""
    values = {name: assumption.value for name, assumption in rules.assumptions.items()}
    return {**values, **(changes or {})}


def used_assumptions(rules: Rules, answers: KnownRequirements) -> tuple[Assumption, ...]:
    """Return the assumptions that the estimates stand on: not those that an answer replaces."""
    return tuple(one for name, one in rules.assumptions.items() if name not in answers)


def load_of(answers: KnownRequirements, assume: Mapping[str, float]) -> Load:
    """Return the load to compute for."""

    def known(key: str) -> float:
        return float(answers.get(key, assume[key]))

    average = known("requests_per_second_avg")
    asynchronous = known("async_share_percent") / 100
    return Load(
        average=average,
        peak=average * known("peak_to_average"),
        p95_ms=known("p95_latency_ms"),
        contexts=max(1, round(known("bounded_contexts"))),
        async_share=asynchronous,
        consumers=round(known("consumers_per_event")),
        events=float(answers.get("stream_events_per_second", 0.0)) + average * asynchronous,
    )


def estimate(
    answers: KnownRequirements, rules: Rules, changes: Mapping[str, float] | None = None
) -> dict[Pattern, Estimate]:
    """Estimate all three patterns under the same load and the same assumptions."""
    assume = assumed(rules, changes)
    load = load_of(answers, assume)
    wanted = answers.get("availability_percent")
    return {
        pattern: _estimate(pattern, load, assume, None if wanted is None else float(wanted))
        for pattern in PATTERNS
    }


@dataclass(frozen=True, slots=True)
class Hop:
    """One process on the way of a request: its share of the work, its workers, its arrivals."""

    service: float
    workers: int
    arrivals: float


@dataclass(frozen=True, slots=True)
class Demand:
    """What a pattern runs under a steady load, whether or not that meets the p95."""

    processes: int
    synchronous_calls: float
    service: float
    arrivals: float
    instances_per_process: int
    instances: int
    meets_p95: bool


def demand(
    pattern: Pattern, load: Load, assume: Mapping[str, float], requests_per_second: float
) -> Demand:
    """Return what a pattern needs at a steady load; where no number is enough, what keeps up."""
    architecture = ARCHITECTURES[pattern]
    calls = architecture.waiting_calls(load.contexts, assume["sync_calls_microservices"])
    processes = architecture.processes(load.contexts)
    # A request's own work is spread over the processes that it passes; each call adds its cost.
    passes = 1 + calls
    service = (assume["service_ms"] + calls * assume["hop_overhead_ms"]) / passes / 1000
    # Where a project served less than was predicted, its requests count for more than one each.
    arrivals = requests_per_second * passes / processes / assume["measured_capacity"]
    budget = (load.p95_ms - _hops(architecture, calls) * assume["hop_ms"]) / 1000
    workers = _workers(arrivals, service, budget / passes)
    per_instance = max(1, round(assume["workers_per_instance"]))
    keeps_up = math.floor(arrivals * service) + 1
    each = max(
        round(assume["least_instances"]),
        math.ceil((keeps_up if workers is None else workers) / per_instance),
    )
    return Demand(processes, calls, service, arrivals, each, each * processes, workers is not None)


def _estimate(
    pattern: Pattern, load: Load, assume: Mapping[str, float], wanted: float | None
) -> Estimate:
    architecture = ARCHITECTURES[pattern]
    needs = demand(pattern, load, assume, load.peak)
    calls, processes = needs.synchronous_calls, needs.processes
    per_instance = max(1, round(assume["workers_per_instance"]))
    each = needs.instances_per_process if needs.meets_p95 else None
    consumers = _consumer_workers(load, assume)
    latency = None
    if each is not None:
        hop = Hop(needs.service, each * per_instance, needs.arrivals)
        latency = _simulate(architecture, hop, calls, assume)
    available = _availability(architecture, calls, assume)
    contention = assume[f"contention_{architecture.identifier}"]
    coherence = assume[f"coherence_{architecture.identifier}"]
    most = max(1, math.floor(most_useful_copies(contention, coherence)))
    capacity = (
        scalability(most, contention, coherence)
        * per_instance
        * assume["measured_capacity"]
        / (needs.service * (1 + calls))
    )
    return Estimate(
        pattern=pattern,
        processes=processes,
        instances=None if each is None else each * processes,
        instances_per_process=each,
        utilisation=None
        if each is None
        else round(needs.arrivals * needs.service / (each * per_instance), 3),
        databases=architecture.databases(load.contexts),
        broker=bool(architecture.broker),
        synchronous_calls=calls,
        latency=latency,
        meets_p95=latency is not None and latency.p95_ms <= load.p95_ms,
        availability_percent=round(available * 100, 4),
        downtime_hours_a_year=round((1 - available) * 365 * 24, 2),
        meets_availability=None if wanted is None else available * 100 >= wanted,
        consumer_workers=consumers,
        drain_minutes=_drain(load, consumers, assume),
        most_instances=most,
        most_requests_per_second=round(capacity),
    )


def _hops(architecture: Architecture, calls: float) -> float:
    """Return the network hops: the gateway's too, where a gateway stands in front."""
    return calls + architecture.gateway_in_front


def _workers(arrivals: float, service: float, seconds: float) -> int | None:
    if seconds <= 0:
        return None
    offered = arrivals * service
    if offered > MOST_OFFERED:
        fast_enough = math.exp(-seconds / service) <= 1 - 0.95
        return math.ceil(offered * 1.02) if fast_enough else None
    return servers_for(arrivals, service, seconds)


def _simulate(
    architecture: Architecture, hop: Hop, calls: float, assume: Mapping[str, float]
) -> Latency:
    """Sample answers: the work and the wait in each process, a log-normal hop between them."""
    draw = random.Random(f"{SEED}{architecture.pattern}")  # noqa: S311 - no secret is made of it
    rate = 1 / hop.service
    offered = hop.arrivals * hop.service
    waits = erlang_c(hop.workers, offered) if offered <= MOST_OFFERED else 0.0
    drain = max(hop.workers * rate - hop.arrivals, 1e-9)
    spread = math.log(assume["hop_spread"]) / Z95
    median = assume["hop_ms"] / 1000
    whole = math.floor(calls)
    samples = []
    for _ in range(round(assume["simulated_requests"])):
        made = whole + (draw.random() < calls - whole)
        seconds = 0.0
        for _ in range(made + 1):
            seconds += draw.expovariate(rate)
            if draw.random() < waits:
                seconds += draw.expovariate(drain)
        for _ in range(round(_hops(architecture, made))):
            seconds += median * math.exp(spread * draw.gauss(0, 1))
        samples.append(seconds * 1000 * assume["measured_p95"])
    samples.sort()
    return Latency(
        p50_ms=round(_percentile(samples, 0.5), 1),
        p95_ms=round(_percentile(samples, 0.95), 1),
        p99_ms=round(_percentile(samples, 0.99), 1),
        histogram=_histogram(samples),
    )


def _percentile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def _histogram(ordered: list[float]) -> tuple[tuple[float, float], ...]:
    edge = _percentile(ordered, 0.995) / HISTOGRAM_BARS
    counts = [0] * HISTOGRAM_BARS
    for sample in ordered:
        counts[min(HISTOGRAM_BARS - 1, int(sample / edge))] += 1
    return tuple(
        (round(edge * (index + 1), 2), round(count / len(ordered), 4))
        for index, count in enumerate(counts)
    )


def _availability(architecture: Architecture, calls: float, assume: Mapping[str, float]) -> float:
    """Return the share of requests whose whole synchronous chain is up."""
    copies = max(1, round(assume["least_instances"]))
    process = redundant_availability(assume["process_availability"] / 100, copies)
    database = assume["database_availability"] / 100
    gateway = assume["gateway_availability"] / 100 if architecture.gateway_in_front else 1.0
    passes = 1 + calls
    return serial_availability((gateway, process**passes, database**passes))


def _consumer_workers(load: Load, assume: Mapping[str, float]) -> int:
    """Return workers for twice the events that come in, so that a backlog can be drained."""
    work = load.events * max(1, load.consumers) * assume["event_ms"] / 1000
    return max(1, math.ceil(work * 2)) if load.events > 0 else 0


def _drain(load: Load, workers: int, assume: Mapping[str, float]) -> float | None:
    if not workers:
        return None
    arrivals = load.events * max(1, load.consumers)
    backlog = arrivals * assume["outage_minutes"] * 60
    seconds = drain_seconds(backlog, workers * 1000 / assume["event_ms"], arrivals)
    return None if seconds is None else round(seconds / 60, 1)
