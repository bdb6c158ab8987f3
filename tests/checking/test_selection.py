"""What `check` in blueprint.yaml and its options leave out, and what makes it fail."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.checking.test_command import only
from tests.checking.test_rules import PEM, Edit
from tests.program import Result, Run, git

SPEC = "blueprint.yaml"


@pytest.fixture
def edited(shop: Path) -> Path:
    """A managed file that was changed (BP102), a key (BP301), and a context of ours (BP502)."""
    Edit("", "src/kit/clock.py", "# mine\n").plant(shop)
    Edit("", "docs/keys/key.pem", PEM).plant(shop)
    Edit("", "src/billing/domain/bill.py", "x = 1\n").plant(shop)
    return shop


def write(project: Path, section: str) -> None:
    with (project / SPEC).open("a") as stream:
        stream.write(f"\ncheck: {section}\n")


def ids(result: Result) -> list[str]:
    return [each["id"] for each in only(result)["findings"]]


CHOICES = [
    ("{}", [], ["BP102", "BP301", "BP502"]),
    ("{select: [BP102]}", [], ["BP102"]),
    ("{select: [BP1, BP5]}", [], ["BP102", "BP502"]),
    ("{ignore: [BP1, BP301]}", [], ["BP502"]),
    ("{select: [BP1], ignore: [BP102]}", [], []),
    ("{}", ["--select", "BP102,BP5"], ["BP102", "BP502"]),
    ("{}", ["--select", "BP102", "--select", "BP5"], ["BP102", "BP502"]),
    ("{}", ["--ignore", "BP"], []),
    ("{select: [BP1]}", ["--select", "BP3"], ["BP301"]),
    ("{ignore: [BP1]}", ["--select", "BP1"], ["BP102"]),
    ("{ignore: [BP1]}", ["--ignore", "BP301"], ["BP102", "BP502"]),
    ("{ignore: [BP1]}", ["--ignore", ""], ["BP102", "BP301", "BP502"]),
    ("{select: [BP1]}", ["--ignore", "BP102"], []),
    ("{exclude: [docs/**]}", [], ["BP102", "BP502"]),
    ("{exclude: [docs/]}", [], ["BP102", "BP502"]),
    ("{exclude: ['**/*.pem']}", [], ["BP102", "BP502"]),
    ("{exclude: ['*.pem', src/billing, src/kit/cl?ck.py]}", [], ["BP301"]),
]


@pytest.mark.parametrize(("section", "options", "expected"), CHOICES)
def test_what_is_reported_is_chosen_in_the_file_and_options_win(
    section: str, options: list[str], expected: list[str], edited: Path, run: Run
) -> None:
    write(edited, section)
    result = run("check", edited, "--json", *options)
    assert ids(result) == expected
    assert result.code == (1 if {"BP102", "BP301"} & {*expected} else 0)


FAILING = [
    ("{}", [], 1),
    ("{severities: {BP102: note}}", [], 1),
    ("{severities: {BP102: note, BP3: warning}}", [], 0),
    ("{severities: {BP: note, BP30: warning, BP301: error}}", [], 1),
    ("{severities: {BP: note}}", ["--fail-on", "warning"], 0),
    ("{severities: {BP: note}, fail_on: note}", [], 1),
    ("{select: [BP502]}", [], 0),
    ("{select: [BP502], severities: {BP502: error}}", [], 1),
    ("{select: [BP502], fail_on: warning}", [], 1),
    ("{select: [BP502]}", ["--fail-on", "warning"], 1),
    ("{select: [BP502], fail_on: warning}", ["--fail-on", "error"], 0),
]


@pytest.mark.parametrize(("section", "options", "code"), FAILING)
def test_severities_and_fail_on_decide_what_fails(
    section: str, options: list[str], code: int, edited: Path, run: Run
) -> None:
    write(edited, section)
    assert run("check", edited, *options).code == code
    junit = ET.fromstring(run("check", edited, "--format", "junit", *options).out)  # noqa: S314 - ours
    assert (junit.find(".//failure") is not None) == bool(code)
    assert (junit.get("failures") != "0") == bool(code)


def test_every_format_has_the_severity_of_the_project(edited: Path, run: Run) -> None:
    write(edited, "{select: [BP102], severities: {BP102: note}}")
    assert "note BP102 managed-file-changed" in run("check", edited).out
    assert run("check", edited, "--format", "github").out.startswith("::notice ")
    sarif = json.loads(run("check", edited, "--format", "sarif").out)
    assert [each["level"] for each in sarif["runs"][0]["results"]] == ["note"]
    document = only(run("check", edited, "--json"))
    assert (document["notes"], document["errors"], document["fail_on"]) == (1, 0, "error")


def test_why_a_warning_fails_is_said(edited: Path, run: Run) -> None:
    said = run("check", edited, "--select", "BP5", "--fail-on", "warning").out
    assert said.endswith("): 1 warning (fails on warning).\n")


def test_a_baseline_accepts_what_would_fail(edited: Path, run: Run, tmp_path: Path) -> None:
    write(edited, "{severities: {BP: note}, fail_on: note}")
    known = tmp_path / "known.json"
    assert run("check", edited, "--write-baseline", known).out == f"{known} accepts 3 findings.\n"
    assert run("check", edited, "--baseline", known).code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--select", "BP12"], "--select: no check has the code BP12; did you mean BP102?"),
        (["--ignore", "BP1,bp301"], "--ignore: no check has the code bp301; did you mean BP301?"),
        (["--select", "X"], "--select: no check has the code X; known: BP001, BP101, "),
        (["--fail-on", "never"], "'error', 'warning', 'note'"),
    ],
)
def test_an_unknown_code_is_refused_with_the_nearest(
    options: list[str], said: str, edited: Path, run: Run
) -> None:
    result = run("check", edited, *options)
    assert (result.code, said in result.err) == (2, True), result.err


@pytest.mark.parametrize(
    "section",
    [
        "{select: [BP12]}",
        "{ignore: [BP0, BP12]}",
        "{exclude: [/**], ignore: [BP]}",
        "{severities: {BP: note, BP12: note}}",
        "[BP]",
        "{select: [BP5], on_fail: note}",
    ],
)
def test_a_section_that_cannot_be_understood_switches_nothing_off(
    section: str, edited: Path, run: Run
) -> None:
    write(edited, section)
    result = run("check", edited, "--json")
    assert (result.code, ids(result)) == (1, ["BP001", "BP102", "BP301", "BP502"])


def test_each_project_has_its_own(edited: Path, run: Run, pristine_shop: Path) -> None:
    write(edited, "{ignore: [BP]}")
    assert run("check", edited, pristine_shop).code == 0


def test_it_is_no_change_of_the_project(shop: Path, run: Run) -> None:
    git(shop, "init", "--quiet")
    git(shop, "add", "--all")
    git(shop, "commit", "--quiet", "--message", "x")
    before = (shop / ".blueprint/template.json").read_bytes()
    assert b"\ncheck:" not in (shop / SPEC).read_bytes()
    write(shop, "{fail_on: warning, ignore: [BP104], exclude: [docs/**]}")
    git(shop, "commit", "--quiet", "--all", "--message", "y")
    assert run("diff", shop).code == 0
    assert run("update", shop).code == 0
    answers = [
        json.loads(text)["render"]["answers"]
        for text in (before, (shop / ".blueprint/template.json").read_bytes())
    ]
    assert answers[0] == answers[1]
    assert run("check", shop).code == 0


@pytest.mark.usefixtures("tiny")
def test_answers_can_hold_it(run: Run) -> None:
    given = ["--set", "check.fail_on=warning", "--set", "check.severities.BP102=note"]
    for name, options in {"a": given, "b": ["--answers", "b.yaml", *given[2:]]}.items():
        Path("b.yaml").write_text("check:\n  fail_on: warning # strict\n")
        assert run("new", name, "--no-git", "--defaults", *options).code == 0
        assert only(run("check", name, "--json"))["fail_on"] == "warning"
        assert "BP102" in Path(name, SPEC).read_text()
    assert "fail_on: warning # strict" in Path("b", SPEC).read_text()
