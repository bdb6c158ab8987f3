"""Events of later versions where a changed description would break their readers."""

from typing import Any

import pytest
from ruamel.yaml import YAML

from blueprint_cli.domain.edits import Kind
from blueprint_cli.domain.event_changes import broken_events, raised_events, type_of
from blueprint_cli.domain.model import Event, Model
from blueprint_cli.domain.reading import read_contexts
from blueprint_cli.updating.editing import rename, with_raised_events

CLINIC = """\
contexts:
  identity: {}
  notifications: {}
  clinic:
    types: {Address: {street: text, town: text}}
    entities:
      Doctor:  # the entity
        fields:
          name: text(1..120)  # of the field
          address: Address
          rank: int optional
      Visit:
        fields: {doctor: ref Doctor, starts_at: datetime, note: text optional}
        commands:
          create: {takes: [doctor, starts_at], emits: VisitBooked}
          # Moves it.
          move: {takes: [starts_at], emits: VisitMoved}
  billing:
    entities:
      Bill:
        fields: {visit: ref clinic.Visit, day: datetime}
        commands: {create: {by: system}}
    reactions:
      - {when: clinic.VisitBooked, do: Bill.create, with: {visit: id, day: starts_at}}
"""
MOVED = (
    "move: {takes: [begins_at], emits: VisitMoved.v2, "
    "former: {VisitMoved.v1: {starts_at: begins_at}}}"
)


def contexts_of(text: str) -> dict[str, Any]:
    contexts: dict[str, Any] = YAML(typ="safe").load(text)["contexts"]
    return contexts


def model(text: str) -> Model:
    reading = read_contexts(contexts_of(text))
    assert not reading.mistakes, reading.mistakes
    return reading.model


def updated(before: str, after: str) -> str:
    """What `update` makes of an edited text."""
    return with_raised_events(after, model(before), model(after)) or after


def renamed(text: str, kind: Kind, name: str, to: str) -> str:
    return updated(text, rename(kind, name, to)(text))


def published(text: str) -> dict[str, Event]:
    return {type_of(one): one for one in model(text).events}


def keys(text: str, event: str) -> dict[str, str]:
    """The keys of an event, each with the one of today that it holds."""
    return {one.name: one.holds or one.name for one in published(text)[event].fields}


def test_a_renamed_field_is_published_under_both_names() -> None:
    text = renamed(CLINIC, "field", "clinic.Visit.starts_at", "begins_at")
    assert "          # Moves it.\n" in text
    assert MOVED in text
    assert {"begins_at": "begins_at"}.items() <= keys(text, "clinic.VisitBooked.v2").items()
    assert keys(text, "clinic.VisitBooked.v1")["starts_at"] == "begins_at"
    assert published(text)["clinic.VisitBooked.v1"].former_of is not None
    assert broken_events(model(CLINIC), model(text)) == ()
    assert [(one.event, one.beside) for one in raised_events(model(CLINIC), model(text))] == [
        (f"clinic.{name}.v2", f"clinic.{name}.v1") for name in ("VisitBooked", "VisitMoved")
    ]


def test_a_reaction_moves_to_the_later_version() -> None:
    text = renamed(CLINIC, "field", "clinic.Visit.starts_at", "begins_at")
    assert (
        "{when: clinic.VisitBooked.v2, do: Bill.create, with: {visit: id, day: begins_at}}" in text
    )


def test_commands_that_every_entity_has_are_written_out() -> None:
    text = renamed(CLINIC, "field", "clinic.Doctor.name", "title")
    assert "      Doctor:  # the entity\n" in text
    assert "          title: text(1..120) was(name)  # of the field\n" in text
    assert contexts_of(text)["clinic"]["entities"]["Doctor"]["commands"] == {
        "create": {"emits": "DoctorCreated.v2", "former": {"DoctorCreated.v1": {"name": "title"}}},
        "update": {"emits": "DoctorChanged.v2", "former": {"DoctorChanged.v1": {"name": "title"}}},
        "delete": {},
    }
    assert "clinic.DoctorDeleted.v1" in published(text)


def test_a_second_rename_raises_again_and_all_versions_are_published() -> None:
    first = renamed(CLINIC, "field", "clinic.Visit.starts_at", "begins_at")
    text = renamed(first, "field", "clinic.Visit.begins_at", "opens_at")
    assert keys(text, "clinic.VisitMoved.v3")["opens_at"] == "opens_at"
    assert keys(text, "clinic.VisitMoved.v2")["begins_at"] == "opens_at"
    assert keys(text, "clinic.VisitMoved.v1")["starts_at"] == "opens_at"
    assert broken_events(model(first), model(text)) == ()
    other = renamed(first, "field", "clinic.Visit.doctor", "physician")
    assert {"physician", "starts_at"} & keys(other, "clinic.VisitMoved.v3").keys() == {"physician"}
    assert {"doctor": "physician", "begins_at": "begins_at"}.items() <= (
        keys(other, "clinic.VisitMoved.v2").items()
    )
    assert {"doctor": "physician", "starts_at": "begins_at"}.items() <= (
        keys(other, "clinic.VisitMoved.v1").items()
    )


def test_a_former_version_ends_with_the_former_name() -> None:
    raised = renamed(CLINIC, "field", "clinic.Visit.starts_at", "begins_at")
    text = updated(raised, raised.replace(" was(starts_at)", ""))
    assert "former" not in text
    assert "emits: VisitMoved.v2" in text
    ended = [(one.event, one.why) for one in broken_events(model(raised), model(text))]
    assert ended == [
        (f"clinic.{name}.v1", "is not published any more") for name in ("VisitBooked", "VisitMoved")
    ]
    assert updated(text, text) == text


def test_taken_out_by_hand_a_former_version_is_not_brought_back() -> None:
    raised = renamed(CLINIC, "field", "clinic.Visit.starts_at", "begins_at")
    by_hand = raised.replace(", former: {VisitMoved.v1: {starts_at: begins_at}}", "")
    assert updated(raised, by_hand) == by_hand


def test_what_is_new_and_mandatory_is_left_out_of_the_former_version() -> None:
    text = updated(
        CLINIC, CLINIC.replace("rank: int optional", "rank: int optional\n          seats: int = 1")
    )
    assert "seats" in keys(text, "clinic.DoctorCreated.v2")
    assert "seats" not in keys(text, "clinic.DoctorCreated.v1")
    assert broken_events(model(CLINIC), model(text)) == ()
    more = updated(text, text.replace("seats: int = 1", "seats: int = 1\n          beds: int = 1"))
    assert {"seats", "beds"} <= keys(more, "clinic.DoctorCreated.v3").keys()
    assert {"seats", "beds"} & keys(more, "clinic.DoctorCreated.v2").keys() == {"seats"}
    assert not {"seats", "beds"} & keys(more, "clinic.DoctorCreated.v1").keys()
    assert broken_events(model(text), model(more)) == ()


def test_events_of_a_renamed_entity_are_published_under_both_names() -> None:
    text = renamed(CLINIC, "entity", "clinic.Doctor", "Physician")
    assert keys(text, "clinic.DoctorCreated.v1") == keys(text, "clinic.PhysicianCreated.v1")
    assert keys(text, "clinic.DoctorDeleted.v1") == keys(text, "clinic.PhysicianDeleted.v1")
    later = renamed(text, "field", "clinic.Physician.name", "title")
    assert keys(later, "clinic.DoctorCreated.v1")["name"] == "title"
    assert keys(later, "clinic.PhysicianCreated.v1")["name"] == "title"
    over = updated(text, text.replace("        was: Doctor\n", ""))
    assert "former" not in over


def test_a_version_that_was_raised_by_hand_is_published_beside_the_former_one() -> None:
    by_hand = CLINIC.replace("emits: VisitMoved", "emits: VisitMoved.v4")
    text = updated(CLINIC, by_hand)
    assert "emits: VisitMoved.v4, former: {VisitMoved.v1: {}}" in text


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("          rank: int optional\n", "", "rank is gone from its data"),
        ("rank: int optional", "rank: text optional", "rank was int and is text"),
        ("name: text(1..120)", "name: text(1..120) optional", "name can be null now"),
        ("street: text", "road: text", "street is gone from address"),
    ],
)
def test_what_cannot_be_published_as_it_was_is_told(before: str, after: str, why: str) -> None:
    changed = CLINIC.replace(before, after)
    assert updated(CLINIC, changed) == changed
    assert why in [one.why for one in broken_events(model(CLINIC), model(changed))]


@pytest.mark.parametrize(
    ("former", "path", "message"),
    [
        ("{VisitMoved.v1: {starts: begins}}", ("VisitMoved.v1", "starts"), "has no begins"),
        ("{VisitMoved.v1: {at: starts_at}}", ("VisitMoved.v1", "at"), "would stand twice"),
        ("{VisitMoved.v1: {note: }}", ("VisitMoved.v1", "note"), "has no note"),
        ("{VisitBooked.v1: {}}", ("VisitBooked.v1",), "is emitted by a command"),
        ("{VisitMoved.v2: {}}", ("VisitMoved.v2",), "is emitted by a command"),
        ("{visit.v1: {}}", ("visit.v1",), "no event can be called that"),
    ],
)
def test_mistakes_in_former_events_are_told(
    former: str, path: tuple[str, ...], message: str
) -> None:
    text = CLINIC.replace("emits: VisitMoved", f"emits: VisitMoved.v2, former: {former}")
    (mistake,) = read_contexts(contexts_of(text)).mistakes
    assert mistake.path[-len(path) - 1 :] == ("former", *path)
    assert message in mistake.message


def test_nothing_is_published_beside_what_is_not_told() -> None:
    text = CLINIC.replace(", emits: VisitMoved", ", former: {VisitMoved.v1: {}}")
    (mistake,) = read_contexts(contexts_of(text)).mistakes
    assert "emits nothing" in mistake.message


def test_no_reaction_is_to_what_is_there_for_older_readers() -> None:
    text = renamed(CLINIC, "field", "clinic.Visit.starts_at", "begins_at")
    (mistake, *_) = read_contexts(
        contexts_of(text.replace("VisitBooked.v2, do", "VisitBooked, do"))
    ).mistakes
    assert "nobody emits clinic.VisitBooked; did you mean clinic.VisitBooked.v2?" in mistake.message
