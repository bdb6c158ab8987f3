"""What is renamed: the edits of its owner follow it into files of its new name."""

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


def rename(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BLUEPRINT, "rename", *arguments],
        cwd=project,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_edits_follow_a_renamed_entity(tmp_path: Path) -> None:
    run(tmp_path, BLUEPRINT, "new", "clinic", "--example", "clinic", "--pattern", "monolith")
    project = tmp_path / "clinic"
    package = project / "src/clinic"
    for place in FILES:
        file = package / place.format("appointment")
        file.write_text(file.read_text() + EDIT)
    commit(project, "edits")
    # Exit code 1: a line of the owner's beside one that has the name is a conflict, in its place.
    rename(project, "entity", "clinic.Appointment", "Visit")

    assert not (package / "application/appointment").exists()
    for place in FILES:
        assert EDIT.strip() in (package / place.format("visit")).read_text(), place
    assert "class Visit:" in (package / "domain/visit.py").read_text()


def test_edits_follow_a_renamed_context(tmp_path: Path) -> None:
    run(tmp_path, BLUEPRINT, "new", "clinic", "--example", "clinic", "--pattern", "monolith")
    project = tmp_path / "clinic"
    places = [place.format("appointment") for place in FILES]
    for place in places:
        file = project / "src/clinic" / place
        file.write_text(file.read_text() + EDIT)
    (project / "src/clinic/domain/holidays.py").write_text("from clinic.domain import errors\n")
    commit(project, "edits")
    shown = rename(project, "context", "clinic", "surgery", "--dry-run")
    assert shown.returncode == 1
    assert (project / "src/clinic").is_dir()

    done = rename(project, "context", "clinic", "surgery")

    # What the owner wrote is left to the owner.
    assert done.returncode == 1
    used = "src/surgery/domain/holidays.py:1: clinic, a context, is surgery now"
    assert used in done.stdout
    assert not (project / "src/clinic").exists()
    for place in places:
        assert EDIT.strip() in (project / "src/surgery" / place).read_text(), place
    assert 'prefix="/v1/surgery/' in (project / "src/surgery" / places[-1]).read_text()
    # What is stored keeps its name.
    assert 'schema="clinic"' in (project / "src/surgery/adapters/tables.py").read_text()
    versions = project / "src/surgery/adapters/migrations/versions"
    assert [file.name for file in versions.glob("*.py")] == ["0001_clinic.py"]

    (project / "src/surgery/domain/holidays.py").write_text("from surgery.domain import errors\n")
    commit(project, "renamed")
    spec = project / "blueprint.yaml"
    spec.write_text(spec.read_text().replace("    was: clinic\n", ""))
    run(project, BLUEPRINT, "update")
    assert 'schema="surgery"' in (project / "src/surgery/adapters/tables.py").read_text()
    assert len(list(versions.glob("*.py"))) == 3
    commit(project, "its former name is over")
    # A database that is made anew begins with a schema of that name.
    added = subprocess.run(
        [BLUEPRINT, "add", "entity", "clinic.Room", "name: text(1..9)"],
        cwd=project,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert added.returncode == 2
    assert "the migrations of surgery begin in a schema clinic" in " ".join(added.stderr.split())


def test_a_service_keeps_its_name(tmp_path: Path) -> None:
    run(tmp_path, BLUEPRINT, "new", "clinic", "--example", "clinic", "--pattern", "microservices")
    done = rename(tmp_path / "clinic", "context", "clinic", "surgery")
    assert done.returncode == 2
    assert "clinic cannot be renamed yet: a service's database, roles, keys and topics" in " ".join(
        done.stderr.split()
    )
    assert run(tmp_path / "clinic", "git", "status", "--short") == ""
