"""One bench: warm up, hold the SLO's rate, then climb until the project no longer keeps up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from blueprint_cli.benching.load import Measured, together
from blueprint_cli.benching.moments import now
from blueprint_cli.benching.usage import Usage, usage_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from blueprint_cli.benching.load import Load, Request
    from blueprint_cli.spec.model import Slo

WARM_UP_SECONDS: Final = 5.0
ROUNDS: Final = 3
STEP_SECONDS: Final = 5.0
# The warm-up's share of the SLO's rate.
WARM_UP: Final = 0.5
# Each step above the SLO's rate is so many times the one before.
CLIMB: Final = 1.5
MOST_STEPS: Final = 10
# At that share of refused creates and commands the load is not the one that was meant.
MOST_REFUSED: Final = 0.05
KEEPS_UP: Final = 0.97


@dataclass(frozen=True, slots=True)
class Route:
    """What one route showed: milliseconds from the moment of being due, and how requests ended."""

    route: str
    asked: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    errors: int
    refused: int


@dataclass(frozen=True, slots=True)
class Step:
    """One rate, in requests a second, held for some seconds.

    ``invalid`` says why it is worth nothing; empty where it counts. ``keeps_up``: within the SLO's
    p95, and as many answers as requests. ``began`` is in seconds since 1970.
    """

    rate: float
    seconds: float
    asked: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    error_percent: float
    refused: int
    invalid: str
    keeps_up: bool
    routes: tuple[Route, ...]
    histogram: str
    usage: tuple[Usage, ...] = ()
    began: float = 0.0


@dataclass(frozen=True, slots=True)
class Bench:
    """The step at the SLO's rate, and those beyond it.

    ``rounds`` are the p95, in milliseconds, of the parts that the first was held in: how far they
    lie apart is the noise of this machine.
    """

    at_slo: Step
    rounds: tuple[float, ...]
    climb: tuple[Step, ...] = field(default=())

    @property
    def knee(self) -> float:
        """The highest rate, in requests a second, that was kept up with; 0 where none was.

        A rate at which the generator was the limit says nothing.
        """
        steps = (self.at_slo, *self.climb)
        kept = [one.rate for one in steps if one.keeps_up and not one.invalid]
        return max(kept, default=0.0)

    @property
    def knee_is_least(self) -> bool:
        """Whether no rate was too much, so that more may be kept up with than the knee."""
        return (self.climb or (self.at_slo,))[-1].keeps_up

    @property
    def invalid(self) -> str:
        """Why the whole run is worth nothing; empty where it counts."""
        return self.at_slo.invalid


async def bench(  # noqa: PLR0913 - each is a thing of its own
    load: Load,
    requests: Iterator[Request],
    slo: Slo,
    *,
    seconds: float,
    processes: Sequence[int] = (),
    steps: int = MOST_STEPS,
    rest: Callable[[], Awaitable[object]] | None = None,
) -> Bench:
    """Measure one project.

    Args:
        load: of the project; it is closed in the end.
        requests: an endless supply of what the model can be asked.
        slo: what it is held to; its rate is the first step.
        seconds: how long the SLO's rate is held.
        processes: the parents of the project's processes, whose use is measured; none where they
            are not known.
        steps: how many rates above the SLO's are tried at most.
        rest: awaited, without load, between the SLO's rate and those above it.
    """
    try:
        await load.run(requests, slo.throughput_rps * WARM_UP, WARM_UP_SECONDS)

        async def held(rate: float) -> Step:
            before, began = usage_of(processes), now()
            measured = await load.run(requests, rate, STEP_SECONDS)
            return _step(measured, slo, usage_of(processes, since=before), began)

        before, began = usage_of(processes), now()
        rounds = [
            await load.run(requests, slo.throughput_rps, seconds / ROUNDS) for _ in range(ROUNDS)
        ]
        first = _step(together(rounds), slo, usage_of(processes, since=before), began)
        if rest is not None:
            await rest()
        climb: list[Step] = []
        rate = slo.throughput_rps
        last = first
        while last.keeps_up and not last.invalid and len(climb) < steps:
            rate *= CLIMB
            last = await held(rate)
            climb.append(last)
        return Bench(first, tuple(one.p95_ms for one in rounds), tuple(climb))
    finally:
        await load.close()


def _step(measured: Measured, slo: Slo, usage: tuple[Usage, ...], began: float) -> Step:
    whole = measured.whole
    routes = []
    errors = refused = 0
    for route in sorted(measured.latencies):
        latencies, ended = measured.latencies[route], measured.ended[route]
        errors += ended["error"]
        refused += ended["refused"]
        routes.append(
            Route(
                route,
                latencies.count,
                latencies.percentile(50),
                latencies.percentile(95),
                latencies.percentile(99),
                ended["error"],
                ended["refused"],
            )
        )
    unanswered = measured.asked - whole.count
    failed = 100 * (errors + unanswered) / measured.asked if measured.asked else 0.0
    return Step(
        rate=measured.offered,
        seconds=measured.seconds,
        asked=measured.asked,
        p50_ms=whole.percentile(50),
        p95_ms=whole.percentile(95),
        p99_ms=whole.percentile(99),
        error_percent=failed,
        refused=refused,
        invalid=measured.invalid or _too_many_refused(routes),
        keeps_up=whole.percentile(95) <= slo.p95_ms and failed <= slo.error_rate_percent,
        routes=tuple(routes),
        histogram=whole.encoded(),
        usage=usage,
        began=began,
    )


def _too_many_refused(routes: list[Route]) -> str:
    """Say where the domain refused more than the load was meant to be refused."""
    writes = [one for one in routes if one.route.startswith("POST ")]
    asked, refused = sum(one.asked for one in writes), sum(one.refused for one in writes)
    if not asked or refused <= MOST_REFUSED * asked:
        return ""
    worst = max(writes, key=lambda one: one.refused)
    return (
        f"the domain refused {refused / asked:.0%} of what was to be written, most of it "
        f"{worst.route}: the rows of tests/examples.py do not fit the rules"
    )
