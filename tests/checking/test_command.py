"""`blueprint check` as a user and a pipeline run it: places, outputs, exit codes, baselines."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from blueprint_cli.checking.rules import RULES
from tests.checking.test_rules import PEM, VIOLATIONS, Edit
from tests.program import Result, Run, badly_broken, git
from tests.records import rendered_as
from tests.rendered import BLUEPRINT, files_of

SCHEMA = Path(__file__).parent / "schemas" / "sarif-schema-2.1.0.json"


@pytest.fixture
def spoiled(shop: Path) -> Path:
    """One error in a file of ours, one in a new file, a warning and a note."""
    Edit("", "src/kit/clock.py", "# mine: 100%, a:b\n").plant(shop)
    Edit("", "Käse & <b>/key.pem", f"\n{PEM}").plant(shop)
    Edit("", "src/billing/domain/bill.py", "x = 1\n").plant(shop)
    rendered_as(shop, {"version": "0.0.1"})
    return shop


EXPECTED = [
    ("BP102", "error", "src/kit/clock.py"),
    ("BP104", "note", ".blueprint/template.json"),
    ("BP301", "error", "Käse & <b>/key.pem"),
    ("BP502", "warning", "src/billing"),
]


def only(result: Result) -> dict[str, Any]:
    """What the document says of the one project that was checked."""
    (project,) = json.loads(result.out)["projects"]
    found: dict[str, Any] = project
    return found


def test_a_fresh_project_conforms(shop: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop)
    result = run("check")
    assert (result.code, result.out, result.err) == (
        0,
        "shop (monolith 0.1.0): nothing to report.\n",
        "",
    )


def test_people_are_told_what_where_why_and_what_to_do(spoiled: Path, run: Run) -> None:
    result = run("check", spoiled)
    assert result.code == 1
    for rule, severity, path in EXPECTED:
        assert f"{severity} {rule} " in result.out
        assert f"{os.path.relpath(spoiled)}/{path}" in result.out
    for each in RULES:
        explained = " ".join(each.why.split()) in " ".join(result.out.split())
        assert explained == (each.id in {rule for rule, *_ in EXPECTED})
    assert result.out.endswith("shop (monolith 0.0.1): 2 errors, 1 warning, 1 note.\n")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_report_is_as_wide_as_the_terminal(
    width: int, spoiled: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(spoiled)
    Edit("", "a folder with a long name/" + "b" * 60, f"\n{PEM}").plant(spoiled)
    wide = run("check").out
    whole_sentence = "mend what earlier ones rendered; only an update brings that here.\n"
    assert f"    Why: Later versions {whole_sentence}" in wide
    monkeypatch.setenv("COLUMNS", str(width))
    narrow = run("check").out
    assert [
        it for it in badly_broken(narrow, wide, width) if "a folder with a long" not in it
    ] == []
    assert f"a folder with a long name/{'b' * 60}:2:" in narrow


def test_severities_have_colours_where_colours_are_wanted(
    spoiled: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b" not in run("check", spoiled).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = run("check", spoiled).out
    colours = {shown.partition(f"m{severity}\x1b[0m")[0][-5:] for _, severity, _ in EXPECTED}
    assert len(colours) == 3
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run("check", spoiled).out


def test_the_document_has_the_promised_keys(spoiled: Path, run: Run) -> None:
    result = run("check", spoiled, "--json")
    document = json.loads(result.out)
    assert result.code == 1
    verdict: dict[str, Any] = {"ok": False, "errors": 2, "warnings": 1, "notes": 1}
    verdict |= {"baseline": {"known": 0, "gone": 0}}
    (project,) = document.pop("projects")
    assert document == verdict
    findings = project.pop("findings")
    assert project == verdict | {
        "fail_on": "error",
        "project": {"name": "shop", "path": str(spoiled)},
        "pattern": "monolith",
        "template": {"version": "0.0.1", "installed": project["template"]["installed"]},
        "standard": None,
    }
    assert [(each["id"], each["severity"], each["path"]) for each in findings] == EXPECTED
    keys = {"id", "name", "severity", "path", "line", "message", "why", "fix", "standard"}
    assert {frozenset(each) for each in findings} == {frozenset(keys)}
    assert findings[2]["line"] == 2


def test_warnings_and_notes_stop_nobody(shop: Path, run: Run) -> None:
    Edit("", "src/billing/domain/bill.py", "x = 1\n").plant(shop)
    result = run("check", shop)
    assert result.code == 0
    assert "1 warning." in result.out


def validate_sarif(document: object) -> None:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft7Validator(schema).validate(document)


def test_sarif_is_valid_and_names_files_as_the_repository_does(spoiled: Path, run: Run) -> None:
    git(spoiled.parent, "init", "--quiet")
    result = run("check", spoiled, "--format", "sarif")
    document = json.loads(result.out)
    validate_sarif(document)
    (only,) = document["runs"]
    assert [rule["id"] for rule in only["tool"]["driver"]["rules"]] == [rule.id for rule in RULES]
    place = only["results"][2]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "the%20shop/K%C3%A4se%20%26%20%3Cb%3E/key.pem"
    assert place["region"] == {"startLine": 2}
    levels = [(each["ruleId"], each["level"]) for each in only["results"]]
    assert levels == [(rule, severity) for rule, severity, _ in EXPECTED]
    for each in only["results"]:
        assert RULES[each["ruleIndex"]].id == each["ruleId"]


def test_the_schema_refuses_what_is_no_sarif(shop: Path, run: Run) -> None:
    document = json.loads(run("check", shop, "--format", "sarif").out)
    validate_sarif(document)
    document["runs"][0]["tool"]["driver"]["rules"][0]["defaultConfiguration"]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        validate_sarif(document)


def test_junit_has_a_case_for_each_rule_and_finding(spoiled: Path, run: Run) -> None:
    Edit("", "bell\a.pem", PEM).plant(spoiled)
    root = ET.fromstring(run("check", spoiled, "--format", "junit").out)  # noqa: S314 - our own
    (suite,) = root
    assert root.tag == "testsuites"
    assert {suite.get(key) for key in ("tests", "failures", "errors")} == {
        str(len(RULES) + 1),
        "3",
        "0",
    }
    assert len(suite) == len(RULES) + 1
    failed = [case for case in suite if case.find("failure") is not None]
    assert [case.get("classname") for case in failed] == [
        "managed-file-changed",
        "private-key",
        "private-key",
    ]
    assert {case.get("file") for case in failed[1:]} == {"Käse & <b>/key.pem", "bell?.pem"}
    printed = [case.findtext("system-out") or "" for case in suite]
    assert [text.split(":")[0] for text in printed if text] == ["note", "warning"]


def test_annotations_name_files_as_the_repository_does(spoiled: Path, run: Run) -> None:
    git(spoiled.parent, "init", "--quiet")
    lines = run("check", spoiled, "--format", "github").out.splitlines()
    assert [line.partition(" ")[0] for line in lines[:4]] == [
        "::error",
        "::notice",
        "::error",
        "::warning",
    ]
    assert lines[2].startswith("::error file=the shop/Käse & <b>/key.pem,line=2,title=BP301 A ")
    assert "%0AWhy: " in lines[2]
    assert "%0AFix: " in lines[2]
    assert lines[4:] == ["shop (monolith 0.0.1): 2 errors, 1 warning, 1 note."]
    clock = spoiled / "src/kit/clock.py"
    clock.write_text("100%, a:b\n" + clock.read_text())
    Edit("", "a,b:c.rej", "").plant(spoiled)
    text = run("check", spoiled, "--format", "github").out
    assert "file=the shop/a%2Cb%3Ac.rej," in text


def test_a_report_goes_to_a_file_and_the_text_to_people(
    spoiled: Path, run: Run, tmp_path: Path
) -> None:
    output = tmp_path / "report.sarif"
    result = run("check", spoiled, "--format", "sarif", "--output", output)
    assert result.code == 1
    assert "2 errors, 1 warning, 1 note." in result.out
    validate_sarif(json.loads(output.read_text()))
    assert run("check", spoiled, "--output", tmp_path / "no" / "such").code == 3


def test_a_text_in_a_file_has_neither_colours_nor_the_width_of_a_terminal(
    spoiled: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = run("check", spoiled).out
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = run("check", spoiled, "--output", tmp_path / "report.txt").out
    assert (tmp_path / "report.txt").read_text() == plain
    assert "\x1b[" in shown
    assert len(shown.splitlines()) > len(plain.splitlines())


def test_a_baseline_lets_pass_what_was_there_and_nothing_else(
    spoiled: Path, run: Run, tmp_path: Path
) -> None:
    baseline = tmp_path / "baseline.json"
    result = run("check", spoiled, "--write-baseline", baseline)
    assert (result.code, result.out) == (0, f"{baseline} accepts 3 findings.\n")
    assert "Käse" in baseline.read_text(encoding="utf-8")
    before = baseline.read_bytes()

    result = run("check", spoiled, "--baseline", baseline)
    assert result.code == 0
    assert result.out.endswith("1 note; 3 known from the baseline.\n")

    key = spoiled / "Käse & <b>/key.pem"
    key.write_text(f"moved\n\n{key.read_text()}")
    assert run("check", spoiled, "--baseline", baseline).code == 0
    key.write_text(f"{key.read_text()}{PEM}")
    document = only(run("check", spoiled, "--baseline", baseline, "--json"))
    assert [each["id"] for each in document["findings"] if each["severity"] == "error"] == ["BP301"]
    assert document["baseline"] == {"known": 3, "gone": 0}

    key.unlink()
    result = run("check", spoiled, "--baseline", baseline)
    assert result.code == 0
    assert "2 known from the baseline; 1 of the baseline are gone, write it anew." in result.out
    assert baseline.read_bytes() == before


def test_a_baseline_that_cannot_be_read_is_refused(shop: Path, run: Run, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    for text, expected in {
        None: "cannot be read",
        "<": "is no baseline",
        "[]": "is no baseline",
        '{"format": 2}': "has format 2",
        '{"format": 1, "findings": [{}]}': "is no baseline",
    }.items():
        if text is not None:
            baseline.write_text(text)
        result = run("check", shop, "--baseline", baseline)
        assert (result.code, expected in result.err) == (2, True), result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--json", "--format", "sarif"],
        ["--json", "--output", "x"],
        ["--baseline", "a", "--write-baseline", "b"],
        ["--format", "xml"],
    ],
)
def test_options_that_contradict_each_other_are_refused(
    arguments: list[str], shop: Path, run: Run
) -> None:
    assert run("check", shop, *arguments).code == 2


def test_what_is_no_project_is_said(run: Run, tmp_path: Path) -> None:
    for path, expected in {
        tmp_path: "no blueprint.yaml",
        tmp_path / "nowhere": "there is no folder",
    }.items():
        result = run("check", path)
        assert (result.code, expected in result.err) == (2, True), result.err
    code = json.loads(run("check", tmp_path, "--json").out)["error"]["code"]
    assert code == "not-a-project"


def test_a_project_of_a_later_format_is_refused(shop: Path, run: Run) -> None:
    Edit("", "blueprint.yaml", "blueprint: 2", "blueprint: 1").plant(shop)
    result = run("check", shop)
    assert (result.code, "Upgrade blueprint" in result.err) == (2, True)


def test_a_project_in_a_repository_of_many(shop: Path, run: Run) -> None:
    repository = shop.parent
    Edit("", "elsewhere.pem", PEM).plant(repository)
    git(repository, "init", "--quiet")
    git(repository, "add", "--all")
    assert run("check", shop).code == 0
    Edit("", "key.pem", PEM).plant(shop)
    document = only(run("check", shop, "--json"))
    assert [each["path"] for each in document["findings"]] == ["key.pem"]


def test_what_git_ignores_is_left_alone_and_what_it_tracks_is_not(shop: Path, run: Run) -> None:
    git(shop, "init", "--quiet")
    for path in ("var/key.pem", ".venv/lib/key.pem", ".git/info/note", "private/key.pem"):
        Edit("", path, PEM).plant(shop)
    (shop / ".git/info/exclude").write_text("private/\n")
    assert run("check", shop).code == 0
    git(shop, "add", "--force", "var/key.pem")
    document = only(run("check", shop, "--json"))
    assert [each["path"] for each in document["findings"]] == ["var/key.pem"]
    (shop / "var/key.pem").unlink()
    assert run("check", shop).code == 0


def test_what_the_user_ignores_everywhere_counts_too(shop: Path, run: Run, tmp_path: Path) -> None:
    git(shop, "init", "--quiet")
    everywhere = tmp_path / "ignored everywhere"
    everywhere.write_text("*.local\n")
    git(shop, "config", "core.excludesFile", str(everywhere))
    Edit("", "key.local", PEM).plant(shop)
    assert run("check", shop).code == 0
    Edit("", "key.pem", PEM).plant(shop)
    assert run("check", shop).code == 1


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no name that is not UTF-8")
def test_a_name_that_is_no_utf8_hides_nothing(shop: Path, run: Run) -> None:
    git(shop, "init", "--quiet")
    Path(os.fsdecode(os.fsencode(shop) + b"/k\xe9y.pem")).write_text(PEM)
    for form in ("sarif", "junit"):  # Valid UTF-8, whatever the names are.
        result = run("check", shop, "--format", form)
        assert (result.code, "BP301" in result.out) == (1, True)
    assert only(run("check", shop, "--json"))["findings"][0]["id"] == "BP301"


@pytest.mark.parametrize("why", ["no git", "no repository", "git refuses"])
def test_without_git_the_ignore_files_count(
    why: str, shop: Path, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for path in ("var/key.pem", ".venv/lib/key.pem", "src/deep/kept.key", "src/deep/a.key"):
        Edit("", path, PEM).plant(shop)
    (shop / "src/deep/.gitignore").write_text("*.key\n!kept.key\n")
    if why == "no git":
        (tmp_path / "empty").mkdir()
        monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    if why == "git refuses":
        git(shop, "init", "--quiet")
        (shop / ".git/HEAD").write_text("nonsense\n")
    document = only(run("check", shop, "--json"))
    assert [each["path"] for each in document["findings"]] == ["src/deep/kept.key"]


WITHOUT_NETWORK = """
import socket, sys
before = set(sys.modules)  # what measures coverage imports modules of its own
def refuse(*arguments, **options): raise OSError("no network")
socket.socket.connect = socket.getaddrinfo = refuse
from blueprint_cli.__main__ import main
code = main(["check", sys.argv[1]])
print(*sorted(set(sys.modules) - before))
sys.exit(code)
"""


def test_nothing_is_written_and_neither_network_nor_copier_is_needed(shop: Path) -> None:
    git(shop, "init", "--quiet")
    before = files_of(shop)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NETWORK, shop], capture_output=True, text=True, check=True
    )
    modules = set(done.stdout.splitlines()[-1].split())
    slow = {"copier", "jinja2", "pathspec", "xml", "blueprint_cli.spec.model"}
    slow |= {"blueprint_cli.templates.builtin", "blueprint_cli.templates.engine"}
    assert modules & slow == set()
    assert "blueprint_cli.checking.check" in modules
    assert files_of(shop) == before


def test_a_project_that_may_not_be_written_is_checked(shop: Path) -> None:
    """As in a pipeline that mounts the sources read-only, with another user's home."""
    git(shop, "init", "--quiet")
    for folder, _, files in os.walk(shop):
        for name in [folder, *(os.path.join(folder, file) for file in files)]:  # noqa: PTH118
            os.chmod(name, 0o555 if os.path.isdir(name) else 0o444)  # noqa: PTH101, PTH112
    try:
        done = subprocess.run(
            [BLUEPRINT, "check", shop], capture_output=True, text=True, check=False
        )
    finally:
        for folder, _, _ in os.walk(shop):
            os.chmod(folder, 0o755)  # noqa: PTH101, S103
    assert done.returncode == 0, done.stdout


def test_a_large_file_is_not_read_whole(shop: Path) -> None:
    with (shop / "dump.bin").open("wb") as stream:
        stream.truncate(3 * 1024**3)  # Sparse: it takes no room on the disk.
    limited = 'ulimit -v 1500000; exec "$0" check .'
    done = subprocess.run(
        ["/bin/sh", "-c", limited, BLUEPRINT], cwd=shop, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "nothing to report" in done.stdout


def test_a_folder_that_may_not_be_listed_is_passed_over(
    shop: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop / "closed").mkdir()
    real = os.scandir

    def refuse(folder: Path) -> object:
        if Path(folder).name == "closed":
            raise PermissionError(13, "Permission denied", str(folder))
        return real(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    result = run("check", shop)
    assert (result.code, "nothing to report" in result.out) == (0, True), result.err


def test_every_violation_at_once_is_reported_in_every_format(shop: Path, run: Run) -> None:
    for edit in VIOLATIONS:
        if edit.path in {"notes.txt", "deploy/k8s.yaml", "jobs/Dockerfile", "ruff.toml"}:
            edit.plant(shop)
    counts = {
        len(only(run("check", shop, "--json"))["findings"]),
        len(json.loads(run("check", shop, "--format", "sarif").out)["runs"][0]["results"]),
        run("check", shop, "--format", "github").out.count("::error "),
        run("check", shop, "--format", "junit").out.count("<failure "),
    }
    assert len(counts) == 1
    assert counts.pop() > 10


def test_the_answer_is_the_same_from_a_copy_elsewhere(
    spoiled: Path, run: Run, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(spoiled, tmp_path / "copy"))
    documents = [only(run("check", each, "--json")) for each in (spoiled, copy)]
    assert documents[0]["findings"] == documents[1]["findings"]
