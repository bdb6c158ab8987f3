"""What an owner has edited in a described context goes along to every architecture."""

from pathlib import Path

from tests.rendered import BLUEPRINT
from tests.updating.clinic import commit, edited_clinic, lost, run


def test_edits_go_along_to_every_pattern_and_back(tmp_path: Path) -> None:
    project = edited_clinic(tmp_path, "monolith")
    for pattern in ("microservices", "event-driven", "monolith"):
        run(project, BLUEPRINT, "evolve", "--to", pattern)
        assert lost(project, pattern) == [], pattern
        commit(project, pattern)
