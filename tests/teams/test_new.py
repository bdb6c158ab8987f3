"""``blueprint new --template``: a project of a team's own template."""

import json
from pathlib import Path

import pytest
import yaml

from tests.engines.written import commit, git, write
from tests.program import Run
from tests.teams.team import FILES, template

TITLE = "template.answers.title=Till"


def test_a_project_is_rendered_and_committed(run: Run, tmp_path: Path) -> None:
    source, project = template(tmp_path / "acme"), tmp_path / "till"
    done = run("new", "till", "--template", source, "--set", TITLE, "--output", project)
    assert done.code == 0, done.err
    assert "Created till: acme 1.0.0" in done.out
    assert (project / "README.md").read_text().startswith("# Till\n\nOn port 8000.")
    assert not (project / "ci.yml").exists()
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "log", "--format=%s") == "Create till with acme 1.0.0"
    spec = yaml.safe_load((project / "blueprint.yaml").read_text())
    assert spec["template"] == {
        "source": source.as_posix(),
        "ref": "v1.0.0",
        "answers": {"title": "Till", "port": 8000, "license": "MIT", "parts": ["docs"]},
    }
    assert run("check", project).code == 0
    assert run("diff", project).code == 0


def test_the_document_says_what_was_made(run: Run, tmp_path: Path) -> None:
    source = template(tmp_path / "acme")
    arguments = ("new", "till", "--template", source, "--set", TITLE, "--json", "--dry-run")
    document = json.loads(run(*arguments, "--output", tmp_path / "till").out)
    assert document["template"] == {"name": "acme", "version": "1.0.0"}
    assert (document["pattern"], document["recommended"]) == (None, None)
    assert "README.md" in document["files"]
    assert not (tmp_path / "till").exists()


def test_a_secret_answer_is_written_into_the_project_alone(run: Run, tmp_path: Path) -> None:
    source, project = template(tmp_path / "acme"), tmp_path / "till"
    hidden = "template.answers.token=s3cr3t-of-ours"
    run("new", "till", "--template", source, "--set", TITLE, "--set", hidden, "--output", project)
    assert "s3cr3t-of-ours" in (project / ".env").read_text()
    assert "s3cr3t" not in (project / "blueprint.yaml").read_text()


def test_answers_come_from_a_file_too(run: Run, tmp_path: Path) -> None:
    source, project = template(tmp_path / "acme"), tmp_path / "till"
    answers = tmp_path / "answers.yaml"
    given = {"title": "Till", "parts": ["ci"], "token": "hidden-token"}
    answers.write_text(json.dumps({"template": {"source": str(source), "answers": given}}))
    done = run("new", "till", "--answers", answers, "--output", project)
    assert done.code == 0, done.err
    assert (project / "ci.yml").exists()
    assert "hidden-token" not in (project / "blueprint.yaml").read_text()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ([], "title: is not answered"),
        (["titel=Till"], "did you mean title?"),
        (["title=Till", "port=80"], "at least 1024"),
        (["title=Till", "port=many"], "port"),
        (["title=Till", "license=GPL"], "license"),
    ],
)
def test_a_wrong_answer_is_named(run: Run, tmp_path: Path, settings: list[str], said: str) -> None:
    source, project = template(tmp_path / "acme"), tmp_path / "till"
    words = [word for one in settings for word in ("--set", f"template.answers.{one}")]
    done = run("new", "till", "--defaults", "--template", source, *words, "--output", project)
    assert done.code == 2
    assert said in done.err
    assert not project.exists()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("nowhere", "there is no source nowhere"),
        ("--upload-pack=x", "begins as an option"),
        ("ext::sh -c true", "is no URL"),
        ("https://a:b@example.com/x.git", "a password or a token"),
    ],
)
def test_a_source_that_will_not_do_is_refused(
    run: Run, tmp_path: Path, source: str, said: str
) -> None:
    project = tmp_path / "till"
    done = run("new", "till", "--defaults", f"--template={source}", "--output", project)
    assert done.code == 2
    assert said in done.err or source.startswith("ext")
    assert not project.exists()


def test_an_unknown_reference_is_refused_with_the_newest(run: Run, tmp_path: Path) -> None:
    source = template(tmp_path / "acme")
    done = run("new", "till", "--defaults", "--template", source, "--ref", "v9", "--output", "x")
    assert done.code == 2
    assert "no branch, tag or commit v9" in done.err
    assert "v1.0.0" in done.err


def test_code_of_a_template_runs_only_where_it_is_trusted(run: Run, tmp_path: Path) -> None:
    tasks = f"{FILES['copier.yml']}_tasks: [echo made > made.txt]\n"
    source, project = template(tmp_path / "acme"), tmp_path / "till"
    commit(write(source, {"copier.yml": tasks}), "v1.1.0")
    arguments = ("new", "till", "--template", source, "--set", TITLE, "--output", project)
    done = run(*arguments)
    assert done.code == 2
    assert "echo made > made.txt" in done.err
    assert not project.exists()
    assert run(*arguments, "--trust").code == 0
    assert (project / "made.txt").read_text() == "made\n"
    assert run("check", project).code == 0


def test_without_answers_and_without_a_terminal_it_says_what_works(
    run: Run, tmp_path: Path
) -> None:
    source = template(tmp_path / "acme")
    done = run("new", "till", "--template", source)
    assert done.code == 2
    assert f"blueprint new till --defaults --template {source}" in done.err
