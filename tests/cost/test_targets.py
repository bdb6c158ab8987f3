from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from blueprint_cli.cost.books import load_books
from blueprint_cli.cost.targets import Targets, places_of, targets
from blueprint_cli.deployment.beside import beside
from blueprint_cli.recommendation.rules import load_rules
from blueprint_cli.reports.words import where_to_run
from blueprint_cli.spec.platform import Platform

if TYPE_CHECKING:
    from blueprint_cli.patterns import Pattern


def found(pattern: Pattern = "monolith", **answers: float | str) -> Targets:
    return targets(pattern, answers, load_rules(), load_books())


def against(made: Targets, target: str) -> str:
    return " ".join(next(one.against for one in made.costs if one.target == target))


@pytest.mark.parametrize(
    ("pattern", "answers", "expected"),
    [
        ("monolith", {}, "compose"),
        # One machine does not give that, and functions cost next to nothing at that load.
        (
            "monolith",
            {"availability_percent": 99.9, "requests_per_second_avg": 1},
            "aws-lambda",
        ),
        # Every second request would wait for a start.
        (
            "monolith",
            {"availability_percent": 99.9, "requests_per_second_avg": 0.001},
            "kubernetes",
        ),
        # Every call costs, and a cluster is full.
        (
            "monolith",
            {"availability_percent": 99.9, "requests_per_second_avg": 1000},
            "kubernetes",
        ),
        # People who operate a cluster cost more than the calls of its consumers.
        ("event-driven", {"availability_percent": 99.9}, "aws-lambda"),
        (
            "event-driven",
            {"availability_percent": 99.9, "requests_per_second_avg": 900},
            "kubernetes",
        ),
        ("monolith", {"monthly_budget_usd": 50}, None),
    ],
)
def test_the_target_fits_load_and_budget(
    pattern: Pattern, answers: dict[str, Any], expected: str | None
) -> None:
    made = found(pattern, **answers)
    assert (made.recommended and made.recommended.target) == expected
    if made.recommended:
        assert made.costs[0] is made.recommended


def test_what_does_not_fit_says_why_with_its_numbers() -> None:
    made = found(
        "microservices",
        requests_per_second_avg=0.002,
        monthly_budget_usd=100,
        ops_maturity="low",
        availability_percent=99.9,
    )
    assert "8 instances at the peak want 4 vCPU, and one machine has 2" in against(made, "compose")
    assert "99.9% is asked for" in against(made, "compose")
    assert "30% of the answers would wait 2,500 ms" in against(made, "aws-lambda")
    assert "ops_maturity is low" in against(made, "kubernetes")
    assert "above the budget of 100" in against(made, "kubernetes")


def test_a_target_is_priced_as_what_it_renders() -> None:
    platforms = {one.target: one.platform for one in found().costs}
    assert platforms["google-functions"] == "google-run-requests"
    assert platforms["aws-lambda"] == "aws-lambda"
    # A team's own book knows it by the target's name.
    rendered = platforms["google-functions"]
    books = tuple(
        replace(book, platforms=tuple(one for one in book.platforms if one.name != rendered))
        for book in load_books()
    )
    own = targets("monolith", {}, load_rules(), books, places=("google-functions",))
    assert [one.platform for one in own.costs] == ["google-functions"]


def test_what_is_rendered_and_has_no_price_is_a_gap() -> None:
    gaps = {one.target: one.expected.missing for one in found("event-driven").costs}
    assert gaps["google-functions"] == ("worker pools",)
    assert "Elastic Premium plan" in gaps["azure-functions"]
    assert not gaps["kubernetes"]


def test_a_bill_with_a_gap_is_no_bill() -> None:
    azure = next(one for one in found().costs if one.target == "azure-functions")
    assert azure.expected.missing
    assert not azure.fits


def test_a_function_is_priced_with_the_memory_that_is_rendered() -> None:
    lines = {
        one.target: [line.usd for line in one.expected.lines if line.name == "memory"]
        for one in found(requests_per_second_avg=100).costs
    }
    smaller = targets(
        "monolith",
        {"requests_per_second_avg": 100},
        load_rules(),
        load_books(),
        changes={"function_rendered_mb": 512},
    )
    aws = next(one for one in smaller.costs if one.target == "aws-lambda")
    half = next(line.usd for line in aws.expected.lines if line.name == "memory")
    assert half < lines["aws-lambda"][0]


def test_a_cluster_of_ones_own_is_paid_by_its_nodes_and_disks() -> None:
    def bill(platform: str) -> dict[str, tuple[float, str]]:
        (made,) = targets(
            "microservices",
            {"requests_per_second_avg": 1},
            load_rules(),
            load_books(),
            places=("kubernetes",),
            beside=beside(Platform.model_validate(json.loads(platform))),
        ).costs
        return {line.name: (line.usd, line.how) for line in made.expected.lines}

    plain = bill("{}")
    own = bill('{"database": {"cluster": "patroni", "pooler": "pgbouncer"}, "cdn": "varnish"}')
    assert "2 pods beside" in plain["nodes"][1]
    assert "13 pods beside" in own["nodes"][1]
    assert plain["nodes"][1].startswith("3 nodes")
    assert own["nodes"][1].startswith("4 nodes")
    assert own.keys() == plain.keys() - {"database"}
    assert own["database storage"][1] == "200 GB"


def test_sentences_name_the_best_first_and_why_not_the_others() -> None:
    said = where_to_run(found(monthly_budget_usd=300))
    assert said[0].startswith("On compose:")
    assert any(one.startswith("Not kubernetes: ") for one in said)
    assert "Not azure-functions: no price is known for" in " ".join(said)
    assert all(one.startswith("Not ") for one in where_to_run(found(monthly_budget_usd=1)))


def test_helm_makes_what_kubernetes_makes() -> None:
    assert places_of(["helm", "aws-lambda"]) == ("kubernetes", "aws-lambda")
