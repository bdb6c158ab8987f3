"""Edits of a text change the places that they concern, and no other byte."""

import pytest

from blueprint_cli.domain.edits import Edit, Put, Rekey, Remove
from blueprint_cli.errors import SpecInvalid
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.editing import edited, edited_contexts

TEXT = """\
# What it is.
contexts:
  clinic: # ours
    entities:
      # Who treats.
      Doctor:
        fields:
          name:   text(1..120)   # as on the door
          'room': "text(1..10) optional"

          phone: 'text(5..20) /^\\+?[0-9 ]+$/'
        list: {filter: [name, room], sort: [room]}
        commands:
          create:
            takes:
            - name
            - room
  # The end of them.

# Where it runs.
platform: {ci: github}
"""
DOCTOR = ("contexts", "clinic", "entities", "Doctor")


@pytest.mark.parametrize(
    ("edit", "before", "after"),
    [
        (
            Put((*DOCTOR, "fields", "mail"), "email optional"),
            "[0-9 ]+$/'\n",
            "[0-9 ]+$/'\n          mail: email optional\n",
        ),
        (
            Put((*DOCTOR, "list", "search"), ["name"]),
            "sort: [room]",
            "sort: [room], search: [name]",
        ),
        (Put((*DOCTOR, "was"), "Medic", first=True), "Doctor:\n", "Doctor:\n        was: Medic\n"),
        (Put((*DOCTOR, "list", "was"), "x", first=True), "list: {", "list: {was: x, "),
        (Put((*DOCTOR, "fields", "name"), "text(1..9)"), "text(1..120) ", "text(1..9) "),
        (Put((*DOCTOR, "fields", "room"), "int"), '"text(1..10) optional"', '"int"'),
        (Put((*DOCTOR, "list", "filter", 0), "title"), "[name, room]", "[title, room]"),
        (
            Put(("contexts", "billing"), {"entities": {}}),
            "            - room\n",
            "            - room\n  billing:\n    entities: {}\n",
        ),
        (Rekey((*DOCTOR, "fields", "room"), "office"), "'room':", "office:"),
        (Rekey(("contexts", "clinic"), "practice"), "  clinic: #", "  practice: #"),
        (
            Remove((*DOCTOR, "fields", "name")),
            "          name:   text(1..120)   # as on the door\n",
            "",
        ),
        (Remove((*DOCTOR, "list", "filter", 0)), "[name, room]", "[room]"),
        (Remove((*DOCTOR, "list", "filter", 1)), "[name, room]", "[name]"),
        (Remove((*DOCTOR, "list", "sort", 0)), "[room]}", "[]}"),
        (Remove((*DOCTOR, "list", "sort")), ", sort: [room]", ""),
        (Remove((*DOCTOR, "commands", "create", "takes", 0)), "            - name\n", ""),
        (Put(("platform", "ci"), "none"), "github", "none"),
        (Put(("platform", "deploy"), []), "github", "github, deploy: []"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_edit_changes_its_place_alone(edit: Edit, before: str, after: str, newline: str) -> None:
    text = TEXT.replace("\n", newline)
    before, after = before.replace("\n", newline), after.replace("\n", newline)
    assert before in text
    assert edited(text, "blueprint.yaml", [edit]) == text.replace(before, after, 1)


def test_what_is_last_of_a_mapping_leaves_it_empty_and_takes_its_comment_along() -> None:
    changed = edited(TEXT, "blueprint.yaml", [Remove(DOCTOR)])
    clinic = TEXT[TEXT.index("\n      # Who") : TEXT.index("\n  # The end")]
    assert changed == TEXT.replace(clinic, " {}")


def test_an_empty_mapping_becomes_a_block() -> None:
    text = "contexts:\n  clinic:\n    entities: {}   # soon\n"
    edit = Put(("contexts", "clinic", "entities"), {"Doctor": {"fields": {"name": "text"}}})
    assert edited(text, "a.yaml", [edit]) == (
        "contexts:\n  clinic:\n    entities:\n      Doctor:\n        fields:\n"
        "          name: text   # soon\n"
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("text(1..120) optional", "text(1..120) optional"),
        ("ref other.Entity once", "ref other.Entity once"),
        ("[Label] optional", "'[Label] optional'"),
        ("text /it's/", "'text /it''s/'"),
        ("no", "'no'"),
        ("text = 'a: b'", "'text = ''a: b'''"),
        ("a > 3 and b", "a > 3 and b"),
        ("x: 1", "'x: 1'"),
        ("é", "'é'"),
    ],
)
def test_a_value_reads_as_what_it_was(value: str, written: str) -> None:
    changed = edited("a: {b: int}\n", "a.yaml", [Put(("a", "c"), value)])
    assert changed == f"a: {{b: int, c: {written}}}\n"
    assert parse_document(changed, "a.yaml").data == {"a": {"b": "int", "c": value}}


def test_what_an_alias_repeats_is_not_edited() -> None:
    text = "a: &one {b: c}\nd: *one\n"
    with pytest.raises(SpecInvalid, match="cannot be edited"):
        edited(text, "a.yaml", [Put(("d", "b"), "e")])


def test_a_document_without_contexts_gets_the_default_ones() -> None:
    text = "blueprint: 1\nproject: {name: shop}\npattern: monolith\n"
    changed = edited_contexts(text, "a.yaml", lambda _: [Put(("clinic",), {"entities": {}})])
    assert changed.startswith(text)
    assert {"identity", "clinic"} <= parse_document(changed, "a.yaml").data["contexts"].keys()
