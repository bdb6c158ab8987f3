"""``blueprint templates lint``, ``test``, ``new`` and ``export``."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from tests.engines.written import commit, git, write
from tests.program import Run

ROOT = Path(__file__).parents[2]
COPIER = {
    "copier.yml": "title: {type: str, default: Till}\nci: {type: bool, default: false}\n",
    "README.md.jinja": "# {{ title }}\n\nOne.\n\nTwo.\n",
    "{% if ci %}ci.yml{% endif %}": "on: push\n",
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write(tmp_path / "acme", COPIER)


@pytest.mark.parametrize("kind", ["layered", "copier", "cookiecutter", "standard"])
def test_what_is_started_passes_its_own_tests(run: Run, tmp_path: Path, kind: str) -> None:
    place = tmp_path / "acme"
    started = run("templates", "new", "acme", "--kind", kind, "--output", place)
    assert started.code == 0, started.err
    assert git(place, "log", "--format=%s") == f"Start the {kind} acme"
    workflow = yaml.safe_load((place / ".github/workflows/test.yml").read_text())
    assert workflow["permissions"] == {"contents": "read"}
    assert run("templates", "lint", place).code == 0
    done = run("templates", "test", place, "--trust", "--json")
    assert done.code == 0, done.out
    assert json.loads(done.out)["failed"] == 0


def test_a_place_that_is_taken_is_refused(run: Run, source: Path) -> None:
    assert run("templates", "new", "acme", "--output", source).code == 2
    assert run("templates", "new", "acme", "--kind", "other", "--output", "x").code == 2


def test_every_choice_is_rendered_and_written_as_junit(
    run: Run, source: Path, tmp_path: Path
) -> None:
    place = tmp_path / "tests.xml"
    done = run("templates", "test", source, "--junit", place)
    assert done.code == 0, done.out
    assert "2 cases: every combination of choices." in done.out
    suite = ET.parse(place).getroot()  # noqa: S314 - our own
    assert suite.get("failures") == "0"
    assert {one.get("classname") for one in suite.iter("testcase")} == {
        "case 1: title=Till, ci=False", "case 2: title=Till, ci=True", "update",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.py": "def:\n"}, "a.py"),
        ({"a.json.jinja": "{'title': 1}\n"}, "a.json"),
        ({"a.yml": "a: [\n"}, "a.yml"),
        ({"a.txt": "{{ cookiecutter.title }}\n"}, "a.txt:1"),
        ({"a.txt": "{% if ci %}\n"}, "a.txt:1"),
        ({"a.txt.jinja": "{{ nothing.at_all }}\n"}, "nothing"),
    ],
)
def test_what_is_wrong_with_a_render_fails(
    run: Run, source: Path, files: dict[str, str], said: str
) -> None:
    write(source, files)
    done = run("templates", "test", source)
    assert done.code == 1, done.out
    assert said in done.out


def test_who_rendered_it_is_a_leak(run: Run, source: Path) -> None:
    write(source, {"copier.yml": f"{COPIER['copier.yml']}_tasks: [echo $HOME > where.txt]\n"})
    done = run("templates", "test", source, "--trust")
    assert done.code == 1
    assert "where.txt: holds the home folder of whoever renders it" in done.out


def test_what_is_drawn_is_told(run: Run, source: Path) -> None:
    write(source, {"key.txt.jinja": "{{ range(1000)|random }}\n"})
    done = run("templates", "test", source)
    assert done.code == 0
    assert "key.txt: is drawn anew each time" in done.out


def test_commands_of_the_plan_run_where_it_is_trusted(run: Run, source: Path) -> None:
    write(source, {"blueprint-tests.yaml": "tests: 1\ncommands: [test -f missing]\n"})
    done = run("templates", "test", source)
    assert done.code == 0
    assert "skipped: case 1" in done.out
    done = run("templates", "test", source, "--trust")
    assert done.code == 1
    assert "ended with 1" in done.out


def test_named_cases_and_answers_come_from_the_plan(run: Run, source: Path) -> None:
    plan = "tests: 1\nanswers: {title: Shop}\ncases: [{name: big, answers: {ci: true}}]\n"
    write(source, {"blueprint-tests.yaml": plan})
    document = json.loads(run("templates", "test", source, "--json").out)
    assert {one["of"] for one in document["tests"]} >= {"big", "case 1: title=Shop, ci=False"}


def test_a_plan_that_cannot_be_read_is_refused(run: Run, source: Path) -> None:
    write(source, {"blueprint-tests.yaml": "tests: 1\ncomands: []\n"})
    done = run("templates", "test", source)
    assert done.code == 3
    assert "did you mean commands?" in done.err
    assert run("templates", "lint", source).code == 1


def test_an_update_from_the_previous_tag_is_tried(run: Run, source: Path) -> None:
    commit(source, "v1.0.0")
    write(source, {"README.md.jinja": f"Hello.\n{COPIER['README.md.jinja']}"})
    document = json.loads(run("templates", "test", source, "--json").out)
    (update,) = [one for one in document["tests"] if one["of"] == "update"]
    assert update["state"] == "passed", update
    assert "v1.0.0" in update["what"]
    assert git(source, "status", "--porcelain") == "M README.md.jinja"


def test_an_update_that_breaks_is_told(run: Run, source: Path) -> None:
    commit(source, "v1.0.0")
    migrations = "_migrations: [{command: 'echo no; exit 3', when: true}]\n"
    write(source, {"copier.yml": COPIER["copier.yml"] + migrations})
    done = run("templates", "test", source, "--trust")
    assert done.code == 1, done.out
    assert "FAILED: update" in done.out
    assert "exit code 3" in done.out


def test_an_update_answers_the_new_questions(run: Run, source: Path) -> None:
    commit(source, "v1.0.0")
    write(source, {"copier.yml": f"{COPIER['copier.yml']}size: {{type: int}}\n"})
    write(source, {"size.txt.jinja": "{{ size }}\n"})
    assert run("templates", "test", source).code == 0


def test_code_is_not_run_without_trust(run: Run, source: Path) -> None:
    write(source, {"copier.yml": f"{COPIER['copier.yml']}_tasks: [touch made]\n"})
    assert run("templates", "test", source).code == 2
    assert "touch made" in run("templates", "lint", source).out


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("unused: {type: str, default: x}", "unused: is asked, and used nowhere"),
        ("db_password: {type: str, default: x}", "db_password: is called as a secret"),
        ("broken: {type: str, default: '{{ nothing.at_all }}'}", "each can be asked"),
    ],
)
def test_lint_names_what_is_wrong_with_a_question(
    run: Run, source: Path, question: str, said: str
) -> None:
    write(source, {"copier.yml": f"{COPIER['copier.yml']}{question}\n"})
    done = run("templates", "lint", source)
    assert done.code == 1, done.out
    assert said in done.out


@pytest.mark.parametrize("question", ["{type: str, choices: [gold, tin]}", "{type: bool}"])
def test_lint_answers_what_has_no_default(run: Run, source: Path, question: str) -> None:
    write(source, {"copier.yml": f"{COPIER['copier.yml']}tier: {question}\n"})
    write(source, {"tier.txt.jinja": "{{ tier }}\n"})
    done = run("templates", "lint", source)
    assert done.code == 0, done.out
    assert "tier: has no default" in done.out


def test_a_folder_without_a_template_is_refused(run: Run, tmp_path: Path) -> None:
    for command in ("lint", "test"):
        assert run("templates", command, tmp_path).code == 2


def test_backstage_gets_the_questions(run: Run, source: Path, tmp_path: Path) -> None:
    hidden = "token: {type: str, secret: true, default: x}\nsize: {type: int}\n"
    write(source, {"copier.yml": COPIER["copier.yml"] + hidden})
    commit(source)
    git(source, "remote", "add", "origin", "https://git.example/acme/service.git")
    place = tmp_path / "backstage"
    assert run("templates", "export", source, "--backstage", "--output", place).code == 0
    made = yaml.safe_load((place / "template.yaml").read_text())
    assert (made["apiVersion"], made["kind"]) == ("scaffolder.backstage.io/v1beta3", "Template")
    form = made["spec"]["parameters"][1]
    assert set(form["properties"]) == {"title", "ci", "size"}
    assert form["required"] == ["size"]
    assert form["properties"]["ci"] == {"title": "Ci", "type": "boolean", "default": False}
    step = made["spec"]["steps"][0]["input"]
    assert step["template"] == "git+https://git.example/acme/service.git"
    assert step["answers"]["title"] == "${{ parameters.title }}"
    catalog = yaml.safe_load((place / "catalog-info.yaml").read_text())
    assert catalog["spec"]["targets"] == ["./template.yaml"]
    assert run("templates", "export", source, "--backstage", "--output", place).code == 2
    assert run("templates", "export", source).code == 2


def test_the_action_lints_and_tests(source: Path, tmp_path: Path) -> None:
    """The published action's second step, with the program that is installed here."""
    action = yaml.safe_load((ROOT / "test-templates/action.yml").read_text())
    step = action["runs"]["steps"][-1]
    inputs = {name: one["default"] for name, one in action["inputs"].items()}
    given = {**inputs, "path": str(source), "junit": str(tmp_path / "tests.xml")}
    environment = {
        name: given[re.fullmatch(r"\$\{\{ inputs\.(\w+) \}\}", text)[1]]  # type: ignore[index]
        for name, text in step["env"].items()
    }
    programs = tmp_path / "blueprint-templates/bin"
    programs.mkdir(parents=True)
    (programs / "blueprint").symlink_to(Path(sys.executable).with_name("blueprint"))
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        env={**os.environ, "RUNNER_TEMP": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "tests.xml").is_file()
