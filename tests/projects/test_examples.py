"""A project of each example passes its own checks in each pattern; of services it stands chaos."""

from pathlib import Path

import pytest

from tests.newcomer import pass_own_checks, run, set_up
from tests.rendered import render

pytestmark = pytest.mark.project


@pytest.mark.parametrize("pattern", ["event-driven", "microservices", "monolith"])
@pytest.mark.parametrize("example", ["clinic", "library", "telemetry"])
def test_it_passes_its_own_checks(example: str, pattern: str, tmp_path: Path) -> None:
    project = render(tmp_path / example, "--example", example, "--pattern", pattern)
    set_up(project)

    said = pass_own_checks(project)

    assert "skipped" not in said, said
    if pattern != "monolith":
        chaos = run(project, "make", "chaos", CHAOS_SECONDS="1")
        assert chaos.returncode == 0, chaos.stdout
