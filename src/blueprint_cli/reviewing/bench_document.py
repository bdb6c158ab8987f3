"""What a document of `blueprint bench --json` says of a project."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.errors import BenchInvalid
from blueprint_cli.recommendation.measured import Corrections, within_limits
from blueprint_cli.reviewing.figures import Figure, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from blueprint_cli.spec.model import Spec

MOST_BYTES: Final = 64 * 1024 * 1024
HOW: Final = "Write one: blueprint bench --json > FILE"
# A route that was asked less often has no p95.
LEAST_REQUESTS: Final = 20


@dataclass(frozen=True, slots=True)
class BenchResult:
    """What a run measured; ``measured`` is None where it says nothing of the model.

    ``source`` is short, such as ``bench at 100 requests/s on 2 cores``.
    """

    source: str
    figures: tuple[Figure, ...]
    problems: tuple[Problem, ...]
    measured: Corrections | None


def read_bench(path: Path, spec: Spec) -> BenchResult:
    """Read a run of this project.

    Raises:
        BenchInvalid: where it is none, of another project or pattern, or worth nothing.
    """
    document = _document(path)
    try:
        return _result(document, spec, path)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise BenchInvalid(f"{path} is no document of a bench", hint=HOW) from error


def _document(path: Path) -> dict[str, Any]:
    try:
        if path.is_file() and path.stat().st_size > MOST_BYTES:
            raise BenchInvalid(f"{path} is too large for a document of a bench", hint=HOW)
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise BenchInvalid(f"{path} cannot be read: {error.strerror}", hint=HOW) from error
    except (ValueError, RecursionError) as error:
        raise BenchInvalid(f"{path} is no JSON", hint=HOW) from error
    if not isinstance(found, dict):
        raise BenchInvalid(f"{path} is no document of a bench", hint=HOW)
    return found


def _result(document: Mapping[str, Any], spec: Spec, path: Path) -> BenchResult:
    of = (document["project"], document["pattern"])
    if of != (spec.project.name, spec.pattern):
        raise BenchInvalid(
            f"{path} is of {of[0]}, {of[1]}, and this is {spec.project.name}, {spec.pattern}",
            hint="Measure this one: blueprint bench --json > FILE",
        )
    if not document["valid"]:
        raise BenchInvalid(
            f"{path} is of a run that is worth nothing: {document['invalid']}",
            hint="Measure again, where the generator is not the limit.",
        )
    step = document["at_slo"]
    rate, url = f"{_number(step['rate']):g} requests/s", document.get("url")
    cores = _number(document["cores"])
    where = f"of {url}" if url else f"on {cores:g} core{'s' if cores != 1 else ''}"
    source = f"bench at {rate} {where}"
    figures = (
        Figure(
            name="p95_latency_ms",
            value=round(_number(step["p95_ms"]), 1),
            unit="ms",
            source=source,
            query="p95 of all requests, each from the moment at which it was due",
        ),
        Figure(
            name="error_percent",
            value=round(_number(step["error_percent"]), 4),
            unit="%",
            source=source,
            query="requests that failed, of all",
        ),
    )
    return BenchResult(
        source=source,
        figures=figures,
        problems=(
            *_slow(document, spec, source),
            *_errors(step, spec, source),
            *_leaks(document, source),
            *_starved(document, source),
            *_events(document, source),
            *_away(document, source),
        ),
        measured=_measured(document, source),
    )


def _number(value: object) -> float:
    """Return a figure; none of those that are read here is below 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise TypeError(value)
    return float(value)


def _slow(document: Mapping[str, Any], spec: Spec, source: str) -> Iterator[Problem]:
    for one in document["at_slo"]["routes"]:
        p95 = _number(one["p95_ms"])
        if p95 > spec.slo.p95_ms and one["asked"] >= LEAST_REQUESTS:
            yield Problem(
                kind="slow-route",
                subject=str(one["route"]),
                value=round(p95, 1),
                limit=spec.slo.p95_ms,
                unit="ms",
                source=source,
                query="p95 of the route's requests",
            )


def _errors(step: Mapping[str, Any], spec: Spec, source: str) -> Iterator[Problem]:
    percent = _number(step["error_percent"])
    if percent > spec.slo.error_rate_percent:
        yield Problem(
            kind="errors",
            subject="all requests",
            value=round(percent, 3),
            limit=spec.slo.error_rate_percent,
            unit="%",
            source=source,
            query="requests that failed, of all",
        )


def _leaks(document: Mapping[str, Any], source: str) -> Iterator[Problem]:
    for one in _of(document, "processes"):
        if one.get("leaks"):
            yield Problem(
                kind="memory-leak",
                subject=str(one["name"]),
                value=round(_number(one["memory_slope_mb_per_minute"]), 2),
                limit=0.0,
                unit="MiB/min",
                source=source,
                query="slope of the process's memory under the load",
            )


def _starved(document: Mapping[str, Any], source: str) -> Iterator[Problem]:
    outbox = document.get("outbox") or {}
    if outbox.get("starved"):
        yield Problem(
            kind="starved-relay",
            subject=str(outbox.get("name") or "the outbox"),
            value=round(_number(outbox["oldest_seconds_max"]), 1),
            limit=0.0,
            unit="s",
            source=source,
            query=str(outbox["starved"]),
        )


def _events(document: Mapping[str, Any], source: str) -> Iterator[Problem]:
    """Yield what did not come, and what did not end; only of more than a few the bench says so."""
    said = {one["name"] for one in document.get("faults") or ()}
    settled = document.get("settled") or {"others": ()}
    found = [
        *(("lagging-consumer", one["consumer"], one["events"]) for one in _of(document, "behind")),
        *(
            ("lost-events", f"{one['name']} to {one['effect']}", one["missing"])
            for one in _of(document, "events")
            if "events" in said and one.get("missing")
        ),
        *(
            ("unsettled", one["name"], one["unsettled"])
            for one in (settled, *settled["others"])
            if "unsettled" in said and one.get("by_itself") and one["unsettled"]
        ),
    ]
    for kind, subject, count in found:
        yield Problem(
            kind=kind,
            subject=str(subject),
            value=_number(count),
            limit=0.0,
            unit="",
            source=source,
            query="what the run recorded",
        )


def _away(document: Mapping[str, Any], source: str) -> Iterator[Problem]:
    for name in _of(document, "silent"):
        yield Problem(
            kind="process-away",
            subject=str(name),
            value=0.0,
            limit=0.0,
            unit="",
            source=source,
            query="what answers once the load has ended",
        )


def _of(document: Mapping[str, Any], key: str) -> Sequence[Any]:
    return document.get(key) or ()


def _measured(document: Mapping[str, Any], source: str) -> Corrections | None:
    """Return measured over predicted of the model as it is shipped.

    What the prediction was corrected by already is taken out of it. A knee is known only where a
    rate beyond it was tried and was too much.
    """
    before = document.get("corrected") or {}
    factors = {"capacity": 1.0, "p95": 1.0}
    climbed = document["climb"]
    over = bool(climbed) and not climbed[-1]["keeps_up"] and not climbed[-1]["invalid"]
    for one in document["against_prediction"]:
        name, measured = one["name"], _number(one["measured"])
        predicted = _number(one["predicted"]) / _number(before.get(name, 1.0))
        if name in factors and measured > 0 and predicted > 0 and (name == "p95" or over):
            factors[name] = within_limits(measured / predicted, name)
    if set(factors.values()) == {1.0}:
        return None
    return Corrections(factors["capacity"], factors["p95"], f"{document['pattern']}, {source}")
