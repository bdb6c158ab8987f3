"""A recommendation as the JSON document that docs/recommendation.md promises."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from blueprint_cli.reports.words import sentence

if TYPE_CHECKING:
    from blueprint_cli.cost.bill import Bill
    from blueprint_cli.cost.budget import Budget
    from blueprint_cli.cost.targets import Targets
    from blueprint_cli.recommendation.recommend import Ranked, Recommendation


def as_document(
    result: Recommendation, budget: Budget | None = None, targets: Targets | None = None
) -> dict[str, Any]:
    """Return plain data in a stable order; equal recommendations give equal documents."""
    sensitivity = result.sensitivity
    return {
        "recommended": result.recommended,
        "confidence": result.confidence,
        "ranking": [_ranked(ranked) for ranked in result.ranking],
        "contributions": [asdict(part) for part in result.contributions],
        "gates": [asdict(gate) for gate in result.gates],
        "conflicts": [
            {**asdict(conflict), "keys": list(conflict.keys)} for conflict in result.conflicts
        ],
        "unmet": [{**asdict(one), "met_by": list(one.met_by)} for one in result.unmet],
        "budget": budget_document(budget),
        "targets": targets_document(targets),
        "flips": [
            {"key": flip.key, "from": flip.value, "to": flip.to, "pattern": flip.pattern}
            for flip in sensitivity.flips
        ],
        "flips_of_two": [
            {
                "keys": list(pair.keys),
                "from": list(pair.values),
                "to": list(pair.to),
                "pattern": pair.pattern,
            }
            for pair in sensitivity.pairs
        ],
        "lead": sensitivity.lead,
        "robustness": sensitivity.robustness,
        "swings": [asdict(swing) for swing in sensitivity.swings],
        "unknown": [
            {**asdict(one), "could_become": list(one.could_become)} for one in sensitivity.unknown
        ],
        "hybrids": [asdict(hybrid) for hybrid in result.hybrids],
        "triggers": [asdict(trigger) for trigger in result.triggers],
        "estimates": {pattern: asdict(estimate) for pattern, estimate in result.estimates.items()},
        "assumptions": [asdict(assumption) for assumption in result.assumptions],
        "requirements": dict(result.answers),
        "rules": {"name": result.rules_name, "date": result.rules_date},
    }


def targets_document(targets: Targets | None) -> dict[str, Any] | None:
    """Return where a project would run, and what that costs; None where nobody asked."""
    if targets is None:
        return None
    best = targets.recommended
    return {
        "recommended": None if best is None else best.target,
        "costs": [
            {
                "target": one.target,
                "platform": one.platform,
                "title": one.title,
                "expected": bill_document(one.expected),
                "peak": bill_document(one.peak),
                "fits": one.fits,
                "against": list(one.against),
            }
            for one in targets.costs
        ],
    }


def bill_document(bill: Bill) -> dict[str, Any]:
    """Return a month's bill, with its lines."""
    return {
        "infrastructure_usd": bill.infrastructure_usd,
        "people_usd": bill.people_usd,
        "people_hours": bill.people_hours,
        "lines": [asdict(line) for line in bill.lines],
        "missing": list(bill.missing),
    }


def budget_document(budget: Budget | None) -> dict[str, Any] | None:
    """Return what was compared with a budget; None where nothing was."""
    if budget is None:
        return None
    return {
        "usd": budget.usd,
        "source": budget.source,
        "pattern": budget.pattern,
        "platform": budget.platform,
        "expected_usd": budget.expected_usd,
        "exceeded": budget.exceeded,
    }


def _ranked(ranked: Ranked) -> dict[str, Any]:
    return {
        "pattern": ranked.pattern,
        "score": ranked.score,
        "eligible": ranked.eligible,
        "probability": ranked.probability,
        "for": [sentence(reason) for reason in ranked.reasons_for],
        "against": [sentence(reason) for reason in ranked.reasons_against],
    }
