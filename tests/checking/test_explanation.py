"""`check --explain`, the help of SARIF, and GitHub's step summary."""

import email.message
import importlib.metadata
import json
from pathlib import Path

import pytest

from blueprint_cli.checking.explanation import how_to_silence
from blueprint_cli.checking.rules import RULES
from tests.checking.test_command import validate_sarif
from tests.checking.test_rules import PEM, Edit
from tests.program import Run


def test_each_code_is_explained(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for rule in RULES:
        result = run("check", "--explain", rule.id)
        words = " ".join(result.out.split())
        assert result.code == 0
        for text in (rule.id, rule.name, rule.title, rule.severity, rule.why, rule.fix):
            assert " ".join(text.split()) in words
        assert f"ignore: [{rule.id}]" in words
        assert ("`owned` in blueprint.yaml takes a file" in words) == rule.silenced_by_owned
        assert max(map(len, result.out.splitlines())) <= 80


def test_a_beginning_or_a_name_will_do(run: Run) -> None:
    for asked, expected in {"BP60": 4, "lint-off": 1, "BP": len(RULES)}.items():
        document = json.loads(run("check", "--explain", asked, "--json").out)
        assert len(document["rules"]) == expected
    assert {"id", "name", "severity", "title", "why", "fix", "silence"} == set(document["rules"][0])


def test_it_needs_no_project_and_checks_none(run: Run, tmp_path: Path) -> None:
    result = run("check", tmp_path, "--explain", "BP102")
    assert (result.code, "--select CODE" in result.err) == (2, True)
    result = run("check", "--explain", "BP12")
    assert (result.code, "did you mean BP102?" in result.err) == (2, True)
    assert run("check", "--explain", "").code == 2


def test_sarif_has_the_whole_help(shop: Path, run: Run) -> None:
    document = json.loads(run("check", shop, "--format", "sarif").out)
    validate_sarif(document)
    driver = document["runs"][0]["tool"]["driver"]
    assert driver["informationUri"].startswith("urn:")  # No address is published yet.
    for rule, shown in zip(RULES, driver["rules"], strict=True):
        assert shown["helpUri"] == f"{driver['informationUri']}#{rule.id.lower()}-{rule.name}"
        for text in shown["help"].values():
            assert how_to_silence(rule) in text
            assert rule.fix in text


def test_a_published_address_is_linked(
    shop: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = email.message.Message()
    published["Project-URL"] = "Documentation, https://example.com/docs/"
    monkeypatch.setattr(importlib.metadata, "metadata", lambda _: published)
    driver = json.loads(run("check", shop, "--format", "sarif").out)["runs"][0]["tool"]["driver"]
    assert driver["informationUri"] == "https://example.com/docs/check.md"
    assert driver["rules"][0]["helpUri"] == "https://example.com/docs/check.md#bp001-spec-invalid"


def test_github_gets_a_summary_of_the_step(
    shop: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Edit("", "a|b`<c>.pem", PEM).plant(shop)
    Edit("", "src/billing/domain/bill.py", "x = 1\n").plant(shop)
    summary = tmp_path / "summary.md"
    summary.write_text("# Before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    run("check", shop)
    run("check", shop, "--format", "sarif")
    assert summary.read_text() == "# Before\n"
    assert run("check", shop, "--format", "github").code == 1
    lines = summary.read_text().splitlines()
    assert lines[:2] == ["# Before", "## blueprint check"]
    assert "- shop (monolith 0.1.0): 1 error, 1 warning." in lines
    assert lines[-2:] == [
        f"| {severity} | {rule} | <code>{place}</code> | {what} |"
        for severity, rule, place, what in (
            (
                "**error**",
                "BP301 private-key",
                "a&#124;b&#96;&lt;c&gt;.pem:1",
                "holds a private key",
            ),
            (
                "warning",
                "BP502 context-not-in-spec",
                "src/billing",
                (
                    "is a context, but blueprint.yaml has no contexts.billing: "
                    "add &#96;billing: {by: hand}&#96;, then &#96;blueprint update&#96;"
                ),
            ),
        )
    ]


def test_a_long_summary_ends(
    shop: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        Edit("", f"{number}.pem", PEM).plant(shop)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    run("check", shop, "--format", "github")
    said = (tmp_path / "summary.md").read_text()
    assert said.count("| **error** |") == 50
    assert "\nAnd 10 more, which the log has.\n" in said


def test_a_summary_that_cannot_be_written_fails_nothing(
    shop: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (tmp_path, tmp_path / "no" / "such"):
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(place))
        result = run("check", shop, "--format", "github")
        assert (result.code, "summary cannot be written" in result.err) == (0, True)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "")
    assert run("check", shop, "--format", "github").err == ""
