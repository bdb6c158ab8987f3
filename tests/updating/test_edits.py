"""`add`, `remove` and `rename`: the spec is edited, and what follows from it is merged."""

import json

import pytest

from tests.updating.conftest import Shop
from tests.updating.scenarios import Files

FILES: Files = {
    "README.md": "# It\n",
    "layers/entity/{entity}.py.jinja": "NAMES = [\n"
    "[%- for one in described[context].entities[entity].fields %]\n"
    "    '[= one.name =]',[% endfor %]\n]\n",
}


@pytest.fixture
def project(shop: Shop) -> Shop:
    shop.template(
        FILES,
        layers="- {from: files}\n  - {from: layers/entity, to: 'src/{context}', each: entity}",
    )
    shop.new()
    return shop


def edit(shop: Shop, *arguments: str, code: int = 0) -> str:
    done = shop.run(*arguments, "--project", str(shop.project))
    assert done.code == code, done.said
    return done.said


def test_one_edit_follows_another_and_people_s_edits_stay(project: Shop) -> None:
    before = project.read("blueprint.yaml")
    edit(project, "add", "context", "clinic")
    edit(project, "add", "entity", "clinic.Doctor", "name: text(1..120)")
    edit(project, "add", "field", "clinic.Doctor", "room: text(1..10) optional")
    assert '"room"' in project.read("src/clinic/doctor.py")
    project.commit()
    project.edit("src/clinic/doctor.py", "# ours\n" + project.read("src/clinic/doctor.py"))
    project.commit()
    edit(project, "rename", "field", "clinic.Doctor.room", "office")
    doctor = project.read("src/clinic/doctor.py")
    assert doctor.startswith("# ours\n")
    assert '"office"' in doctor
    added = (
        "  clinic:\n    entities:\n      Doctor:\n        fields:\n          name: text(1..120)\n"
        "          office: text(1..10) optional was(room)\n        commands:\n"
    )
    for command, event in {"create": "DoctorCreated", "update": "DoctorChanged"}.items():
        added += f"          {command}:\n            emits: {event}.v2\n            former:\n"
        added += f"              {event}.v1:\n                room: office\n"
    added += "          delete: {}\n"
    assert project.read("blueprint.yaml").replace(added, "") == before


def test_an_edit_after_another_one_waits_for_a_commit_of_what_people_changed(project: Shop) -> None:
    edit(project, "add", "entity", "clinic.Doctor", "name: text(1..120)")
    project.edit("README.md", "# Ours\n")
    done = project.run(
        "add", "field", "clinic.Doctor", "room: int", "--project", str(project.project)
    )
    assert done.code == 2
    assert "not committed: README.md" in done.said


def test_a_dry_run_shows_and_writes_nothing(project: Shop) -> None:
    before = project.read("blueprint.yaml")
    said = edit(project, "add", "entity", "clinic.Doctor", "name: text", "--dry-run", "--json")
    shown = json.loads(said)
    assert shown["state"] == "planned"
    assert {"path": "blueprint.yaml", "edited": False} in shown["changes"]["changed"]
    assert shown["changes"]["added"] == ["src/clinic/doctor.py"]
    assert project.read("blueprint.yaml") == before
    assert not (project.project / "src").exists()


def test_every_mistake_of_the_result_is_told_and_nothing_is_written(project: Shop) -> None:
    edit(
        project, "add", "entity", "clinic.Doctor", "name: text(1..120)", "head: ref Doctor optional"
    )
    edit(project, "add", "entity", "clinic.Visit", "doctor: ref Doctor", "other: ref Doctor")
    before = project.read("blueprint.yaml")
    done = project.run("remove", "entity", "clinic.Doctor", "--project", str(project.project))
    assert done.code == 2
    assert "would have 2 problems; nothing was changed" in done.said
    assert done.said.count("clinic has no entity Doctor") == 2
    assert project.read("blueprint.yaml") == before


def test_what_is_removed_takes_its_files_along(project: Shop) -> None:
    edit(project, "add", "entity", "clinic.Doctor", "name: text(1..120)")
    edit(project, "remove", "entity", "clinic.Doctor")
    assert not (project.project / "src/clinic/doctor.py").exists()
    assert "  clinic:\n    entities: {}\n" in project.read("blueprint.yaml")
    said = edit(project, "remove", "context", "clinic")
    assert "clinic: drop it yourself once nobody needs its rows" in said
    assert "clinic" not in project.read("blueprint.yaml")
