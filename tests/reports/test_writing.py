"""Reports that `blueprint recommend` writes: where they may be, and what they never replace."""

from pathlib import Path

import pytest

from tests.recommendation.conftest import Run


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


def test_nothing_is_written_where_the_other_answers_cannot_be_read(run: Run, answers: Path) -> None:
    outcome = run("recommend", "--answers", answers, "--compare", "none.yaml", "--html", "r.html")
    assert (outcome.code, outcome.out) == (2, "")
    assert not (answers.parent / "r.html").exists()
