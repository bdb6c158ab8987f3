"""Reports of unusual recommendations, and what the data files' messages say."""

from pathlib import Path
from typing import Any

import pytest

from blueprint_cli.errors import UsageError
from blueprint_cli.recommendation import queueing
from blueprint_cli.recommendation.assumptions import parse_assumptions
from blueprint_cli.recommendation.data_file import DataFileInvalid, parse_data, shown
from blueprint_cli.recommendation.recommend import Recommendation, recommend
from blueprint_cli.recommendation.rules import BUILT_IN, load_rules, parse_rules
from blueprint_cli.reports.markdown import as_markdown
from blueprint_cli.reports.text import as_text, bar
from tests.recommendation.conftest import Run

RULES = load_rules()
TEXT = BUILT_IN.read_text(encoding="utf-8")
ODD: dict[str, dict[str, Any]] = {
    "nothing known": {},
    "contradictory": {"teams": 9, "developers": 4, "ops_maturity": "low"},
    "hybrid": {"isolation_or_compliance": True, "consistency": "strong"},
    "too slow": {"p95_latency_ms": 2, "availability_percent": 99.99},
    "huge": {"requests_per_second_avg": 1e8, "stream_events_per_second": 1e9},
    "silent": {"requests_per_second_avg": 0, "async_share_percent": 0, "bounded_contexts": 1},
}


@pytest.fixture(params=list(ODD))
def odd(request: pytest.FixtureRequest) -> Recommendation:
    return recommend(ODD[request.param], RULES)


def test_every_text_fits_80_columns_with_blocks_and_without(odd: Recommendation) -> None:
    for blocks in (True, False):
        text = as_text(odd, explain=True, blocks=blocks)
        assert max(map(len, text.splitlines())) <= 80
        assert text.isascii() is not blocks


def test_every_record_has_its_parts(odd: Recommendation) -> None:
    text = as_markdown(odd)
    for conflict in odd.conflicts:
        assert conflict.message in text
    for gate in odd.gates:
        assert gate.lifted_by in text
    for hybrid in odd.hybrids:
        assert hybrid.name in text
    assert "None" not in text


def test_the_record_of_another_decision_says_so() -> None:
    result = recommend({"ops_maturity": "low"}, RULES)
    text = as_markdown(result, chosen="microservices")
    assert text.startswith("# Build it as microservices\n")
    assert 'although "monolith" was recommended' in text
    assert "it was ruled out" in text


def test_a_bar_is_as_long_as_its_share() -> None:
    assert bar(1, 10) == "█" * 10
    assert bar(0, 10) == ""
    assert bar(0.5, 3) == "█▌"
    assert bar(0.5, 4, blocks=False) == "##"


@pytest.mark.parametrize("text", ["x", "hop=1", "xyzzy=1", "hop_ms=", "hop_ms=1e99"])
def test_an_assumption_that_cannot_be(text: str) -> None:
    with pytest.raises(UsageError):
        parse_assumptions([text])


def test_assumptions() -> None:
    assert parse_assumptions(["hop_ms=1.5", "brokers=5"]) == {"hop_ms": 1.5, "brokers": 5}


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), ({}, "a table"), ([], "a list"), ("x" * 99, repr("x" * 37 + "...")), (1, "1")],
)
def test_values_in_messages(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[confidence]", "[sureness]", "unknown key"),
        ('label = "teams"\nfrom = 1\nto = 200', 'label = "teams"\nfrom = 9\nto = 2', "is 2"),
        ('values = ["exploring", "stable"]', 'values = ["gone"]', "is not a list of what"),
        ('values = ["exploring", "stable"]', "", None),
        ("when = {ops_maturity", "when = {ops", "unknown requirement"),
        ('when = {ops_maturity = "low"}', "when = {}", "tests nothing"),
        ("{developers = {at_most = 3}}", "{developers = {}}", "tests nothing"),
        ("{developers = {at_most = 3}}", "{developers = 3}", "cannot be tested so"),
        ('{ops_maturity = "low"}', "{ops_maturity = {at_most = 3}}", "is no number"),
        ('more_than = "developers"', 'more_than = "people"', "unknown requirement"),
        ('key = "teams"\nat = ">= 8"', 'key = "crew"\nat = ">= 8"', "unknown requirement"),
        ("service_ms = {", "servise_ms = {", "did you mean service_ms"),
        ("points = {monolith = 2.0}", "points = 2", "is 2"),
        (
            "  {is = true, microservices = 1.0, event-driven = 0.75},\n  {is = false},",
            "",
            "no place",
        ),
        ('{is = "mixed"}', '{is = "strong"}', "stands twice"),
        ("samples = 200", "samples = true", "is true"),
    ],
)
def test_more_mistakes_in_rules(old: str, new: str, message: str | None) -> None:
    assert old in TEXT, old
    text = TEXT.replace(old, new, 1)
    if message is None:
        parse_rules(parse_data(text, "r"), "r")
        return
    with pytest.raises(DataFileInvalid) as caught:
        parse_rules(parse_data(text, "r"), "r")
    assert any(message in problem.message for problem in caught.value.problems)


def test_more_servers_than_there_are() -> None:
    assert queueing.servers_for(1e9, 0.01, 0.1) is None
    assert queueing.servers_for(1e8 - 1, 0.01, 0.030001) is None


def test_a_report_into_a_pipe_and_into_a_folder_that_is_not_there(run: Run, answers: Path) -> None:
    assert run("recommend", "--answers", answers, "--markdown", "/dev/null").code == 0
    outcome = run(
        "recommend", "--answers", answers, "--markdown", "adr.md", "--html", "none/r.html", "--json"
    )
    assert (outcome.code, "there is no folder none" in outcome.err) == (2, True)
    assert outcome.document["error"]["exit_code"] == 2
    assert not (answers.parent / "adr.md").exists()


@pytest.mark.parametrize("report", ["--markdown", "--html"])
def test_a_report_never_replaces_what_it_is_made_of(report: str, run: Run, answers: Path) -> None:
    before = answers.read_bytes()
    rules = answers.with_name("rules.toml")
    rules.write_text('format = 1\nname = "ours"\ndate = "2026-11-25"\n', encoding="utf-8")
    (answers.parent / "link.yaml").symlink_to(answers)
    for arguments in (
        ("--answers", answers, report, "link.yaml"),
        ("--set", "requirements.teams=2", "--compare", answers, report, answers),
        ("--answers", answers, "--rules", rules, report, "rules.toml"),
    ):
        outcome = run("recommend", *arguments)
        assert (outcome.code, "would replace it" in outcome.err) == (2, True), outcome.err
    assert answers.read_bytes() == before
    assert rules.read_text("utf-8").startswith("format = 1")


def test_two_reports_are_two_files(run: Run, answers: Path) -> None:
    outcome = run("recommend", "--answers", answers, "--markdown", "r", "--html", "./r")
    assert (outcome.code, "name the same file" in outcome.err) == (2, True)
    assert not (answers.parent / "r").exists()
