"""Which changes of a description break an event for those who read it."""

from typing import Any

import pytest

from blueprint_cli.domain.event_changes import broken_events
from blueprint_cli.domain.model import Model
from blueprint_cli.domain.reading import read_contexts


def model(
    *fields: str, emits: str = "Made", size: str = "{width: int, note: text optional}"
) -> Model:
    told = dict(field.split(": ", 1) for field in fields)
    parts = dict(part.split(": ") for part in size.strip("{}").split(", "))
    entity: dict[str, Any] = {
        "fields": told,
        "commands": {"create": {"takes": list(told), "emits": emits}},
    }
    shop = {"types": {"Size": parts, "Kind": ["a", "b"]}, "entities": {"Box": entity}}
    reading = read_contexts({"identity": {}, "shop": shop})
    assert not reading.mistakes, reading.mistakes
    return reading.model


NEEDED = "has to be there, and older events do not have it"
BEFORE = ("name: text", "size: Size", "kind: Kind", "sizes: [Size]")


@pytest.mark.parametrize(
    ("fields", "size", "why"),
    [
        (("title: text was(name)",), None, ["name is gone from its data", f"title {NEEDED}"]),
        (("name: text optional",), None, ["name can be null now"]),
        (("name: int",), None, ["name was text and is int"]),
        (("name: [text]",), None, ["name was text and is list"]),
        (("name: text", "more: int"), None, [f"more {NEEDED}"]),
        (
            ("name: text",),
            "{width: decimal(4.1), note: text optional}",
            ["width was int and is decimal"] * 2,
        ),
        (("name: text",), "{width: int}", ["note is gone from size", "note is gone from sizes"]),
        (("name: text", "more: int optional"), None, []),
        (
            ("name: text(1..9) unique",),
            "{width: int(1..), note: text optional, more: int optional}",
            [],
        ),
        (("name: email",), None, []),
    ],
)
def test_what_readers_cannot_read_is_said(
    fields: tuple[str, ...], size: str | None, why: list[str]
) -> None:
    after = (*fields, *BEFORE[1:])
    changed = model(*after, **({"size": size} if size else {}))
    found = broken_events(model(*BEFORE), changed)
    assert {one.event for one in found} <= {"shop.Made.v1"}
    assert sorted(one.why for one in found) == sorted(why)


def test_a_later_version_may_be_otherwise_and_the_former_one_is_no_more() -> None:
    (broken,) = broken_events(model("name: text"), model("name: int", emits="Made.v2"))
    assert (broken.event, broken.why) == ("shop.Made.v1", "is not published any more")
