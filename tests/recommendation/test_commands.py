"""`blueprint recommend` and `blueprint cost` as a user meets them."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from blueprint_cli.patterns import PATTERNS
from blueprint_cli.recommendation.rules import REQUIREMENTS
from tests.program import badly_broken

if TYPE_CHECKING:
    from tests.recommendation.conftest import Run

KEYS = {
    "recommended",
    "confidence",
    "ranking",
    "contributions",
    "gates",
    "conflicts",
    "flips",
    "estimates",
    "unknown",
}


def test_the_document_has_the_promised_keys(run: "Run", answers: Path) -> None:
    outcome = run("recommend", "--answers", answers, "--json")
    assert outcome.code == 0, outcome.err
    document = outcome.document
    assert document.keys() >= KEYS
    assert document["ranking"][0].keys() >= {"pattern", "score", "eligible", "for", "against"}
    assert document["contributions"][0].keys() >= {"criterion", "value", "points", "why", "source"}
    assert set(document["estimates"]) == {"monolith", "microservices", "event-driven"}


def test_the_picture_fits_80_columns(
    run: "Run", answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    outcome = run("recommend", "--answers", answers, "--explain")
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith("Recommended: monolith")
    assert max(len(line) for line in outcome.out.splitlines()) <= 80
    for word in ("What would change it", "Not known", "Estimates", "Every contribution", "hop_ms"):
        assert word in outcome.out


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_text_is_as_wide_as_the_terminal(
    width: int, run: "Run", answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (answers.parent / "b.yaml").write_text(
        "requirements: {teams: 9, developers: 4, consumers_per_event: 4,\n"
        "  availability_percent: 99.99, monthly_budget_usd: 90, p95_latency_ms: 1}\n"
    )
    for arguments in (
        ("recommend", "--answers", answers, "--explain"),
        ("recommend", "--answers", "b.yaml"),
        ("recommend", "--answers", answers, "--compare", "b.yaml"),
        ("cost", "--answers", answers, "--explain"),
    ):
        monkeypatch.delenv("COLUMNS", raising=False)
        wide = run(*arguments).out
        monkeypatch.setenv("COLUMNS", str(width))
        narrow = run(*arguments).out
        broken = [it for it in badly_broken(narrow, wide, width) if not set(it) & set("█▏▎▍▌▋▊▉")]
        assert broken == [], narrow
        for line in narrow.splitlines():
            assert len(line) <= width or " " not in line.strip()


def test_a_projects_own_file_and_the_model_give_the_same(
    run: "Run", tmp_path: Path, answers: Path
) -> None:
    spec = "blueprint: 1\nproject: {name: shop}\npattern: monolith\n" + answers.read_text("utf-8")
    (tmp_path / "blueprint.yaml").write_text(spec, encoding="utf-8")
    plain = run("recommend", "--answers", answers, "--json")
    for arguments in ((), (tmp_path,), (tmp_path / "blueprint.yaml",)):
        assert run("recommend", *arguments, "--json").out == plain.out


def test_set_goes_before_the_file(run: "Run", answers: Path) -> None:
    outcome = run("recommend", "--answers", answers, "--set", "requirements.teams=3", "--json")
    assert outcome.document["requirements"]["teams"] == 3


def test_a_contradiction_is_shown_first(run: "Run") -> None:
    outcome = run(
        "recommend", "--set", "requirements.teams=9", "--set", "requirements.developers=4"
    )
    assert outcome.code == 0
    assert "contradict" in outcome.out
    assert "more teams than developers" in outcome.out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("requirements: {teams: many}\n", "requirements.teams"),
        ("requirements: {temas: 3}\n", "did you mean requirements.teams"),
        ("requirements: {teams: true}\n", "requirements.teams"),
        ("blueprint: true\nrequirements: {}\n", "blueprint"),
        ("requirements: {availability_percent: 100}\n", "availability_percent"),
        ("requirements: [1]\n", "requirements"),
        ("requirements: {teams: 0}\nproject: {}\n", "requirements.teams"),
    ],
)
def test_bad_answers(run: "Run", tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    for command in ("recommend", "cost"):
        outcome = run(command, "--answers", "bad.yaml")
        assert outcome.code == 2
        assert words in outcome.err
        assert "bad.yaml:" in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--answers", "missing.yaml"),
        ("somewhere", "--answers", "answers.yaml"),
        ("--answers", "answers.yaml", "--assume", "hop_ms"),
        ("--answers", "answers.yaml", "--assume", "hop=1"),
        ("--answers", "answers.yaml", "--assume", "hop_ms=-1"),
        ("--answers", "answers.yaml", "--assume", "hop_ms=nan"),
        ("--answers", "answers.yaml", "--rules", "missing.toml"),
    ],
)
def test_bad_usage(run: "Run", answers: Path, arguments: tuple[str, ...]) -> None:
    assert answers.is_file()
    for command in ("recommend", "cost"):
        outcome = run(command, *arguments)
        assert outcome.code == 2, outcome.out
        assert outcome.err.startswith("Error:")


def test_bad_rules_name_file_and_line(run: "Run", tmp_path: Path, answers: Path) -> None:
    (tmp_path / "rules.toml").write_text('format = 1\nname = "x"\ndata = 1\n', encoding="utf-8")
    outcome = run("recommend", "--answers", answers, "--rules", "rules.toml")
    assert outcome.code == 2
    assert "rules.toml:3: data: unknown key; did you mean date?" in outcome.err


def test_bad_prices_name_file_and_line(run: "Run", tmp_path: Path, answers: Path) -> None:
    (tmp_path / "p.toml").write_text('format = 1\nname = "x"\ndate = "never"\n', encoding="utf-8")
    outcome = run("cost", "--answers", answers, "--prices", "p.toml")
    assert outcome.code == 2
    assert "p.toml:3: date: is 'never'" in outcome.err


def test_compare(run: "Run", tmp_path: Path, answers: Path) -> None:
    (tmp_path / "b.yaml").write_text(
        "requirements: {teams: 12, independent_deploys_needed: true, ops_maturity: low}\n", "utf-8"
    )
    outcome = run("recommend", "--answers", answers, "--compare", "b.yaml")
    assert outcome.code == 0
    assert "Answers that differ" in outcome.out
    assert "Now ruled out" in outcome.out
    document = run("recommend", "--answers", answers, "--compare", "b.yaml", "--json").document
    assert {one["key"] for one in document["answers"]} >= {"teams", "ops_maturity"}
    assert document["before"]["recommended"] == "monolith"
    moved = {one["criterion"]: one["points"] for one in document["contributions"]}
    total = {
        pattern: round(sum(points[pattern] for points in moved.values()), 3)
        for pattern in ("monolith", "microservices", "event-driven")
    }
    for pattern, points in total.items():
        before, after = (document[side]["scores"][pattern] for side in ("before", "after"))
        assert after - before == pytest.approx(points)
    same = run("recommend", "--answers", answers, "--compare", answers)
    assert "stays monolith" in same.out


def test_the_decision_record(run: "Run", tmp_path: Path, answers: Path) -> None:
    assert run("recommend", "--answers", answers, "--markdown", "adr.md").code == 0
    text = (tmp_path / "adr.md").read_text(encoding="utf-8")
    for heading in (
        "# Build it as a modular monolith",
        "## Context and Problem Statement",
        "## Decision Drivers",
        "## Considered Options",
        "## Decision Outcome",
        "### Consequences",
        "### Confirmation",
        "## Pros and Cons of the Options",
        "## More Information",
    ):
        assert f"{heading}\n" in text


def test_cost_in_json_and_in_text(
    run: "Run", answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    document = run("cost", "--answers", answers, "--json").document
    assert document["pattern"] == "monolith"
    assert document["load"]["expected_requests_per_second"] == 50
    assert document["platforms"][0]["expected"]["infrastructure_usd"] > 0
    assert len(document["curves"]) == len(document["platforms"]) == 11
    assert document["crossovers"]
    for arguments in ((), ("--explain",), ("--pattern", "event-driven")):
        outcome = run("cost", "--answers", answers, *arguments)
        assert outcome.code == 0, outcome.err
        assert max(len(line) for line in outcome.out.splitlines()) <= 80
    assert run("cost", "--answers", answers, "--pattern", "soa").code == 2


def test_every_key_is_documented(run: "Run", answers: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## `(.+?)`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    (answers.parent / "b.yaml").write_text("requirements: {teams: 12}\n", encoding="utf-8")
    for arguments in (("recommend",), ("recommend", "--compare", "b.yaml"), ("cost",)):
        document = run(*arguments, "--answers", answers, "--json").document
        section = sections[f"blueprint {arguments[0]}"] + sections["blueprint recommend"]
        undocumented = {key for key in keys_of(document) if f"`{key}`" not in section}
        assert undocumented == set()


def keys_of(document: Any) -> set[str]:  # noqa: ANN401 - JSON is of any shape
    """Every key of every object, but for those that are patterns, answers or assumptions."""
    if isinstance(document, list):
        return set().union(*(keys_of(one) for one in document))
    if not isinstance(document, dict):
        return set()
    names = {*PATTERNS, *REQUIREMENTS}
    return {key for key in document if key not in names}.union(
        *(keys_of(one) for one in document.values())
    )


def test_equal_inputs_give_equal_bytes(run: "Run", tmp_path: Path, answers: Path) -> None:
    for name in ("one", "two"):
        run("recommend", "--answers", answers, "--html", f"{name}.html", "--markdown", f"{name}.md")
    for kind in ("html", "md"):
        first, second = ((tmp_path / f"{name}.{kind}").read_bytes() for name in ("one", "two"))
        assert first == second


def test_the_document_is_json_that_any_reader_takes(run: "Run") -> None:
    outcome = run("recommend", "--set", "requirements.p95_latency_ms=1", "--json")
    json.loads(outcome.out, parse_constant=pytest.fail)
