"""A bench as a JSON document; docs/json.md says what its keys are."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blueprint_cli.benching.baseline import Worse
    from blueprint_cli.benching.command import Result
    from blueprint_cli.benching.effects import Settled
    from blueprint_cli.benching.run import Route, Step


def as_document(result: Result, worse: tuple[Worse, ...] = ()) -> dict[str, Any]:
    """Return plain data in a stable order."""
    found, seen, verdict = result.bench, result.observed, result.verdict
    predicted = {one.name: one.predicted for one in verdict.predicted}
    return {
        "project": result.spec.project.name,
        "pattern": result.spec.pattern,
        "cores": result.cores,
        "workers": result.workers,
        "gateway": result.gateway,
        "url": result.url,
        "left": [asdict(one) for one in result.left],
        "machine": asdict(result.hardware),
        "valid": not found.invalid,
        "invalid": found.invalid,
        "kept": verdict.kept,
        "at_slo": _step(found.at_slo),
        "routes": [_route(one) for one in found.at_slo.routes],
        "processes": [asdict(one) for one in seen.processes],
        "events": [asdict(one) for one in seen.events],
        "outbox": asdict(seen.outbox) if seen.outbox else None,
        "behind": [asdict(one) for one in seen.behind],
        "silent": list(seen.silent),
        "unknown": seen.unknown,
        "settled": _settled(seen.settled),
        "rounds_p95_ms": list(found.rounds),
        "climb": [_step(one) for one in found.climb],
        "knee": {"rate_rps": found.knee, "is_least": found.knee_is_least},
        "slo": [asdict(one) for one in verdict.held],
        "predicted": {"p95_ms": predicted.get("p95"), "capacity_rps": predicted.get("capacity")},
        "against_prediction": [{**asdict(one), "factor": one.factor} for one in verdict.predicted],
        "bands": [asdict(one) for one in verdict.bands],
        "faults": [asdict(one) for one in verdict.faults],
        "corrected": asdict(verdict.corrected) if verdict.corrected else None,
        "worse": [asdict(one) for one in worse],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        **asdict(step),
        "routes": [asdict(one) for one in step.routes],
        "usage": [asdict(one) for one in step.usage],
    }


def _route(one: Route) -> dict[str, Any]:
    method, _, route = one.route.partition(" ")
    said = asdict(one)
    said.pop("asked")
    return {**said, "method": method, "route": route, "requests": one.asked}


def _settled(found: Sequence[Settled]) -> dict[str, Any] | None:
    """Return the most frequent process, with the others; None where there is none."""
    if not found:
        return None
    first, *others = (asdict(one) for one in found)
    return {**first, "others": others}
