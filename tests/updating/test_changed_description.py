"""A changed description is merged into every file that its owner has edited, in every pattern."""

import ast
from pathlib import Path

import pytest

from tests.rendered import BLUEPRINT
from tests.updating.clinic import edited_clinic, lost, place_of, run

# A field, a renamed field, a command and an entity more.
CHANGES = {
    "          note: text(0..4000) optional\n": "          note: text(0..4000) optional\n"
    "          ward: text(1..10) optional\n",
    "reason: text(0..500)": "motive: text(0..500) was(reason)",
    "ends_at, reason, phone]": "ends_at, motive, phone]",
    "          miss: {": "          remind: {from: booked, by: desk, emits: PatientReminded}\n"
    "          miss: {",
    "      Appointment:\n": "      Ward: {fields: {name: text(1..40) unique}}\n"
    "      Appointment:\n",
}


@pytest.mark.parametrize("pattern", ["monolith", "microservices", "event-driven"])
def test_a_changed_description_and_edits_are_merged(pattern: str, tmp_path: Path) -> None:
    project = edited_clinic(tmp_path, pattern)
    spec = project / "blueprint.yaml"
    text = spec.read_text()
    for before, after in CHANGES.items():
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    spec.write_text(text)
    run(project, "git", "commit", "--quiet", "--all", "--message", "a changed description")
    run(project, BLUEPRINT, "update")

    assert lost(project, pattern) == []
    aggregate = (project / place_of("package/domain/appointment.py", pattern)).read_text()
    text = spec.read_text()
    assert "emits: AppointmentBooked.v2, former: {AppointmentBooked.v1: {reason: motive}}" in text
    assert "{when: clinic.AppointmentBooked.v2, do: email, to: patient, text: booked}" in text
    publishing = (project / place_of("package/adapters/publishing.py", pattern)).read_text()
    assert "contract.AppointmentBookedV2(" in publishing
    assert "contract.AppointmentBooked(" in publishing
    for said in ("    ward: str | None\n", "    motive: str\n", "    def remind("):
        assert said in aggregate
    assert (project / place_of("package/domain/ward.py", pattern)).exists()
    versions = project / place_of("package/adapters/migrations/versions", pattern)
    assert len(list(versions.glob("0*.py"))) > 1
    for file in project.glob("**/*.py"):
        ast.parse(file.read_text())
