"""Several `--answers`: they merge by key, the later wins, and each problem names its own file."""

import json
from pathlib import Path

import pytest

from blueprint_cli.spec.document import Document, laid_over, parse_document
from tests.program import Run

COMPANY = """\
# The company's.
project: {owner: us}
requirements:
  teams: 3 # of the whole department
  developers: 20
  monthly_budget_usd: 900
pattern: monolith
slo: {p95_ms: 50}
owned: [{path: a, reason: r}, {path: b, reason: r}]
check: {ignore: [BP104], severities: {BP102: note}}
"""
TEAM = """\
requirements:
  teams: 9
  polyglot: true
  monthly_budget_usd: null
slo:
owned: [{path: c, reason: ours}]
check:
  severities: {BP603: warning}
"""


def merged(*texts: str) -> Document:
    names = "abcdef"
    document = laid_over(
        [parse_document(text, f"{name}.yaml") for name, text in zip(names, texts, strict=False)]
    )
    assert document
    return document


def test_the_later_wins_key_by_key_and_lists_are_whole() -> None:
    assert merged(COMPANY, TEAM).data == {
        "project": {"owner": "us"},
        "requirements": {
            "teams": 9,
            "developers": 20,
            "polyglot": True,
            "monthly_budget_usd": None,
        },
        "pattern": "monolith",
        "slo": {"p95_ms": 50},
        "owned": [{"path": "c", "reason": "ours"}],
        "check": {"ignore": ["BP104"], "severities": {"BP102": "note", "BP603": "warning"}},
    }
    assert merged(TEAM, COMPANY).data["requirements"]["teams"] == 3
    assert merged("requirements:\n", "requirements: {teams: 1}").data == {
        "requirements": {"teams": 1}
    }
    assert merged("slo: {p95_ms: 1}", "slo: {p95_ms: 2}", "slo: {p95_ms: 3}").data == {
        "slo": {"p95_ms": 3}
    }


def test_nobody_changes_what_was_read() -> None:
    first, second = (parse_document(text, "x") for text in (COMPANY, TEAM))
    before = json.dumps([first.data, second.data])
    third = parse_document("check: {severities: {BP1: note}}\nowned: []", "y")
    assert laid_over([first, second, third])
    assert json.dumps([first.data, second.data]) == before


def test_a_place_names_its_file() -> None:
    document = merged(COMPANY, TEAM)
    places = {
        ("requirements", "teams"): "b.yaml:2:10",
        ("requirements", "developers"): "a.yaml:5:15",
        ("owned", 0, "path"): "b.yaml:6:16",
        ("owned", 1, "path"): "b.yaml:6:8",
        ("check", "ignore", 0): "a.yaml:10:18",
        ("check", "severities", "BP603"): "b.yaml:8:23",
        ("check", "exclude"): "a.yaml:10:8",
    }
    assert {path: document.problem(path, "").where for path in places} == places
    assert document.source_text(("requirements", "teams")) == "9"


@pytest.fixture
def files(tiny: Path) -> Path:
    (tiny / "company.yaml").write_text(COMPANY)
    (tiny / "team.yaml").write_text(TEAM)
    return tiny


BOTH = ("--answers", "company.yaml", "--answers", "team.yaml")


def test_a_project_is_made_of_them(files: Path, run: Run) -> None:
    assert run("new", "shop", *BOTH, "--set", "requirements.developers=30", "--no-git").code == 0
    text = (files / "shop/blueprint.yaml").read_text()
    assert text.startswith("# The company's.\n")
    data = parse_document(text, "x").data
    assert data["requirements"] == {
        "teams": 9,
        "developers": 30,
        "monthly_budget_usd": None,
        "polyglot": True,
    }
    assert "teams: 9 # of the whole department" in text
    assert data["owned"] == [{"path": "c", "reason": "ours"}]
    assert data["check"]["severities"] == {"BP102": "note", "BP603": "warning"}
    assert (data["project"], data["slo"]["p95_ms"]) == (
        {"owner": "us", "name": "shop", "description": ""},
        50,
    )


def test_the_recommendation_and_the_cost_are_of_them(files: Path, run: Run) -> None:
    known = json.loads(run("recommend", *BOTH, "--json").out)["requirements"]
    assert known == {"teams": 9, "developers": 20, "polyglot": True}
    (files / "team.yaml").write_text("pattern: event-driven\n")
    document = json.loads(run("cost", *BOTH, "--json").out)
    assert (document["pattern"], document["budget"]["usd"]) == ("event-driven", 900)


@pytest.mark.parametrize("command", [("new", "shop"), ("recommend",), ("cost",)])
def test_what_is_wrong_is_said_of_the_right_file(
    command: tuple[str, ...], files: Path, run: Run
) -> None:
    (files / "company.yaml").write_text("requirements:\n  teams: 0\n  developers: 5\n")
    (files / "team.yaml").write_text("requirements: {teams: 4,\n  developrs: 6}\n")
    document = json.loads(run(*command, *BOTH, "--json").out)["error"]
    found = [(one["file"], one["line"], one["key"]) for one in document["problems"]]
    assert found == [
        ("team.yaml", 2, "requirements.developrs"),
        ("company.yaml", 2, "requirements.teams"),  # Wrong, although the other one replaces it.
    ]
    assert document["message"] == "team.yaml and company.yaml have 2 problems"
    document = json.loads(run(*command, *BOTH, "--set", "requirements.teams=5", "--json").out)[
        "error"
    ]
    assert {one["file"] for one in document["problems"]} == {"team.yaml", "company.yaml"}


@pytest.mark.parametrize("command", [("new", "shop"), ("recommend",), ("cost",)])
def test_a_file_that_is_not_there_is_named(command: tuple[str, ...], files: Path, run: Run) -> None:
    result = run(*command, *BOTH, "--answers", "no.yaml")
    assert (result.code, "there is no file no.yaml" in result.err) == (2, True)
    (files / "team.yaml").write_text("a: [1,\n")
    result = run(*command, *BOTH)
    assert (result.code, "team.yaml:2:1: not YAML" in result.err) == (2, True)


def test_a_report_replaces_none_of_them(files: Path, run: Run) -> None:
    for name in ("company.yaml", "team.yaml"):
        result = run("recommend", *BOTH, "--markdown", files / name)
        assert (result.code, "is read, and a report would replace it" in result.err) == (2, True)
