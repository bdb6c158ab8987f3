"""What a bench says: as a document, as text, as JUnit's cases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from blueprint_cli.benching.baseline import Worse, baseline_of
from blueprint_cli.benching.document import as_document
from blueprint_cli.benching.junit import LOOKED_AT, as_junit
from blueprint_cli.benching.observed import Observed
from blueprint_cli.benching.page import as_html
from blueprint_cli.benching.report import as_text
from blueprint_cli.benching.scraped import UNSEEN
from blueprint_cli.benching.verdict import verdict
from blueprint_cli.recommendation.measured import Corrections
from tests.benching.results import INVALID, result

if TYPE_CHECKING:
    from blueprint_cli.benching.command import Result


def test_a_document_has_the_keys_that_others_count_on() -> None:
    said = as_document(result())
    assert {"method", "route", "requests", "p50_ms", "p95_ms", "p99_ms", "errors", "refused"} == (
        said["routes"][0].keys()
    )
    assert {"name", "cpu_percent", "memory_mb", "memory_slope_mb_per_minute"} <= (
        said["processes"][0].keys()
    )
    assert {"name", "p50_ms", "p95_ms", "p99_ms", "count"} <= said["events"][0].keys()
    assert {"oldest_seconds_max", "pending_end"} <= said["outbox"].keys()
    assert {"name", "p50_ms", "p95_ms", "count", "unsettled"} <= said["settled"].keys()
    assert said["knee"] == {"rate_rps": 337.5, "is_least": False}
    assert said["machine"] == {"cores": 2, "memory_gib": 7.8, "model": "A processor"}
    assert said["predicted"].keys() == {"p95_ms", "capacity_rps"}


def test_a_text_has_each_figure_beside_what_it_is_held_to() -> None:
    text = as_text(result(leak=34), (Worse("knee", 506.2, 225, 168.7),))
    assert "GET /v1/orders/{id}" in text
    assert "50 to 100, better" in text
    assert "kept up with 338 requests/s" in text
    assert "orders.order-confirmed.v1 to notification order_confirmed" in text
    assert "Found: memory of granian app.server:create_app grows by 34 MiB a minute." in text
    assert "Worse than the baseline: knee 225.0 requests/s, before 506.2 requests/s" in text


def test_a_capacity_that_nobody_looked_beyond_is_that_at_least() -> None:
    found = result()
    short = replace(found, bench=replace(found.bench, climb=()))
    assert as_document(short)["knee"]["is_least"]
    capacity = next(line for line in as_text(short).splitlines() if "  capacity" in line)
    assert "100.0 requests/s +" in capacity or "337.5 requests/s +" in capacity
    assert "(x" not in capacity
    assert "No rate was too much" in as_text(short)
    assert "requests/s at least" in as_html(short)
    assert "No rate was too much" not in as_text(found)


def test_of_a_project_on_another_machine_nothing_is_said_that_nobody_knows() -> None:
    found = result()
    url = "http://shop.example.com"
    of_it = verdict(found.bench, found.spec, cores=None, observed=Observed())
    away = replace(found, url=url, observed=Observed(unknown=UNSEEN), verdict=of_it)
    text = as_text(away)
    assert f"at {url}, asked from 2 cores of A processor" in text
    assert "worker" not in text
    said = as_document(away)
    assert said["predicted"] == {"p95_ms": None, "capacity_rps": None}
    assert said["against_prediction"] == []
    assert url in as_html(away)
    # What is not known is said, and who knows it.
    assert f"Not known: {UNSEEN}." in text
    assert UNSEEN in as_html(away)
    assert said["unknown"] == UNSEEN
    assert "Not known" not in as_text(found) + as_html(found)


@pytest.mark.parametrize("width", [40, 60])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = as_text(result(leak=34), width=width).splitlines()
    assert max(len(line) for line in lines if " " in line.strip()) <= max(width, 60)


def test_junit_has_a_case_for_each_thing_that_it_is_held_to() -> None:
    suites = ET.fromstring(as_junit(result(leak=34), (), baseline_of(result())))  # noqa: S314
    assert suites.attrib["name"] == "blueprint bench"
    cases = {(one.attrib["classname"], one.attrib["name"]): one for one in suites.iter("testcase")}
    assert {name for of, name in cases if of == "slo"} == {"p95", "throughput", "errors"}
    failed = [name for name, one in cases.items() if one.find("failure") is not None]
    assert failed == [("project", "no process's memory grows")]
    assert ("baseline", "nothing is worse") in cases


def test_junit_passes_nothing_that_nobody_knows() -> None:
    found = result()
    of_it = verdict(found.bench, found.spec, cores=None, observed=Observed())
    unseen = Observed(unknown=UNSEEN)
    away = replace(found, url="http://127.0.0.1:8000", observed=unseen, verdict=of_it)

    def skipped(one: Result) -> set[str]:
        cases = ET.fromstring(as_junit(one)).iter("testcase")  # noqa: S314 - we wrote it
        return {case.get("name", "") for case in cases if case.find("skipped") is not None}

    assert skipped(away) == set(LOOKED_AT.values())
    assert UNSEEN in as_junit(away)
    scraped = replace(away, observed=found.observed)
    delivered = {LOOKED_AT["memory"], LOOKED_AT["outbox"]}
    assert skipped(scraped) == set(LOOKED_AT.values()) - delivered
    set_back = replace(found, observed=replace(found.observed, outbox=None, unknown="set back"))
    assert skipped(set_back) == {LOOKED_AT[name] for name in ("outbox", "unsettled", "events")}
    assert skipped(found) == set()


def test_junit_of_a_run_that_is_worth_nothing_has_one_case() -> None:
    [case] = ET.fromstring(as_junit(result(invalid=INVALID))).iter("testcase")  # noqa: S314
    failure = case.find("failure")
    assert failure is not None
    assert failure.attrib["message"] == INVALID


def test_predictions_that_are_corrected_say_so() -> None:
    plain = result()
    kept = Corrections(capacity=0.5, p95=2.0, source="monolith, bench at 100 requests/s")
    corrected = replace(plain, verdict=verdict(plain.bench, plain.spec, cores=2, corrections=kept))
    before, after = (as_document(one)["predicted"] for one in (plain, corrected))
    assert after["p95_ms"] == 2 * before["p95_ms"]
    assert after["capacity_rps"] == before["capacity_rps"] / 2
    assert as_document(plain)["corrected"] is None
    assert as_document(corrected)["corrected"]["capacity"] == 0.5
    for show in (as_text, as_html):
        assert "corrected by what was measured" not in show(plain)
        assert "capacity 0.5 times and p95 2 times what is predicted" in show(corrected)


def test_a_knee_is_kept_only_where_it_was_found() -> None:
    found = result()
    assert baseline_of(found).knee == 337.5
    short = replace(found.bench, climb=found.bench.climb[:2])
    assert baseline_of(replace(found, bench=short)).knee is None
