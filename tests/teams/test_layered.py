"""Templates that add a layer to our own patterns."""

from pathlib import Path

import pytest
import yaml

from tests.engines.written import commit, git, write
from tests.program import Run
from tests.teams.team import committed

DESCRIPTION = """\
template: 1
name: acme-service
version: 1.0.0
extends: builtin
summary: A service as Acme runs it.
patterns: [monolith, microservices]
questions:
  cost_center: {ask: Who pays?, default: "4711"}
  tier: {ask: Which tier?, type: choice, choices: [gold, silver], default: silver}
replaces: [.editorconfig]
managed: [catalog-info.yaml]
contexts:
  identity: {}
  notifications: {}
  clinic: # where doctors are
    entities:
      Doctor: {fields: {name: text(1..120)}}
"""
FILES = {
    "blueprint-template.yaml": DESCRIPTION,
    "files/catalog-info.yaml.jinja": "name: [= project.name =]\ncost: [= answers.cost_center =]\n",
    "files/.editorconfig": "root = true\n",
    "files/docs/on-call.md.jinja": "# On call\n\nTier [= answers.tier =].\n",
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return commit(write(tmp_path / "acme", FILES), "v1.0.0")


@pytest.fixture
def project(run: Run, source: Path, tmp_path: Path) -> Path:
    place = tmp_path / "clinic"
    tier = "template.answers.tier=gold"
    done = run("new", "clinic", "--template", source, "--set", tier, "--output", place)
    assert done.code == 0, done.err
    return place


def test_a_project_is_ours_with_the_teams_files(run: Run, project: Path) -> None:
    assert (project / "catalog-info.yaml").read_text() == "name: clinic\ncost: 4711\n"
    assert (project / ".editorconfig").read_text() == "root = true\n"
    assert "Tier gold." in (project / "docs/on-call.md").read_text()
    assert (project / "src/clinic/domain").is_dir()
    text = (project / "blueprint.yaml").read_text()
    assert "clinic: # where doctors are" in text
    assert yaml.safe_load(text)["pattern"] == "monolith"
    assert run("check", project).code == 0
    assert run("diff", project).code == 0


def test_a_managed_file_that_was_edited_is_found(run: Run, project: Path) -> None:
    (project / "catalog-info.yaml").write_text("name: other\n")
    done = run("check", project)
    assert done.code == 1
    assert "catalog-info.yaml" in done.out


def test_its_next_version_arrives_and_edits_stay(run: Run, source: Path, project: Path) -> None:
    place = project / "docs/on-call.md"
    place.write_text(f"{place.read_text()}\nMine.\n")
    committed(project)
    changed = {
        "blueprint-template.yaml": DESCRIPTION.replace("1.0.0", "1.1.0"),
        "files/docs/on-call.md.jinja": f"<!-- 1.1 -->\n{FILES['files/docs/on-call.md.jinja']}",
    }
    commit(write(source, changed), "v1.1.0")
    assert run("update", project).code == 0
    text = place.read_text()
    assert text.startswith("<!-- 1.1 -->")
    assert text.endswith("Mine.\n")


def test_it_evolves_with_its_files(run: Run, project: Path) -> None:
    assert run("evolve", "--to", "microservices", project).code == 0
    assert (project / "catalog-info.yaml").is_file()
    assert (project / "services").is_dir()
    committed(project)
    assert run("check", project).code == 0
    done = run("evolve", "--to", "event-driven", project)
    assert done.code == 3
    assert "is not made for event-driven" in done.err
    assert git(project, "status", "--porcelain") == ""


def test_a_field_more_is_merged(run: Run, project: Path) -> None:
    done = run("add", "field", "clinic.Doctor", "room: text(1..10) optional", "--project", project)
    assert done.code == 0, done.err
    assert (project / "catalog-info.yaml").is_file()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"files/Makefile": "all:\n"}, "brings Makefile, and so does blueprint"),
        (
            {"blueprint-template.yaml": f"{DESCRIPTION}files: none\n"},
            "replaces .editorconfig, and brings no such file",
        ),
        ({"blueprint-template.yaml": f"{DESCRIPTION}manged: []\n"}, "did you mean managed?"),
        (
            {"blueprint-template.yaml": DESCRIPTION.replace("1.0.0", "newest")},
            "no version such as 1.4.0",
        ),
        (
            {"blueprint-template.yaml": DESCRIPTION.replace("default: silver", "default: tin")},
            "none of gold, silver",
        ),
        (
            {"files/a.md.jinja": "[= answers.nothing =]\n"},
            "nothing",
        ),
    ],
)
def test_a_mistake_in_it_is_named(
    run: Run, source: Path, tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    commit(write(source, changes), "v1.0.1")
    place = tmp_path / "clinic"
    done = run("new", "clinic", "--defaults", "--template", source, "--output", place)
    assert done.code == 3, done.out
    assert said in done.err
    assert not place.exists()
