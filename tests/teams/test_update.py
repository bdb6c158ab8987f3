"""``diff`` and ``update`` of a project of a team's template."""

from pathlib import Path

import pytest
import yaml

from tests.engines.written import git
from tests.program import Run
from tests.teams.team import FILES, committed, release, template

README = FILES["README.md.jinja"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return template(tmp_path / "acme")


@pytest.fixture
def project(run: Run, source: Path, tmp_path: Path) -> Path:
    place = tmp_path / "till"
    title = "template.answers.title=Till"
    assert run("new", "till", "--template", source, "--set", title, "--output", place).code == 0
    return place


def test_the_newest_tag_arrives_and_edits_stay(run: Run, source: Path, project: Path) -> None:
    readme = project / "README.md"
    readme.write_text(readme.read_text().replace("The end.", "My end."))
    committed(project)
    question = f"{FILES['copier.yml']}colour: {{type: str, default: red}}\n"
    release(source, "v1.1.0", {"README.md.jinja": f"Hello.\n\n{README}", "copier.yml": question})
    assert run("diff", project).code == 1
    done = run("update", project)
    assert done.code == 0, done.err
    assert "acme 1.0.0 → acme 1.1.0" in done.out
    text = readme.read_text()
    assert text.startswith("Hello.")
    assert text.endswith("My end.\n")
    said = yaml.safe_load((project / "blueprint.yaml").read_text())["template"]
    assert said["ref"] == "v1.1.0"
    assert said["answers"]["colour"] == "red"
    committed(project)
    assert run("diff", project).code == 0
    assert run("check", project).code == 0


def test_to_names_a_version_and_set_answers_a_question(
    run: Run, source: Path, project: Path
) -> None:
    release(source, "v1.1.0", {"README.md.jinja": f"One.\n{README}"})
    release(source, "v1.2.0", {"README.md.jinja": f"Two.\n{README}"})
    port = "template.answers.port=9000"
    assert run("update", project, "--to", "v1.1.0", "--set", port).code == 0
    text = (project / "README.md").read_text()
    assert text.startswith("One.")
    assert "On port 9000." in text


def test_a_branch_is_followed(run: Run, source: Path, project: Path) -> None:
    release(source, "", {"README.md.jinja": f"Next.\n{README}"})
    assert run("update", project, "--to", "main").code == 0
    committed(project)
    assert (project / "README.md").read_text().startswith("Next.")
    release(source, "", {"README.md.jinja": f"Later.\n{README}"})
    assert run("update", project).code == 0
    assert (project / "README.md").read_text().startswith("Later.")


def test_a_conflict_is_left_and_taken_back(run: Run, source: Path, project: Path) -> None:
    readme = project / "README.md"
    readme.write_text(readme.read_text().replace("The end.", "Mine."))
    committed(project)
    release(source, "v1.1.0", {"README.md.jinja": README.replace("The end.", "Theirs.")})
    done = run("update", project)
    assert done.code == 1
    assert ">>>>>>> acme-1.1.0" in readme.read_text()
    assert run("update", project, "--abort").code == 0
    assert git(project, "status", "--porcelain") == ""


def test_what_is_rendered_once_is_left_alone(run: Run, source: Path, project: Path) -> None:
    (project / "notes.md").write_text("Mine.\n")
    committed(project)
    release(source, "v1.1.0", {"notes.md": "Others.\n"})
    assert run("update", project).code == 0
    assert (project / "notes.md").read_text() == "Mine.\n"


def test_a_preview_says_what_it_lacks_and_an_update_is_refused(
    run: Run, source: Path, project: Path
) -> None:
    tasks = f"{FILES['copier.yml']}_tasks: [echo made > made.txt]\n"
    release(source, "v1.1.0", {"copier.yml": tasks})
    done = run("update", project, "--dry-run")
    assert done.code == 0
    assert "echo made > made.txt" in done.err
    refused = run("update", project)
    assert refused.code == 2
    assert git(project, "status", "--porcelain") == ""
    assert run("update", project, "--trust").code == 0
    assert (project / "made.txt").exists()


def test_a_setting_that_is_no_answer_is_refused(run: Run, project: Path) -> None:
    done = run("update", project, "--set", "project.owner=me")
    assert done.code == 2
    assert "template.answers.NAME=VALUE" in done.err


def test_built_in_templates_go_to_no_other_version(run: Run, tmp_path: Path) -> None:
    place = tmp_path / "shop"
    assert run("new", "shop", "--defaults", "--output", place).code == 0
    done = run("update", place, "--to", "v9.0.0")
    assert done.code == 2
    assert "the installed version" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("evolve", "--to", "microservices"),
        ("add", "context", "clinic", "--project"),
    ],
)
def test_what_needs_a_pattern_is_refused(
    run: Run, project: Path, arguments: tuple[str, ...]
) -> None:
    done = run(*arguments, project)
    assert done.code == 2, done.out
    assert git(project, "status", "--porcelain") == ""


@pytest.mark.parametrize("command", ["recommend", "doctor"])
def test_what_needs_none_works(run: Run, project: Path, command: str) -> None:
    done = run(command, project)
    assert done.code in {0, 1}, done.err


def test_what_is_drawn_and_what_is_secret_stays_and_is_in_no_record(
    run: Run, source: Path, tmp_path: Path
) -> None:
    key = "KEY={% for _ in range(20) %}{{ 'abcdefghijklmnopqrstuvwxyz'|random }}{% endfor %}\n"
    release(source, "v1.1.0", {".env.jinja": f"{FILES['.env.jinja']}{key}"})
    place = tmp_path / "drawn"
    words = ("title=Till", "token=s3cr3t-of-ours")
    settings = [word for one in words for word in ("--set", f"template.answers.{one}")]
    assert run("new", "till", "--template", source, *settings, "--output", place).code == 0
    before = (place / ".env").read_text()
    assert "TOKEN=s3cr3t-of-ours\n" in before
    drawn = before.rpartition("KEY=")[2].strip()
    assert len(drawn) == 20
    record = b"".join(path.read_bytes() for path in (place / ".blueprint").iterdir())
    assert drawn.encode() not in record
    assert b"s3cr3t" not in record
    assert run("check", place).code == 0
    assert run("diff", place).code == 0

    env = FILES[".env.jinja"].replace("PORT=", "THE_PORT=")
    release(source, "v1.2.0", {".env.jinja": f"# Of {{{{ title }}}}.\n{env}{key}"})
    done = run("update", place)
    assert done.code == 0, done.err
    assert ".env:1" in done.out
    after = (place / ".env").read_text()
    assert after == f"# Of Till.\n{before.replace('PORT=', 'THE_PORT=')}"


def test_migrations_run_once_around_the_merge_and_never_in_a_preview(
    run: Run, source: Path, project: Path
) -> None:
    migrations = """\
_migrations:
  - command: "mv notes.md notes.txt; echo before >> log.txt"
    when: "{{ _stage == 'before' }}"
  - command: "echo after {{ _version_from }} {{ _version_to }} $(head -c 4 README.md) >> log.txt"
"""
    changed = {"copier.yml": FILES["copier.yml"] + migrations, "README.md.jinja": f"New.\n{README}"}
    release(source, "v1.1.0", changed)
    assert run("update", project, "--dry-run").code == 0
    assert run("diff", project, "--trust").code == 1
    assert git(project, "status", "--porcelain") == ""
    refused = run("update", project)
    assert refused.code == 2
    assert "migration" in refused.err
    assert git(project, "status", "--porcelain") == ""
    done = run("update", project, "--trust")
    assert done.code == 0, done.err
    assert (project / "log.txt").read_text() == "before\nafter v1.0.0 v1.1.0 New.\n"
    assert (project / "notes.txt").read_text() == "Yours.\n"
    committed(project)
    assert run("update", project, "--trust").code == 0
    assert git(project, "status", "--porcelain") == ""


def test_a_migration_that_fails_is_told(run: Run, source: Path, project: Path) -> None:
    migrations = "_migrations: [{command: 'echo no; exit 3', when: true}]\n"
    release(source, "v1.1.0", {"copier.yml": FILES["copier.yml"] + migrations})
    done = run("update", project, "--trust")
    assert done.code == 3
    assert "exit code 3" in done.err


def test_a_question_may_be_gone_or_offer_other_choices(
    run: Run, source: Path, project: Path
) -> None:
    later = FILES["copier.yml"].replace("[MIT, Apache-2.0], default: MIT", "[BSD], default: BSD")
    later = "".join(line for line in later.splitlines(keepends=True) if "parts:" not in line)
    (source / "{% if 'ci' in parts %}ci.yml{% endif %}").unlink()
    release(source, "v2.0.0", {"copier.yml": later})
    done = run("update", project, "--set", "template.answers.license=MIT")
    assert done.code == 2
    done = run("update", project)
    assert done.code == 0, done.err
    answers = yaml.safe_load((project / "blueprint.yaml").read_text())["template"]["answers"]
    assert answers == {"title": "Till", "port": 8000, "license": "BSD"}
