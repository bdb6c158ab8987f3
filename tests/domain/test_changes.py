"""What a changed model has no more, and what it calls otherwise."""

from typing import Any

import pytest

from blueprint_cli.domain.changes import Gone, What, changes_between, perhaps_renamed
from blueprint_cli.domain.model import Model
from blueprint_cli.domain.reading import read_contexts

CLINIC: dict[str, Any] = {
    "identity": {},
    "clinic": {
        "types": {"Speciality": ["general", "surgery"], "Place": {"street": "text(1..80)"}},
        "entities": {
            "Doctor": {
                "fields": {"name": "text(1..80)", "room": "text(1..9)", "place": "Place"},
                "rules": {"not_empty": "name != ''"},
                "states": ["here", "away"],
                "commands": {"create": {}, "leave": {"from": "here", "to": "away"}},
            },
        },
    },
}


def read(changed: dict[str, Any]) -> Model:
    clinic = {**CLINIC["clinic"], **changed}
    reading = read_contexts({"identity": {}, "clinic": clinic})
    assert not reading.mistakes, reading.mistakes
    return reading.model


def doctor(**changed: object) -> dict[str, Any]:
    return {"entities": {"Doctor": {**CLINIC["clinic"]["entities"]["Doctor"], **changed}}}


def gone(what: What, name: str, now: str = "", of: str = "Doctor") -> Gone:
    return Gone(what=what, context="clinic", of=of, name=name, now=now)


FIELDS = {"name": "text(1..80)", "place": "Place"}
NO_STATES = {"states": [], "commands": {"create": {}}}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        (doctor(fields=FIELDS), [gone("field", "room")]),
        (
            doctor(fields={**FIELDS, "door": "text(1..9) was(room)"}),
            [gone("field", "room", "door")],
        ),
        # What was named has been renamed long ago.
        (doctor(fields={**FIELDS, "room": "text(1..9) was(door)"}), []),
        (
            doctor(**NO_STATES),
            [
                gone("command", "leave"),
                gone("state", "here"),
                gone("state", "away"),
            ],
        ),
        (doctor(rules={}), [gone("code", "not_empty")]),
        (
            {"types": {**CLINIC["clinic"]["types"], "Speciality": ["general"]}},
            [gone("value", "surgery", of="Speciality")],
        ),
        ({"types": {"Place": {"street": "text(1..80)"}}}, [gone("type", "Speciality", of="")]),
    ],
)
def test_what_is_gone_is_named(changed: dict[str, Any], expected: list[Gone]) -> None:
    found = [one for one in changes_between(read({}), read(changed)) if one.what != "event"]
    assert found == expected


def test_a_renamed_entity_is_compared_with_what_it_was() -> None:
    entity = CLINIC["clinic"]["entities"]["Doctor"]
    renamed = {"entities": {"Physician": {**entity, "fields": FIELDS, "was": "Doctor"}}}
    found = changes_between(read({}), read(renamed))
    assert gone("entity", "Doctor", "Physician", of="") in found
    assert gone("field", "room") in found
    assert "DoctorCreated" in {one.name for one in found if one.what == "event"}


WARD = {"fields": {"label": "text(1..9)", "beds": "int"}}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        (doctor(fields=FIELDS), []),
        (doctor(fields={**FIELDS, "door": "text(1..9)"}), [gone("field", "room", "door")]),
        (doctor(fields={**FIELDS, "door": "text(1..9) was(room)"}), []),
        (doctor(fields={**FIELDS, "door": "text(1..9) optional"}), []),
        # Which of the two it is, nobody knows.
        (doctor(fields={**FIELDS, "door": "text(1..9)", "desk": "text(1..9)"}), []),
        (
            {"entities": {"Nurse": CLINIC["clinic"]["entities"]["Doctor"]}},
            [gone("entity", "Doctor", "Nurse", of="")],
        ),
        ({"entities": {"Ward": WARD}}, []),
    ],
)
def test_what_may_be_renamed_is_alike_and_alone(
    changed: dict[str, Any], expected: list[Gone]
) -> None:
    assert list(perhaps_renamed(read({}), read(changed))) == expected


def test_a_context_of_the_same_entities_may_be_renamed() -> None:
    contexts = {"identity": {}, "surgery": CLINIC["clinic"]}
    (found,) = perhaps_renamed(read({}), read_contexts(contexts).model)
    assert (found.place, found.now) == ("clinic", "surgery")
