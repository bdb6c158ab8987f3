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
CLINIC = Path(__file__).parents[2] / "templates/examples/clinic.yaml"
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


def test_a_rule_that_is_written_follows_a_renamed_entity(tmp_path: Path) -> None:
    run(tmp_path, BLUEPRINT, "new", "clinic", "--answers", CLINIC, "--pattern", "monolith")
    project = tmp_path / "clinic"
    rule = project / "src/clinic/domain/within_opening_hours.py"
    opened = rule.read_text()
    body = '    raise NotImplementedError("within_opening_hours is yours to write")\n'
    assert body in opened
    rule.write_text(opened.replace(body, "    return row.starts_at.hour >= 8\n"))
    commit(project, "write the rule")

    done = rename(project, "entity", "clinic.Appointment", "Visit")

    assert done.returncode == 0, done.stdout
    assert "(row: Visit," in rule.read_text()
    assert rule.read_text().endswith("    return row.starts_at.hour >= 8\n")


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
    run(tmp_path, BLUEPRINT, "new", "practice", "--example", "clinic", "--pattern", "event-driven")
    project = tmp_path / "practice"
    service = project / "services/clinic/src"
    places = [place.format("appointment") for place in FILES]
    for place in places:
        file = service / "clinic" / place
        file.write_text(file.read_text() + EDIT)
    commit(project, "edits")
    around = ("compose.yaml", "compose.production.yaml", "gateway/site.conf", "Makefile")
    before = [(project / name).read_text() for name in around]

    assert rename(project, "context", "clinic", "surgery").returncode == 0

    for place in places:
        assert EDIT.strip() in (service / "surgery" / place).read_text(), place
    # Where it runs, nothing is called otherwise.
    assert [(project / name).read_text() for name in around] == before
    assert (
        "location /v1/surgery {\n    proxy_pass http://clinic;"
        in (project / "gateway/routes.conf").read_text()
    )
    topics = (project / "libs/kit/src/kit_kafka/topics.py").read_text()
    for context in ("clinic", "surgery"):
        assert f'"{context}.AppointmentBooked.v1": Topic(name="clinic.appointments"' in topics
    commit(project, "renamed")

    spec = project / "blueprint.yaml"
    text = spec.read_text()
    spec.write_text(text.replace("    was: clinic\n", ""))
    refused = subprocess.run(
        [BLUEPRINT, "update"],
        cwd=project,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 2
    said = " ".join(refused.stderr.split())
    assert "the service of surgery, its database, roles, keys and topics are called clinic" in said
    assert "allowed: service: clinic;" in said
    spec.write_text(text.replace("    was: clinic\n", "    service: clinic\n"))
    run(project, BLUEPRINT, "update")
    assert [(project / name).read_text() for name in around] == before
    commit(project, "its former name is over")
    # Once its database is called otherwise, its folder is, too, with what was edited in it.
    spec.write_text(spec.read_text().replace("    service: clinic\n", "    service: surgery\n"))
    run(project, BLUEPRINT, "update")
    for place in places:
        file = project / "services/surgery/src/surgery" / place
        assert EDIT.strip() in file.read_text(), place
    assert "clinic" not in (project / "compose.yaml").read_text()


def test_a_context_on_mysql_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text(
        "blueprint: 1\npattern: monolith\ncontexts:\n  identity: {}\n"
        "  quays: {store: mysql, entities: {Berth: {fields: {name: text(1..40)}}}}\n"
    )
    run(tmp_path, BLUEPRINT, "new", "harbour", "--answers", "answers.yaml", "--defaults")
    done = rename(tmp_path / "harbour", "context", "quays", "docks")
    assert done.returncode == 2
    said = " ".join(done.stderr.split())
    assert "quays cannot be renamed yet: its database on MySQL has its name" in said
    assert run(tmp_path / "harbour", "git", "status", "--short") == ""
    # No migration is rendered there: who changes its tables is told.
    added = run(tmp_path / "harbour", BLUEPRINT, "add", "field", "quays.Berth", "depth: int = 3")
    assert "Migrations on MySQL that are yours to write (1)" in added
    assert "quays: make migration CONTEXT=quays" in added
