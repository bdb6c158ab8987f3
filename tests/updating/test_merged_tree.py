"""A merge can be clean and wrong: what the user's lines still use is found before it lands."""

import json

from blueprint_cli.domain.model import Model
from blueprint_cli.domain.reading import read_contexts
from blueprint_cli.tree import File, Tree
from blueprint_cli.updating.merged_tree import MergedTree
from tests.updating.conftest import Shop
from tests.updating.scenarios import Files
from tests.updating.test_edits import edit

ROOM = "text(1..9) optional"
DOCTOR = {"fields": {"name": "text(1..9)", "room": ROOM}}
VISIT = {"fields": {"name": "text(1..9)"}, "states": ["open", "closed"],
         "commands": {"create": {}, "close": {"from": "open", "to": "closed"}}}  # fmt: skip


def model(**entities: object) -> Model:
    reading = read_contexts({"clinic": {"entities": entities}})
    assert not reading.mistakes
    return reading.model


def tree(files: dict[str, str]) -> Tree:
    return Tree({path: File(content.encode()) for path, content in files.items()})


def leftovers(
    after: Model, path: str, mine: str, *, old: str = "", new: str = ""
) -> list[tuple[int, str, str]]:
    found = MergedTree(
        merged={path: (new + mine).encode()},
        changed=frozenset({path}),
        base=tree({path: old, "other.py": old}),
        new=tree({path: new, "other.py": new}),
        before=BEFORE,
        after=after,
    ).look()
    assert not found.unreadable
    return [(one.line, one.name, one.now) for one in found.leftovers]


BEFORE = model(Doctor=DOCTOR, Visit=VISIT)
RENAMED = model(
    Doctor={"fields": {"name": "text(1..9)", "office": "text(1..9) optional was(room)"}},
    Visit=VISIT,
)


def test_names_attributes_keywords_and_whole_strings_are_found_with_their_lines() -> None:
    mine = (
        "def f(row, room):\n"
        "    x = row.room\n"
        "    g(\n        room=1,\n    )\n"
        "    return {'room': room, 'the room': 2}  # room\n"
    )
    found = leftovers(RENAMED, "src/a.py", mine)
    assert found == [(line, "room", "office") for line in (1, 2, 4, 6)]


def test_lines_of_the_render_are_the_templates_own() -> None:
    assert leftovers(RENAMED, "src/a.py", "y = 1\n", new="x = row.room\n") == []


def test_a_name_that_another_thing_has_still_is_looked_for_where_it_belonged() -> None:
    without = model(Doctor={"fields": {"room": ROOM}}, Visit=VISIT)
    mine = "x = row.name\n"
    assert leftovers(without, "src/clinic/domain/visit.py", mine) == []
    assert leftovers(without, "src/clinic/domain/doctor.py", mine) == [(1, "name", "")]


def test_names_that_are_made_of_an_entitys_are_found_where_the_render_has_them_no_more() -> None:
    after = model(Physician={**DOCTOR, "was": "Doctor"}, Visit=VISIT)
    found = leftovers(
        after,
        "src/mine.py",
        "from clinic.domain.doctor import Doctor\nx = CreateDoctor(Visit, doctoral)\n",
        old="class CreateDoctor: ...\ndoctor = 1\n",
        new="class CreatePhysician: ...\n",
    )
    assert found == [
        (2, "Doctor", "Physician"),
        (2, "doctor", ""),
        (3, "CreateDoctor", "CreatePhysician"),
    ]


def test_a_state_and_a_command_are_found() -> None:
    visit = {"fields": VISIT["fields"], "states": ["open", "over"],
             "commands": {"create": {}, "finish": {"from": "open", "to": "over"}}}  # fmt: skip
    found = leftovers(model(Doctor=DOCTOR, Visit=visit), "src/mine.py", "x.close(s == 'closed')\n")
    assert found == [(1, "close", ""), (1, "closed", "")]


def test_a_merge_that_is_no_python_is_named() -> None:
    look = MergedTree(
        merged={"a.py": b"x = 1\ndef f(:\n", "b.py": b"def f(:\n"},
        changed=frozenset({"a.py"}),
        base=tree({}),
        new=tree({}),
        before=BEFORE,
        after=BEFORE,
    ).look()
    assert [(one.path, one.line) for one in look.unreadable] == [("a.py", 2)]
    assert look.finds


def test_a_function_is_open_until_it_is_written() -> None:
    rules = {**DOCTOR, "rules": {"on_duty": None}}
    path, body = "src/clinic/domain/on_duty.py", "def on_duty(row, now, me):\n    "
    for content, is_open in ((f"{body}raise NotImplementedError('x')\n", True),
                             (f"{body}return True\n", False)):  # fmt: skip
        look = MergedTree(
            merged={path: content.encode()},
            changed=frozenset(),
            base=tree({}),
            new=tree({}),
            before=BEFORE,
            after=model(Doctor=rules),
        ).look()
        assert [(one.name, one.path, one.line) for one in look.open] == (
            [("on_duty", path, 2)] if is_open else []
        )
        assert not look.finds


FILES: Files = {
    "src/a.py": "A = 1\n",
    "layers/entity/{entity}.py.jinja": "NAMES = [\n"
    "[%- for one in described[context].entities[entity].fields %]\n"
    "    '[= one.name =]',[% endfor %]\n]\n",
}


def test_a_rename_that_merges_and_leaves_a_use_ends_with_1(shop: Shop) -> None:
    shop.template(
        FILES,
        layers="- {from: files}\n  - {from: layers/entity, to: 'src/{context}', each: entity}",
    )
    shop.new()
    edit(shop, "add", "entity", "clinic.Doctor", "room: text(1..9)")
    shop.edit("src/a.py", "A = 1\n\ndef f(row):\n    return row.room\n")
    shop.commit()
    renamed = ("rename", "field", "clinic.Doctor.room", "office", "--json")
    said = json.loads(edit(shop, *renamed, code=1))
    assert said["leftovers"] == [
        {
            "path": "src/a.py", "line": 4, "name": "room", "what": "field",
            "of": "clinic.Doctor", "now": "office",
        }
    ]  # fmt: skip
    assert said["broken_events"] == []
    assert said["raised_events"] == [
        {"event": f"clinic.{name}.v2", "beside": f"clinic.{name}.v1"}
        for name in ("DoctorCreated", "DoctorChanged")
    ]
    assert '"office"' in shop.read("src/clinic/doctor.py")
