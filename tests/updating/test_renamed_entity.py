"""An entity that is renamed: the edits of its owner follow it into files of its new name."""

import subprocess
from pathlib import Path

from tests.rendered import BLUEPRINT
from tests.updating.clinic import ENVIRONMENT, commit, run

# The smallest are like no other to git, or like all.
FILES = (
    "domain/{}.py",
    "application/{}/__init__.py",
    "application/{}/reader.py",
    "application/{}/cancel.py",
    "adapters/{}/__init__.py",
    "entrypoints/{}/routes.py",
)
EDIT = "\n# Of its owner.\n"


def test_edits_follow_a_renamed_entity(tmp_path: Path) -> None:
    run(tmp_path, BLUEPRINT, "new", "clinic", "--example", "clinic", "--pattern", "monolith")
    project = tmp_path / "clinic"
    package = project / "src/clinic"
    for place in FILES:
        file = package / place.format("appointment")
        file.write_text(file.read_text() + EDIT)
    commit(project, "edits")
    # Exit code 1: a line of the owner's beside one that has the name is a conflict, in its place.
    subprocess.run(
        [BLUEPRINT, "rename", "entity", "clinic.Appointment", "Visit"],
        cwd=project,
        env=ENVIRONMENT,
        check=False,
    )

    assert not (package / "application/appointment").exists()
    for place in FILES:
        assert EDIT.strip() in (package / place.format("visit")).read_text(), place
    assert "class Visit:" in (package / "domain/visit.py").read_text()
