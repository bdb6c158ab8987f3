"""A renamed thing is renamed wherever the description names it, and what is left says the same."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from blueprint_cli.domain.edits import Kind, adding, place_of, removing
from blueprint_cli.domain.model import Model
from blueprint_cli.domain.reading import read_contexts
from blueprint_cli.domain.renaming import renamed_in, renaming
from blueprint_cli.errors import EditRefused
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.editing import edited_contexts

EXAMPLES = Path(__file__).with_name("examples")
MORE = """
  billing:
    types:
      Part: {treated_by: ref clinic.Doctor optional}
    entities:
      Invoice:
        fields:
          appointment: ref clinic.Appointment
          doctor: ref clinic.Doctor
          parts: '[Part] optional'
          starts_at: datetime
        commands:
          create: {by: system}
    reactions:
      - when: clinic.AppointmentBooked
        needs: starts_at > ends_at - hours(1)
        do: Invoice.create
        with: {appointment: id, doctor: doctor, starts_at: starts_at}
  watching:
    entities:
      Seen:
        fields: {doctor: ref clinic.Doctor}
        commands:
          create: {by: system}
    reactions:
      - {when: clinic.DoctorCreated, do: Seen.create, with: {doctor: id}}
"""


def clinic() -> str:
    return (EXAMPLES / "clinic.yaml").read_text(encoding="utf-8").rstrip("\n") + MORE


def read(text: str) -> tuple[dict[str, Any], Model]:
    data = YAML(typ="safe").load(text)["contexts"]
    reading = read_contexts(data)
    assert not reading.mistakes
    return data, reading.model


def renamed(kind: Kind, name: str, to: str) -> str:
    contexts, model = read(clinic())
    place = place_of(kind, name)
    return edited_contexts(clinic(), "a.yaml", lambda _: renaming(contexts, model, place, to))


@pytest.mark.parametrize(
    ("kind", "name", "to"),
    [
        ("field", "clinic.Appointment.starts_at", "begins_at"),
        ("field", "clinic.Appointment.patient", "treated"),
        ("field", "clinic.Appointment.doctor", "by_whom"),
        ("field", "clinic.Doctor.name", "full_name"),
        ("field", "billing.Invoice.starts_at", "at_time"),
        ("entity", "clinic.Doctor", "Physician"),
        ("entity", "clinic.Appointment", "Visit"),
        ("entity", "billing.Invoice", "Bill"),
        ("context", "clinic", "practice"),
        ("context", "billing", "invoicing"),
    ],
)
def test_a_renamed_thing_reads_without_a_mistake_and_back_again(
    kind: Kind, name: str, to: str
) -> None:
    changed = renamed(kind, name, to)
    contexts, model = read(changed)
    place = place_of(kind, ".".join([*name.split(".")[:-1], to]))
    back = edited_contexts(
        changed, "a.yaml", lambda _: renaming(contexts, model, place, name.rpartition(".")[2])
    )
    first, second = (without_was(text) for text in (clinic(), back))
    assert first == second
    assert sorted(changed.splitlines()) != sorted(clinic().splitlines())


def without_was(text: str) -> list[str]:
    lines = [line.partition(" was(")[0].partition("'")[0] for line in text.splitlines()]
    return [line for line in lines if not line.strip().startswith("was:")]


def test_its_former_name_is_kept() -> None:
    assert "begins_at: datetime was(starts_at)" in renamed(
        "field", "clinic.Appointment.starts_at", "begins_at"
    )
    assert "Physician:\n        was: Doctor\n" in renamed("entity", "clinic.Doctor", "Physician")
    assert "practice:\n    was: clinic\n" in renamed("context", "clinic", "practice")


def test_a_field_of_the_same_name_elsewhere_keeps_it() -> None:
    changed = renamed("field", "clinic.Appointment.starts_at", "begins_at")
    assert "needs: begins_at > ends_at - hours(1)" in changed
    assert "with: {appointment: id, doctor: doctor, starts_at: begins_at}" in changed
    assert "          starts_at: datetime\n" in changed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a > b", "x > b"),
        ("a.a == 'a' and a in ('a',)", "x.a == 'a' and x in ('a',)"),
        ("  a\n  < len(a)", "  x\n  < len(x)"),
        ("'é' == a", "'é' == x"),
        ("aa > b", "aa > b"),
        ("a >", "a >"),
    ],
)
def test_an_expression_is_renamed_by_its_names(text: str, expected: str) -> None:
    assert renamed_in(text, "a", "x") == expected


@pytest.mark.parametrize(
    ("kind", "name", "words", "said"),
    [
        ("context", "clinic", [], "is there already"),
        ("entity", "clinic.Doctor", ["name: text"], "is there already"),
        ("entity", "clinic.Nurse", [], "needs a field"),
        ("entity", "clinic.Nurse", ["name"], "is no field"),
        ("entity", "clinic.Nurse", ["a: int", "a: int"], "given twice"),
        ("entity", "identity.Nurse", ["name: text"], "ready-made"),
        ("field", "clinic.Docter.room", ["room: text"], "did you mean Doctor"),
        ("field", "clinc.Doctor.room", ["room: text"], "did you mean clinic"),
        ("field", "clinic.Doctor.name", ["name: text"], "is there already"),
    ],
)
def test_what_cannot_be_added_is_refused(
    kind: Kind, name: str, words: list[str], said: str
) -> None:
    contexts, _ = read(clinic())
    with pytest.raises(EditRefused, match=said):
        adding(contexts, place_of(kind, name), words)


def test_what_is_not_there_is_neither_removed_nor_renamed() -> None:
    contexts, model = read(clinic())
    with pytest.raises(EditRefused, match="did you mean room"):
        removing(contexts, place_of("field", "clinic.Doctor.roam"))
    with pytest.raises(EditRefused, match="is there already"):
        renaming(contexts, model, place_of("field", "clinic.Doctor.room"), "name")
    with pytest.raises(EditRefused, match="ready-made"):
        renaming(contexts, model, place_of("context", "identity"), "people")
    with pytest.raises(EditRefused, match="no name of an entity"):
        place_of("entity", "Doctor")


def test_a_removed_field_leaves_the_lists_that_name_it() -> None:
    contexts, _ = read(clinic())
    place = place_of("field", "clinic.Doctor.name")
    changed = edited_contexts(clinic(), "a.yaml", lambda _: removing(contexts, place))
    doctor = parse_document(changed, "a.yaml").data["contexts"]["clinic"]["entities"]["Doctor"]
    assert "name" not in doctor["fields"]
    assert doctor["list"] == {"filter": ["speciality"]}


def test_a_list_without_a_field_is_no_list() -> None:
    text = """contexts:
  sheds:
    entities:
      Tool:
        fields:
          name: text(1..9) = 'x'
          use: text(1..9) = 'x'
        commands:
          create:
            takes: [name]
            by: admin
          update: {takes: [name]}
          sharpen:
            takes:
              - name
            by: admin
          lend: {takes: [name], by: admin}
          paint: {takes: [name, use]}
        list:
          sort: [name]
"""
    contexts, _ = read(text)
    place = place_of("field", "sheds.Tool.name")
    changed = edited_contexts(text, "a.yaml", lambda _: removing(contexts, place))
    tool = read(changed)[0]["sheds"]["entities"]["Tool"]
    assert tool["commands"] == {
        # Those that take every field where nothing is said.
        "create": {"takes": [], "by": "admin"},
        "update": {"takes": []},
        "sharpen": {"by": "admin"},
        "lend": {"by": "admin"},
        "paint": {"takes": ["use"]},
    }
    assert "list" not in tool


@pytest.mark.parametrize(
    ("kind", "name", "to"),
    [
        ("context", "clinic", "practice"),
        ("entity", "clinic.Doctor", "Physician"),
        ("entity", "clinic.Doctor", "clinic.Physician"),
        ("field", "clinic.Doctor.room", "clinic.Doctor.office"),
    ],
)
def test_a_new_name_may_say_where_it_stands(kind: Kind, name: str, to: str) -> None:
    assert place_of(kind, name).renamed(to) == to.rpartition(".")[2]


@pytest.mark.parametrize(
    ("kind", "name", "to"),
    [("context", "clinic", "a.practice"), ("entity", "clinic.Doctor", "billing.Physician")],
)
def test_a_rename_moves_nothing(kind: Kind, name: str, to: str) -> None:
    with pytest.raises(EditRefused, match=f"{to} would not be where {name} is"):
        place_of(kind, name).renamed(to)
