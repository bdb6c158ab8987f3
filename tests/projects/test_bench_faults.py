"""Each fault that is planted in a project is found by a bench, which names where it is."""

import json
from pathlib import Path

import pytest

from blueprint_cli import __main__ as entry
from tests.benching.planted import FAULTS, planted
from tests.newcomer import set_up
from tests.rendered import render

pytestmark = pytest.mark.project
SETTINGS = ("slo.throughput_rps=20", "slo.p95_ms=150", "slo.workload.rows=10")
# Of each: how the bench calls it, what its sentence says, and how many seconds show it.
FOUND = {
    "slow-query": ("slow", "/v1/clinic/", 6),
    "errors": ("errors", "GET /v1/clinic/doctors/{id}", 6),
    "leak": ("memory", "memory of granian", 18),
    "starved-relay": ("outbox", ".outbox had waited", 6),
}


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("faults") / "clinic"
    chosen = [word for one in SETTINGS for word in ("--set", one)]
    project = render(place, "--example", "clinic", "--defaults", *chosen)
    set_up(project)
    return project


def test_each_fault_has_its_test() -> None:
    assert FOUND.keys() == FAULTS.keys()


@pytest.mark.parametrize("name", FOUND)
def test_it_is_found_by_name(
    clinic: Path,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # What a loaded machine does to the generator is not what these are about.
    monkeypatch.setattr("blueprint_cli.benching.load.LATE_MS", 5_000.0)
    monkeypatch.setattr("blueprint_cli.benching.run.WARM_UP_SECONDS", 1.0)
    called, where, seconds = FOUND[name]
    asked = ["bench", str(clinic), "--seconds", str(seconds), "--workers", "1"]

    with planted(clinic, FAULTS[name]):
        code = entry.main([*asked, "--no-climb", "--no-gateway", "--json"])

    said = json.loads(capsys.readouterr().out)
    assert said["valid"], said["invalid"]
    assert code == 1
    messages = {one["name"]: one["message"] for one in said["faults"]}
    assert called in messages, messages
    assert where in messages[called]
