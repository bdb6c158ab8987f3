"""Where an SLO is missed, the routes are named for which it is."""

from __future__ import annotations

from pathlib import Path

from blueprint_cli.benching.run import Bench, Route, Step
from blueprint_cli.benching.verdict import verdict
from blueprint_cli.spec.document import read_document
from blueprint_cli.spec.reading import validate

SHOP = Path(__file__).parents[2] / "templates/examples/shop.yaml"


def found(*routes: Route, p95_ms: float = 20, error_percent: float = 0) -> dict[str, str]:
    document = read_document(SHOP)
    known = {"blueprint": 1, "project": {"name": "shop"}, "pattern": "monolith"}
    spec = validate({**known, **document.data}, document)
    step = Step(
        100,
        20,
        2000,
        5,
        p95_ms,
        30,
        error_percent,
        0,
        "",
        keeps_up=True,
        routes=routes,
        histogram="",
    )
    said = verdict(Bench(step, (p95_ms,)), spec, cores=2)
    assert said.kept is not bool(said.faults)
    return {one.name: one.message for one in said.faults}


def route(name: str, p95_ms: float = 20, errors: int = 0) -> Route:
    return Route(name, 500, 5, p95_ms, 2 * p95_ms, errors, 0)


def test_what_is_kept_needs_no_names() -> None:
    assert found(route("GET /a", p95_ms=500), route("GET /b")) == {}


def test_slow_routes_are_named_the_slowest_first() -> None:
    routes = (route("GET /a"), route("GET /b", 150), route("GET /c", 1_400))
    assert found(*routes, p95_ms=120) == {
        "slow": "slower than 100 ms: GET /c (p95 1,400 ms), GET /b (p95 150 ms)"
    }


def test_routes_that_fail_are_named() -> None:
    routes = (route("GET /a", errors=2), route("GET /b", errors=40), route("GET /c"))
    assert found(*routes, error_percent=2.1) == {
        "errors": "failed: 40 of 500 of GET /b, 2 of 500 of GET /a"
    }


def test_a_rate_that_the_generator_did_not_reach_is_no_knee() -> None:
    kept, late = (
        Step(rate, 5, 500, 5, 20, 30, 0, 0, why, keeps_up=True, routes=(), histogram="")
        for rate, why in ((100, ""), (400, "the generator was 30 ms late"))
    )
    assert Bench(kept, (20.0,), (late,)).knee == 100
