"""An earlier run of the same project on the same machine, and whether this one is worse."""

from __future__ import annotations

import json
import math
import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.benching.hardware import Hardware
from blueprint_cli.benching.run import CLIMB
from blueprint_cli.errors import BaselineInvalid

if TYPE_CHECKING:
    from pathlib import Path

    from blueprint_cli.benching.command import Result
    from blueprint_cli.spec.model import Spec

FORMAT: Final = 3
# Worse by so many times what rounds of one run differ, and by more than a share of it.
TIMES: Final = 3.0
LEAST_SHARE: Final = 0.1
# What a machine tells of its memory differs by what its kernel keeps.
MEMORY_SHARE: Final = 0.1
READ_AS: Final = {"p95_ms": ("p95", "ms"), "knee": ("knee", "requests/s")}
RUN: Final = {
    "project": str,
    "pattern": str,
    "rate": float,
    "workers": int,
    "gateway": str,
    "url": str,
}


@dataclass(frozen=True, slots=True)
class Run:
    """What was loaded, at requests a second; ``gateway`` and ``url`` as `Result` has them."""

    project: str
    pattern: str
    rate: float
    workers: int
    gateway: str = ""
    url: str = ""

    def __str__(self) -> str:
        """Return it as one reads it."""
        workers = f"{self.workers} worker{'s' if self.workers != 1 else ''}"
        where = self.url or f"{workers} behind {self.gateway or 'no gateway'}"
        return f"{self.project}, {self.pattern}, {self.rate:g} requests/s, {where}"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is kept of a run: what ran where, the p95 of its rounds, in ms, and its knee.

    ``knee`` is None of a run that ended before a rate that was not kept up with.
    """

    machine: Hardware
    of: Run
    p95_ms: tuple[float, ...]
    knee: float | None


@dataclass(frozen=True, slots=True)
class Worse:
    """A figure that is worse than the baseline's by more than noise."""

    name: str
    before: float
    now: float
    noise: float

    def __str__(self) -> str:
        """Return it as one reads it."""
        title, unit = READ_AS[self.name]
        before, noise = f"{self.before:,.1f} {unit}", f"{self.noise:,.1f} {unit}"
        return f"{title} {self.now:,.1f} {unit}, before {before}, noise {noise}"


def run_of(spec: Spec, workers: int, gateway: str, url: str = "") -> Run:
    """Return what is loaded of a project."""
    rate = spec.slo.throughput_rps
    return Run(spec.project.name, spec.pattern or "", rate, workers, gateway, url)


def baseline_of(result: Result) -> Baseline:
    """Return what is kept of a run."""
    found = result.bench
    last = found.climb[-1] if found.climb else found.at_slo
    return Baseline(
        result.hardware,
        run_of(result.spec, result.workers, result.gateway, result.url),
        found.rounds,
        None if last.keeps_up or last.invalid else found.knee,
    )


def write(kept: Baseline) -> str:
    """Return a baseline as text."""
    return json.dumps({"format": FORMAT, **asdict(kept)}) + "\n"


def read(path: Path) -> Baseline:
    """Read a baseline.

    Raises:
        BaselineInvalid: where it is none.
    """
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["format"] != FORMAT or not said["p95_ms"]:
            raise ValueError("another format")  # noqa: TRY301 - it is said below
        return _baseline(said)
    except OSError as error:
        raise BaselineInvalid(
            f"{path} cannot be read: {error.strerror}", hint="Write one: --write-baseline FILE"
        ) from error
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise BaselineInvalid(
            f"{path} is no baseline of a bench", hint="Write one anew: --write-baseline FILE"
        ) from error


def _baseline(said: dict[str, Any]) -> Baseline:
    machine, of, knee = said["machine"], said["of"], said["knee"]
    return Baseline(
        Hardware(int(machine["cores"]), _figure(machine["memory_gib"]), str(machine["model"])),
        Run(**{name: type_(of[name]) for name, type_ in RUN.items()}),
        tuple(_figure(one) for one in said["p95_ms"]),
        None if knee is None else _figure(knee),
    )


def _figure(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise TypeError(value)
    return float(value)


def check_comparable(before: Baseline, machine: Hardware, of: Run) -> None:
    """Refuse a baseline of another machine or another run: its figures would say nothing.

    Raises:
        BaselineInvalid: naming both.
    """
    earlier = before.machine
    memory = abs(earlier.memory_gib - machine.memory_gib)
    if (earlier.cores, earlier.model) != (machine.cores, machine.model) or (
        memory > MEMORY_SHARE * machine.memory_gib
    ):
        raise BaselineInvalid(
            f"the baseline is of another machine: {earlier}; this is {machine}",
            hint="Figures of two machines do not compare: write one here with --write-baseline.",
        )
    if before.of != of:
        raise BaselineInvalid(
            f"the baseline is of another run: {before.of}; this is {of}",
            hint="Write one anew: --write-baseline FILE",
        )


def worse(now: Baseline, before: Baseline) -> tuple[Worse, ...]:
    """Return what is worse than an earlier run by more than rounds of one run differ.

    The knee is found in steps, and noise may move it by one: less by more is worse.
    """
    found = []
    earlier, p95 = statistics.median(before.p95_ms), statistics.median(now.p95_ms)
    noise = max(_spread(before.p95_ms), _spread(now.p95_ms), LEAST_SHARE * earlier)
    if p95 > earlier + TIMES * noise:
        found.append(Worse("p95_ms", earlier, p95, noise))
    if before.knee is not None and now.knee is not None:
        step = before.knee - before.knee / CLIMB
        if now.knee < (before.knee - step) * 0.99:
            found.append(Worse("knee", before.knee, now.knee, step))
    return tuple(found)


def _spread(values: tuple[float, ...]) -> float:
    """Return the median distance from the median."""
    middle = statistics.median(values)
    return statistics.median([abs(one - middle) for one in values])
