"""What a review takes of a bench: faults, how far predictions are off; and what is no bench."""

from pathlib import Path

import pytest

from blueprint_cli.benching.document import as_document
from blueprint_cli.errors import BenchInvalid
from blueprint_cli.reviewing.bench_document import BenchResult, read_bench
from blueprint_cli.reviewing.words import TITLES, problem
from blueprint_cli.spec.reading import read_spec
from tests.benching.results import result
from tests.reviewing.benches import at_slo, bench, route, written
from tests.reviewing.conftest import MakeProject

FAST = {"name": "p95", "measured": 30.0, "predicted": 30.0}


@pytest.fixture
def project(make_project: MakeProject) -> Path:
    return make_project()


def read(project: Path, document: object) -> BenchResult:
    return read_bench(written(project, document), read_spec(project / "blueprint.yaml"))


def test_a_good_run_has_nothing_wrong_and_says_how_far_predictions_are_off(project: Path) -> None:
    found = read(project, bench())
    assert found.problems == ()
    assert found.measured is not None
    assert (found.measured.capacity, found.measured.p95) == (0.5, 1.5)
    assert found.measured.source == "monolith, bench at 100 requests/s on 2 cores"
    assert {one.name: one.value for one in found.figures} == {
        "p95_latency_ms": 30.0,
        "error_percent": 0.0,
    }


@pytest.mark.parametrize(
    ("changes", "kind", "subject"),
    [
        (at_slo(routes=[route("GET /v1/orders", 340.0)]), "slow-route", "GET /v1/orders"),
        (at_slo(error_percent=1.5), "errors", "all requests"),
        (
            {"processes": [{"name": "orders", "memory_slope_mb_per_minute": 40, "leaks": True}]},
            "memory-leak",
            "orders",
        ),
        (
            {
                "outbox": {
                    "oldest_seconds_max": 18.0,
                    "starved": "its relay does not keep up",
                    "name": "orders.outbox",
                }
            },
            "starved-relay",
            "orders.outbox",
        ),
        ({"behind": [{"consumer": "analytics", "events": 41}]}, "lagging-consumer", "analytics"),
        ({"silent": ["orders-relay"]}, "process-away", "orders-relay"),
        (
            {
                "events": [{"name": "a.b.v1", "effect": "consumer c", "missing": 9}],
                "faults": [{"name": "events", "message": "9 of 99 …"}],
            },
            "lost-events",
            "a.b.v1 to consumer c",
        ),
        (
            {
                "settled": {"name": "orders", "unsettled": 9, "by_itself": True, "others": []},
                "faults": [{"name": "unsettled", "message": "9 of 99 …"}],
            },
            "unsettled",
            "orders",
        ),
    ],
    ids=[
        "slow query",
        "error rate",
        "memory leak",
        "starved relay",
        "stuck consumer",
        "stopped process",
        "lost events",
        "unsettled orders",
    ],
)
def test_a_planted_fault_is_found(
    project: Path, changes: dict[str, object], kind: str, subject: str
) -> None:
    found = read(project, bench(**changes))
    assert [(one.kind, one.subject) for one in found.problems] == [(kind, subject)]
    assert problem(found.problems[0]).startswith(f"{TITLES[kind]}, {subject}: ")


def test_what_bench_prints_today_is_read(project: Path) -> None:
    assert read(project, as_document(result())).problems == ()
    leaking = read(project, as_document(result(leak=40)))
    assert [one.kind for one in leaking.problems] == ["memory-leak"]
    assert leaking.measured is not None
    assert leaking.measured.capacity != 1


def test_a_route_that_was_hardly_asked_is_not_slow(project: Path) -> None:
    assert read(project, bench(**at_slo(routes=[route("GET /x", 900.0, 3)]))).problems == ()


def test_keys_that_an_earlier_bench_lacks_are_not_missed(project: Path) -> None:
    document = bench()
    for key in ("processes", "outbox"):
        document[key] = None
    assert read(project, document).problems == ()
    del document["processes"], document["outbox"]
    assert read(project, document).problems == ()


@pytest.mark.parametrize(
    "climb",
    [
        [],
        [{"keeps_up": True, "invalid": ""}],
        [{"keeps_up": False, "invalid": "the generator was the limit"}],
    ],
    ids=["not climbed", "never too much", "generator"],
)
def test_a_capacity_is_known_only_where_a_rate_was_too_much(
    project: Path, climb: list[object]
) -> None:
    found = read(project, bench(climb=climb))
    assert found.measured is not None
    assert (found.measured.capacity, found.measured.p95) == (1.0, 1.5)
    assert read(project, bench(climb=climb, against_prediction=[FAST])).measured is None


def test_what_was_corrected_already_is_not_corrected_twice(project: Path) -> None:
    predicted = [{"name": "capacity", "measured": 150.0, "predicted": 150.0}]
    found = read(
        project, bench(against_prediction=predicted, corrected={"capacity": 0.5, "p95": 1.5})
    )
    assert found.measured is not None
    assert found.measured.capacity == 0.5


def test_a_prediction_that_is_hundreds_of_times_off_is_bounded(project: Path) -> None:
    predicted = [{"name": "p95", "measured": 1e9, "predicted": 0.1}]
    found = read(project, bench(against_prediction=predicted))
    assert found.measured is not None
    assert found.measured.p95 == 100


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"p95_ms": [1.0]},
        bench(at_slo={}),
        bench(**at_slo(p95_ms="fast")),
        bench(**at_slo(p95_ms=None)),
        bench(**at_slo(routes=[{}])),
        bench(against_prediction=[{}]),
        bench(processes=["x"]),
        bench(**at_slo(p95_ms=-1.0)),
        bench(**at_slo(p95_ms=10**400)),
        bench(cores="two"),
        bench(corrected={"capacity": 0.0, "p95": 0.0}),
    ],
)
def test_what_is_no_document_of_a_bench_is_refused(project: Path, document: object) -> None:
    with pytest.raises(BenchInvalid, match="is no document of a bench"):
        read(project, document)


def test_a_run_of_another_project_or_pattern_is_refused(project: Path) -> None:
    with pytest.raises(BenchInvalid, match="is of till, monolith, and this is shop, monolith"):
        read(project, bench(project="till"))
    with pytest.raises(BenchInvalid, match="is of shop, microservices"):
        read(project, bench(pattern="microservices"))


def test_one_core_is_no_plural(project: Path) -> None:
    assert read(project, bench(cores=1)).source.endswith("requests/s on 1 core")


def test_a_run_of_a_project_that_was_up_says_where(project: Path) -> None:
    url = "http://127.0.0.1:8000"
    assert read(project, bench(url=url)).source.endswith(f"requests/s of {url}")


def test_a_run_that_is_worth_nothing_is_refused(project: Path) -> None:
    with pytest.raises(BenchInvalid, match="worth nothing: the generator was late"):
        read(project, bench(valid=False, invalid="the generator was late"))


def test_a_file_that_is_not_there_or_no_json_is_refused(project: Path) -> None:
    spec = read_spec(project / "blueprint.yaml")
    with pytest.raises(BenchInvalid, match="cannot be read"):
        read_bench(project / "absent.json", spec)
    (project / "text.json").write_bytes(b"\xff{")
    with pytest.raises(BenchInvalid, match="is no JSON"):
        read_bench(project / "text.json", spec)
