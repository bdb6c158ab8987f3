"""A project with a renamed context: its database follows, with its rows, while older code runs."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.newcomer import run, set_up
from tests.projects.test_changed_model import blueprint
from tests.updating.scenarios import commit

pytestmark = pytest.mark.project

PROGRAM = Path(__file__).with_name("renamed_context.py")
DESCRIPTION = """\
blueprint: 1
project: {name: harbour}
pattern: monolith
contexts:
  identity: {}
  quays:
    entities:
      Berth:
        fields: {name: text(1..40)}
        list: {sort: [name], search: [name]}
      Stay:
        fields: {berth: ref Berth, lands: date, leaves: date}
        unique: {moored: "berth, lands..leaves"}
  dues:
    entities:
      Due:
        fields: {stay: ref quays.Stay, day: date}
        commands: {create: {needs: {unknown_stay: "known(stay)"}, by: [user, system]}}
    reactions:
      - {when: quays.StayCreated, do: Due.create, with: {stay: id, day: lands}}
"""
EDITED = "domain/berth.py"
EDIT = "\n\n# Of its owner.\n"


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Path]]:
    """An edited project: before, after the rename, and after the former name was taken out."""
    folder = tmp_path_factory.mktemp("renamed context")
    (folder / "answers.yaml").write_text(DESCRIPTION)
    blueprint("new", "harbour", "--answers", "answers.yaml", "--defaults", folder=folder)
    project = folder / "harbour"
    file = project / "src/quays" / EDITED
    file.write_text(file.read_text() + EDIT)
    commit(project)
    before, during = folder / "before", folder / "during"
    shutil.copytree(project, before)
    blueprint("rename", "context", "quays", "docks", folder=project)
    commit(project)
    shutil.copytree(project, during)
    spec = project / "blueprint.yaml"
    text = spec.read_text()
    assert "    was: quays\n" in text
    spec.write_text(text.replace("    was: quays\n", ""))
    blueprint("update", folder=project)
    set_up(project)
    yield [before, during, project]
    shutil.rmtree(folder)


def test_rows_stay_and_each_release_works_beside_the_next(releases: list[Path]) -> None:
    project = releases[-1]
    done = run(project, ".venv/bin/python", PROGRAM, *releases, PYTHONPATH=str(project))
    assert done.returncode == 0, done.stdout
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])

    assert found["during"][0] == []
    assert found["during"][1][0] == 0
    # A due for a stay: what comes under both names is done once.
    assert found["two"] == [[2, 2]]
    assert found["types"] == [["docks.StayCreated.v1", 1], ["quays.StayCreated.v1", 2]]
    assert found["three"] == [[3, 3]]

    assert found["waits"] == ["docks"]
    (code, said), pending, schemas = found["renamed"]
    assert (code, pending, schemas) == (0, [], ["docks", "quays"])
    assert "docks: 0003 is not applied, because it loses the schema's name quays" in said
    assert found["five"] == [[[5, 5]], [[5]]]
    assert found["ready"] == []

    assert (found["destroyed"][0][0], found["destroyed"][1]) == (0, ["docks"])
    assert found["back"] == [["quays"], [[5]]]
    assert (found["again"][0][0], found["again"][1]) == (0, ["docks"])
    assert found["seven"] == [[[7, 7]], [[7]]]


def test_edits_follow_and_it_passes_its_lint_and_its_tests(releases: list[Path]) -> None:
    project = releases[-1]
    assert EDIT.strip() in (project / "src/docks" / EDITED).read_text()
    assert not (project / "src/quays").exists()
    lint = run(project, "make", "lint")
    assert lint.returncode == 0, lint.stdout
    tests = run(project, "make", "test", "ARGS=-n 0 tests/migrations")
    assert tests.returncode == 0, tests.stdout
