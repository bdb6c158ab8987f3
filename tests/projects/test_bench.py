"""`blueprint bench` of a project that runs: what it says, and what it leaves behind."""

import json
import sys
import tempfile
from pathlib import Path

import pytest

from tests.newcomer import run, set_up
from tests.rendered import files_of, render

pytestmark = pytest.mark.project
BLUEPRINT = Path(sys.executable).with_name("blueprint")


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("bench") / "clinic"
    settings = ("slo.throughput_rps=20", "slo.p95_ms=3600000", "slo.workload.rows=10")
    chosen = [word for one in settings for word in ("--set", one)]
    return render(place, "--example", "clinic", "--defaults", *chosen)


def test_a_project_that_is_not_set_up_says_how(clinic: Path) -> None:
    result = run(clinic, BLUEPRINT, "bench")
    assert result.returncode == 3
    assert "make .venv/ready" in result.stdout
    assert run(clinic.parent, BLUEPRINT, "bench").returncode == 2


def test_it_is_measured_and_leaves_nothing_behind(clinic: Path) -> None:
    set_up(clinic)
    before = files_of(clinic)
    left = set(Path(tempfile.gettempdir()).glob("blueprint-bench-*"))
    baseline = clinic.parent / "bench.json"

    done = run(
        clinic,
        *(BLUEPRINT, "bench", "--seconds", "3", "--workers", "1", "--no-climb"),
        *("--write-baseline", baseline, "--json"),
    )

    said = json.loads(done.stdout[done.stdout.index("{") :])
    step = said["at_slo"]
    asked = {one["route"]: one for one in step["routes"]}
    assert {
        "GET /v1/clinic/appointments/{id}",
        "GET /v1/clinic/appointments",
        "GET /v1/clinic/doctors/{id}",
        "POST /v1/clinic/appointments",
        "GET /v1/auth/me",
    } <= asked.keys()
    assert step["asked"] == 60
    assert sum(one["errors"] for one in asked.values()) == 0, asked
    assert any(one["name"].startswith("granian") for one in step["usage"])
    assert len(said["rounds_p95_ms"]) == 3
    # A machine that is busy with other tests may be the limit; then it says so.
    assert done.returncode == (0 if said["valid"] else 3)
    assert baseline.exists() is said["valid"]
    new = files_of(clinic).keys() - before.keys()
    assert {path for path in new if "__pycache__" not in path} == set()
    assert set(Path(tempfile.gettempdir()).glob("blueprint-bench-*")) <= left
