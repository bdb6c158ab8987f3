"""Services with a renamed context: rows and deliveries are kept, while older code runs beside."""

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

PROGRAM = Path(__file__).with_name("renamed_service.py")
DESCRIPTION = """\
blueprint: 1
project: {name: harbour}
contexts:
  identity: {}
  quays:
    entities:
      Berth:
        fields: {name: text(1..40)}
        access: {read: anyone}
      Stay:
        fields: {berth: ref Berth, lands: date}
  dues:
    entities:
      Due:
        fields: {stay: ref quays.Stay, day: date}
        commands: {create: {needs: {unknown_stay: "known(stay)"}, by: [user, system]}}
    reactions:
      - {when: quays.StayCreated, do: Due.create, with: {stay: id, day: lands}}
"""


@pytest.fixture(scope="module", params=["microservices", "event-driven"])
def releases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Path]]:
    """A project before, after the rename, and after the former name was taken out."""
    folder = tmp_path_factory.mktemp("renamed service")
    (folder / "answers.yaml").write_text(f"{DESCRIPTION}pattern: {request.param}\n")
    blueprint("new", "harbour", "--answers", "answers.yaml", "--defaults", folder=folder)
    project = folder / "harbour"
    before, during = folder / "before", folder / "during"
    shutil.copytree(project, before)
    blueprint("rename", "context", "quays", "docks", folder=project)
    commit(project)
    shutil.copytree(project, during)
    spec = project / "blueprint.yaml"
    spec.write_text(spec.read_text().replace("    was: quays\n", "    service: quays\n"))
    blueprint("update", folder=project)
    set_up(project)
    yield [before, during, project]
    shutil.rmtree(folder)


def test_rows_and_deliveries_are_kept(releases: list[Path]) -> None:
    project = releases[-1]
    done = run(project, ".venv/bin/python", PROGRAM, *releases, PYTHONPATH=str(project))
    assert done.returncode == 0, done.stdout
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])

    # A due for a stay: what nobody had told of is told by the next release, and each once.
    counted = ["before", "waited", "during", "beside", "after", "six"]
    assert [found[name] for name in counted] == [[[one, one]] for one in range(1, 7)]
    assert dict(found["told"]) == {"quays": 8, "docks": 2}
    assert (len(found["rows"]), len(found["left"])) == (4, 6)
    assert found["schemas"] == ["docks", "quays"]


def test_it_passes_its_lint_and_its_documents_are_current(releases: list[Path]) -> None:
    project = releases[-1]
    lint = run(project, "make", "lint")
    assert lint.returncode == 0, lint.stdout
    places = "services/quays/tests tests/architecture"
    tests = run(project, "make", "test", f"ARGS=-n 0 {places}")
    assert tests.returncode == 0, tests.stdout
