"""A project whose model changes: its database follows, with its rows, while older code runs."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.newcomer import environment, run, set_up
from tests.rendered import BLUEPRINT

pytestmark = pytest.mark.project

PROGRAM = Path(__file__).with_name("changed_model.py")
DESCRIPTION = """\
blueprint: 1
project: {name: harbour}
pattern: monolith
contexts:
  identity: {}
  notifications: {}
  catalog: {}
  orders: {}
  reports: {by: hand}
  quays:
    types: {Size: [small, large]}
    entities:
      Berth:
        fields:
          name: text(1..40)
          size: Size
          depth: int(0..)
        list: {sort: [name], search: [name]}
      Ship:
        fields: {name: text(0..80)}
      Stay:
        fields: {berth: ref Berth, lands: date = '2027-03-01', leaves: date}
        unique: {moored: "berth, lands..leaves"}
      Due: {fields: {berth: ref Berth, day: date}, commands: {create: {by: system}}}
    reactions:
      - {when: quays.StayCreated, do: Due.create, with: {berth: berth, day: lands}}
"""
CHANGES = {
    "name: text(1..40)": "title: text(1..40) unique was(name)\n          tide: int(0..9) = 3",
    "lands: date =": "arrives: date was(lands) =",
    "lands..leaves": "arrives..leaves",
    "day: lands": "day: arrives",
    "          depth: int(0..)\n": "          note: text(0..80) optional\n",
    "[small, large]": "[small, large, huge]",
    "        list: {sort: [name], search: [name]}": (
        "        rules: {called_otherwise: \"title != 'Berth 0'\"}\n"
        "        list: {filter: [tide], sort: [title], search: [title, note]}"
    ),
    "      Ship:\n        fields: {name: text(0..80)}": (
        "      Vessel:\n        was: Ship\n"
        "        fields: {name: text(1..80), berth: ref Berth optional}\n"
        "        commands: {create: {}, rename: {takes: [name], emits: VesselRenamed}}\n"
        "      Lock:\n        fields: {berth: ref Berth unique}"
    ),
}


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project that was set up, and updated to a changed model."""
    folder = tmp_path_factory.mktemp("changed model")
    (folder / "answers.yaml").write_text(DESCRIPTION)
    blueprint("new", "harbour", "--answers", "answers.yaml", "--defaults", folder=folder)
    project = folder / "harbour"
    set_up(project)
    spec = project / "blueprint.yaml"
    text = spec.read_text()
    for before, after in CHANGES.items():
        assert before in text, before
        text = text.replace(before, after)
    spec.write_text(text)
    blueprint("update", folder=project)
    yield project
    shutil.rmtree(folder)


def blueprint(*arguments: str, folder: Path) -> None:
    done = subprocess.run(
        [BLUEPRINT, *arguments],
        cwd=folder,
        env=environment(),
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_rows_stay_and_both_releases_work_on_them(harbour: Path) -> None:
    done = run(harbour, ".venv/bin/python", PROGRAM, PYTHONPATH=str(harbour))
    assert done.returncode == 0, done.stdout
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])

    code, said = found["migrate"]
    assert (code, found["pending"]) == (3, [])
    assert "0004 is not applied, because it loses" in said
    assert "ck_vessels_name_range holds for new rows of vessels alone: 1 row breaks it" in said
    # A row that a new rule does not let pass is filled as the others.
    assert "ck_berths_called_otherwise holds for new rows of berths alone: 1 row breaks" in said
    assert found["filled"] == [[2500, 3, "berth 0\n"]]
    assert found["both"] == [["newer", "newer"], ["older", "older"]]
    assert found["renamed"] == [[""], ["Elba"]]

    assert found["corrected"][0] == 0
    assert found["destructive"][0] == 0
    assert found["at"] == [["0004"]]
    columns = {name for (name,) in found["columns"]}
    assert {"title", "tide", "note"} < columns
    assert not {"name", "depth"} & columns

    assert found["back"] == [[2502]]
    assert "rows of berths have no depth" in found["refused"]
    assert found["again"] == 0

    assert found["told"] == [
        ["quays.StayCreated.v1", "2027-03-01", None],
        ["quays.StayCreated.v2", None, "2027-03-01"],
    ]


def test_its_events_are_of_a_later_version_and_published_as_they_were(harbour: Path) -> None:
    text = (harbour / "blueprint.yaml").read_text()
    assert (
        "{when: quays.StayCreated.v2, do: Due.create, with: {berth: berth, day: arrives}}" in text
    )
    tests = run(harbour, "make", "test", "ARGS=-n 1 tests/quays")
    assert tests.returncode == 0, tests.stdout


def test_it_passes_its_lint_and_its_tests_of_migrations(harbour: Path) -> None:
    lint = run(harbour, "make", "lint")
    assert lint.returncode == 0, lint.stdout
    tests = run(harbour, "make", "test", "ARGS=-n 1 tests/migrations tests/architecture")
    assert tests.returncode == 0, tests.stdout
