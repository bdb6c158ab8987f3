"""A project of each example passes its own checks in each pattern; of services it stands chaos.

Where services of one of them are on MariaDB, it stands the same.
"""

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.newcomer import pass_own_checks, run, set_up
from tests.rendered import render

pytestmark = pytest.mark.project
PATTERNS = ("event-driven", "microservices", "monolith")
TELEMETRY = Path(__file__).parents[2] / "templates/examples/telemetry.yaml"
BLUEPRINT = Path(sys.executable).with_name("blueprint")
MARIADB = shutil.which("mariadbd") or shutil.which("/usr/sbin/mariadbd")


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("example", ["clinic", "library", "telemetry"])
def test_it_passes_its_own_checks(example: str, pattern: str, tmp_path: Path) -> None:
    stands(render(tmp_path / example, "--example", example, "--pattern", pattern), pattern)


@pytest.mark.skipif(MARIADB is None, reason="MariaDB is not on this machine")
@pytest.mark.parametrize("pattern", ["event-driven", "microservices"])
def test_it_does_so_where_services_are_on_mariadb(pattern: str, tmp_path: Path) -> None:
    """One that publishes and knows others' rows, and one that reacts; a third is on PostgreSQL."""
    text = TELEMETRY.read_text()
    for summary in ("What devices measure", "What somebody has to look at"):
        assert summary in text
        text = text.replace(summary, f"{summary}\n    store: mysql")
    some_rows_alone = "        unique: {already_raised: \"device where status == 'raised'\"}\n"
    assert some_rows_alone in text
    answers = tmp_path / "answers.yaml"
    answers.write_text(text.replace(some_rows_alone, ""))
    chosen = ("--answers", str(answers), "--defaults", "--pattern", pattern)
    load = ("--set", "slo.throughput_rps=20", "--set", "slo.workload.rows=5")
    project = render(tmp_path / "telemetry", *chosen, *load)
    stands(project, pattern)
    if pattern == "event-driven":
        a_bench_times_events(project)


def a_bench_times_events(project: Path) -> None:
    """From an outbox on MariaDB to the inbox of a consumer there."""
    command = (BLUEPRINT, "bench", "--seconds", "3", "--workers", "1", "--no-climb", "--json")
    said = run(project, *command).stdout
    events = json.loads(said[said.index("{") :])["events"]
    timed = {(one["name"], one["effect"]) for one in events if one["count"]}
    assert ("readings.ReadingTaken.v1", "consumer alarms") in timed, events


def stands(project: Path, pattern: str) -> None:
    set_up(project)

    said = pass_own_checks(project)

    assert "skipped" not in said, said
    if pattern != "monolith":
        chaos = run(project, "make", "chaos", CHAOS_SECONDS="1")
        assert chaos.returncode == 0, chaos.stdout
