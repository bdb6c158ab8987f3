"""Tests that come with described contexts: they pass, and a mistake in the code fails them."""

import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from blueprint_cli.domain.open_functions import OpenFunction, open_functions
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.model import Spec
from blueprint_cli.spec.reading import validate
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.templates.render import render
from blueprint_cli.tree import File, Tree, write_tree

STRANGE = (Path(__file__).parents[1] / "described/strange.yaml").read_text() + "pattern: monolith\n"
DOMAIN = "src/odd_things/domain"
# What the kit's messages need of a package that only projects have.
TRACING = b"def outgoing_headers(key: str) -> dict[str, str]:\n    return {}\n"
SETTINGS = b"""
[pytest]
addopts = --import-mode=importlib -q -p no:cacheprovider
pythonpath = src .
filterwarnings = error
"""
UNBREAKABLE = """
blueprint: 1
project: {name: odd}
pattern: monolith
contexts:
  identity: {}
  notifications: {}
  counting:
    entities:
      Tally:
        fields: {count: int(0..9)}
        rules: {itself: "count + 1 > count"}
        commands:
          create: {takes: [count], by: user}
          close: {needs: {never: "count < 0"}, by: user}
          open: {needs: {some: "count > 1", again: "count > 1"}, by: user}
      Gate:
        fields: {note: text(0..9) optional}
        states: [shut, open]
        commands:
          create: {by: user}
          open: {from: shut, to: open, by: user}
          look: {from: [shut, open], needs: {opened: "status == 'open'"}, by: user}
          paint:
            takes: [note]
            from: [shut, open]
            needs: {bare: "status == 'shut' or note is None"}
            by: user
"""
SCARCE = """
blueprint: 1
project: {name: scarce}
pattern: monolith
contexts:
  identity: {roles: [usher]}
  notifications: {}
  halls:
    entities:
      Seat:
        fields:
          label: text(1..9)
          rank: int(1..3) unique optional
          guest: ref identity.User unique optional
        commands:
          create: {takes: [label, rank, guest], by: user}
          greet: {needs: {yours: "guest == me"}, by: usher}
          honour: {sets: {rank: 1}, by: usher}
          offer: {sets: {guest: me}, by: usher}
          empty: {sets: {guest: None}, by: usher}
      Ticket:
        fields: {price: int(0..9), number: int(0..) optional unique, place: text(1..5) optional}
        unique: {sold_already: "place"}
        rules: {dear: "number is None or number >= 15"}
        commands:
          create: {takes: [price], by: user}
          sell: {takes: [number, place], by: usher}
"""
SHARED = """
blueprint: 1
project: {name: shared}
pattern: monolith
contexts:
  identity: {}
  notifications: {}
  halls:
    entities:
      Seat:
        fields: {label: text(1..9), count: int(0..) = 0, late: bool = false}
        commands:
          create: {takes: [label], by: user, emits: SeatMade}
          count: {sets: {count: count + 1}, by: system}
          mark: {sets: {late: true}, by: system}
          close: {sets: {late: false}, by: system}
    reactions:
      - {when: halls.SeatMade, do: Seat.count, of: id}
      - {when: halls.SeatMade, do: Seat.mark, of: id}
      - {when: halls.SeatMade, needs: "label == 'x'", do: Seat.close, of: id}
"""
ANSWERED = """
blueprint: 1
project: {name: answered}
pattern: monolith
contexts:
  identity: {}
  notifications: {}
  letters:
    entities:
      Letter:
        fields: {text: text(1..9), answer: ref Answer optional}
        access: {read: user, create: user, delete: user}
      Answer:
        fields: {letter: ref Letter optional, text: text(1..9)}
        commands: {create: {takes: [letter, text], by: [system, user]}, delete: {by: user}}
        access: {read: user}
    reactions:
      - {when: letters.LetterCreated, do: Answer.create, with: {letter: id, text: "'thanks'"}}
  copies:
    entities:
      Copy:
        fields: {text: text(1..9)}
        commands: {create: {takes: [text], by: system}}
        access: {read: user}
    reactions:
      - {when: letters.LetterCreated, do: Copy.create, with: {text: text}}
"""
PASSED_ON = """
blueprint: 1
project: {name: leases}
pattern: monolith
contexts:
  identity: {roles: [agent, chief]}
  notifications: {}
  leases:
    entities:
      Lease:
        fields:
          lessee: ref identity.User
          since: date
          till: date optional
          plate: text(1..9) unique
          code: text(1..9)
          tags: '[text(1..9)] optional'
        owner: lessee
        states: [running, over]
        unique: {one_at_a_time: "lessee, since..till"}
        rules: {code_is_not_plate: "code != plate", short: "len(plate) < 9"}
        commands:
          create: {takes: [lessee, since, till, plate, code, tags], by: agent}
          accept: {needs: {for_oneself: "lessee == me"}, by: [owner, agent]}
          pass_on:
            takes: [lessee]
            needs: {to_another: "lessee != me", nobody: known(lessee)}
            by: owner
          end: {from: running, to: over, sets: {tags: "None"}, by: owner, emits: LeaseEnded}
          delete: {from: over, by: owner}
        access: {read: [owner, agent]}
      Key:
        fields: {holder: ref identity.User optional}
        owner: holder
        commands:
          create: {takes: [], by: agent}
          hand_on:
            takes: [holder]
            needs: {somebody: "holder is not None", to_another: "holder != me"}
            by: [chief, agent]
        access: {read: user}
      Profile:
        fields: {member: ref identity.User unique once, text: text(1..9)}
        owner: member
        commands: {create: {takes: [text], by: agent}, rewrite: {takes: [text], by: owner}}
        access: {read: user}
      Visit:
        fields: {visitor: ref identity.User, since: date}
        owner: visitor
        commands:
          create: {takes: [since], needs: {agents_only: "me.role == 'agent'"}, by: user}
        access: {read: owner}
      Pledge:
        fields:
          payer: ref identity.User
          backer: ref identity.User optional
          motto: 'text(1..40) = "It is: O''Neill"'
        owner: payer
        commands:
          create: {takes: [payer], by: [owner, agent]}
          back: {takes: [backer], by: agent}
          waive: {needs: {own: "payer != me", unknown: known(backer)}, by: agent}
        access: {read: agent}
"""
PLANTED = {
    f"{DOMAIN}/order.py": [("row.timedelta > timedelta(hours=8)", "row.timedelta > timedelta(9)")],
    f"{DOMAIN}/box.py": [
        ("row.weight * 2 >= 300", "row.weight * 2 > 300"),
        ("row.until <= row.since", "row.until < row.since"),
    ],
    f"{DOMAIN}/category.py": [
        ("status=CategoryStatus.SHOWN", "status=CategoryStatus.GONE"),
        ("if not told_so(self, now, me):", "if not callable(told_so):"),
        ("{CategoryStatus.DRAFT, CategoryStatus.SHOWN}", "set(CategoryStatus)"),
    ],
    f"{DOMAIN}/wish.py": [("and not product_is_known:", "and product_is_known is None:")],
    "src/odd_things/adapters/publishing.py": [("text=event.text", "text=str(event.id)")],
}


def spec_of(text: str) -> Spec:
    document = parse_document(text, "blueprint.yaml")
    return validate(document.data, document)


def open_in(text: str, tree: Tree) -> tuple[OpenFunction, ...]:
    return open_functions(spec_of(text).domain, tree, lambda path: tree[path].content)


@pytest.fixture(scope="module")
def strange() -> Tree:
    return render(spec_of(STRANGE), find_template("monolith"))


def failed(tree: Tree, folder: Path) -> set[str]:
    kept = {
        path: file
        for path, file in tree.items()
        if path.startswith(("src/odd_things/", "src/contracts/", "src/kit/", "tests/odd_things/"))
    }
    kept["src/kit/tracing.py"] = File(TRACING)
    write_tree(Tree({**kept, "pytest.ini": File(SETTINGS)}), folder)
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "tests"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode in {0, 1}, ended.stdout + ended.stderr
    return set(re.findall(r"^FAILED tests/odd_things/(\S+)", ended.stdout, re.MULTILINE))


def test_they_pass_but_for_what_the_owner_writes(strange: Tree, tmp_path: Path) -> None:
    assert {one.name for one in open_in(STRANGE, strange)} == {"told_so"}
    assert failed(strange, tmp_path / "strange") == {
        "test_told_so.py::test_told_so_answers_for_a_category"
    }


def test_each_planted_mistake_fails_its_test(strange: Tree, tmp_path: Path) -> None:
    planted = dict(strange)
    for path, changes in PLANTED.items():
        source = planted[path].content.decode()
        for right, wrong in changes:
            assert right in source, right
            source = source.replace(right, wrong)
        planted[path] = replace(planted[path], content=source.encode())
    found = failed(Tree(planted), tmp_path / "strange")
    assert found >= {
        "test_order.py::test_create_at_and_over_short_pause",
        "test_order.py::test_update_at_and_over_short_pause",
        "test_box.py::test_heavier_at_and_over_light",
        "test_box.py::test_create_at_and_over_the_order_of_a_span_2",
        "test_category.py::test_show[draft]",
        "test_category.py::test_hide_needs_told_so",
        "test_category.py::test_update_is_refused_in_other_states[gone]",
        "test_wish.py::test_create_at_and_over_no_such_product",
        "test_wish.py::test_create",
    }
    assert not {one for one in found if "test_group" in one or "test_table" in one}


def test_what_is_not_found_is_to_be_written_and_listed() -> None:
    tree = render(spec_of(UNBREAKABLE), find_template("monolith"))
    path = "tests/counting/test_tally.py"
    lines = tree[path].content.decode().splitlines()
    found = open_in(UNBREAKABLE, tree)
    assert [(one.name, one.path) for one in found] == [
        ("test_close", path),
        ("test_at_and_over_itself", path),
    ]
    for one in found:
        assert lines[one.line - 1].startswith(f"# to be written: {one.name}, no row was found for")
    assert not any("pytest.fail" in line for line in lines)  # a project begins with no failing test
    gate = tree["tests/counting/test_gate.py"].content.decode()
    assert "def test_look_at_and_over_opened(" in gate
    assert "def test_paint_at_and_over_bare(" in gate
    written = {path: File(tree[path].content + b"\n\ndef test_close() -> None:\n    ...\n")}
    assert [one.name for one in open_in(UNBREAKABLE, Tree({**tree, **written}))] == [
        "test_at_and_over_itself"
    ]


def test_the_suite_makes_no_more_rows_than_what_only_one_may_have_allows() -> None:
    tree = render(spec_of(SCARCE), find_template("monolith"))
    rows = tree["tests/blackbox/halls_rows.py"].content.decode()
    assert '"rank": None,' in rows
    # There is one usher, who can be the guest of one seat.
    assert "def create_seat(" in rows
    assert "def greet_seat(" not in rows
    # Each row would have rank 1, and the usher as its guest.
    assert "def honour_seat(" not in rows
    assert "def offer_seat(" not in rows
    assert "def empty_seat(" in rows
    # What a new row is not given, and what a rule wants to be more.
    assert '"number": drawn_number(1000, ' in rows
    assert '"place": letters(5)' in rows


def test_rows_to_try_it_with_come_after_what_they_refer_to(strange: Tree) -> None:
    module = examples_of(strange)
    noon = datetime(2027, 3, 1, 12, tzinfo=UTC)
    there: set[str] = set()
    for row in module["examples"](noon):
        assert row.by in module["USERS"]
        for value in row.body.values():
            if isinstance(value, module["Row"]):
                assert value.name in there
            if isinstance(value, module["User"]):
                assert value.name in module["USERS"]
        there.add(row.name)
    assert {"group 3", "order 3", "box 3", "wish 3", "request 3"} <= there
    box = next(row.body for row in module["examples"](noon) if row.name == "box 1")
    assert box["holder"] == module["User"]("owner")
    assert box["since"] == "2027-03-17"


def examples_of(tree: Tree) -> dict[str, Any]:
    module: dict[str, Any] = {"__name__": __name__}
    exec(tree["tests/examples.py"].content, module)  # noqa: S102 - what we rendered
    return module


def test_rows_to_try_it_with_refer_to_rows_and_belong_to_people_apart() -> None:
    text = """
blueprint: 1
project: {name: chess}
pattern: monolith
contexts:
  identity: {}
  notifications: {}
  chess:
    types: {Seat: {table: int(1..9), since: datetime}}
    entities:
      Player:
        fields: {account: ref identity.User unique once, seat: Seat}
        owner: account
        rules: {was_there: "seat.since <= now"}
        access: {read: anyone, create: user}
      Game:
        fields: {white: ref Player, black: ref Player}
        rules: {two: "white != black"}
        access: {read: anyone, create: user}
      Lone: {fields: {only: ref Player unique}, access: {read: anyone, create: user}}
      Pair:
        fields: {one: ref Board, other: ref Board}
        rules: {two: "one != other"}
        access: {read: anyone, create: user}
      Board:
        fields: {maker: ref identity.User, serial: int(1..1)}
        owner: maker
        unique: {has_one: maker, the_same: "serial"}
        commands: {create: {sets: {serial: "1"}, by: user}}
        access: {read: anyone}
"""
    module = examples_of(render(spec_of(text), find_template("monolith")))
    noon = datetime(2027, 3, 1, 12, tzinfo=UTC)
    rows = {row.name: row for row in module["examples"](noon)}
    assert [rows[f"player {number}"].by for number in (1, 2, 3)] == ["owner", "owner-2", "owner-3"]
    assert set(module["USERS"]) == {"owner", "owner-2", "owner-3"}
    assert rows["player 1"].body["seat"] == {"table": 1, "since": "2027-03-01T12:00:00+00:00"}
    row = module["Row"]
    assert rows["game 3"].body == {"white": row("player 3"), "black": row("player 1")}
    # There can be one board alone, so no pair of two.
    assert "board 2" not in rows
    assert "pair 1" not in rows


def test_each_reaction_is_delivered_twice_after_an_event_that_concerns_it() -> None:
    example = (Path(__file__).parents[2] / "templates/examples/telemetry.yaml").read_text()
    activating = (
        "    reactions:\n      - {when: alarms.AlarmRaised, do: Device.activate, of: device}\n"
    )
    text = example.replace("  readings:\n", f"{activating}  readings:\n", 1)
    tree = render(spec_of(f"{text}pattern: monolith\n"), find_template("monolith"))
    alarms = tree["tests/alarms/test_messages.py"].content.decode()
    assert "async def test_create_alarm_after_reading_taken(" in alarms
    assert re.search(r'metric="temperature",\s+value=Decimal\("80.001"\)', alarms)
    fleet = tree["tests/fleet/test_messages.py"].content.decode()
    assert "await work.devices.add(a_device())" in fleet
    assert "device=ID," in fleet
    assert "tests/readings/test_messages.py" not in tree


def test_what_reactions_make_is_not_mistaken_for_what_a_test_makes() -> None:
    tree = render(spec_of(ANSWERED), find_template("monolith"))
    suite = tree["tests/blackbox/test_letters_letter.py"].content.decode()
    assert "def test_letter_created_makes_answer(" in suite
    # Each copy is like those of other tests, and a letter is answered before it is deleted, or not.
    assert "makes_copy" not in suite
    assert "delete_letter" not in suite
    assert "delete_answer" in tree["tests/blackbox/test_letters_answer.py"].content.decode()


@pytest.mark.parametrize("store", ["postgresql", "mysql"])
def test_tables_that_refer_to_each_other_can_be_sorted(store: str) -> None:
    text = ANSWERED.replace("  letters:\n", f"  letters:\n    store: {store}\n", 1)
    tree = render(spec_of(text), find_template("monolith"))
    tables = tree["src/letters/adapters/tables.py"].content.decode()
    keys = re.findall(r"ForeignKey\(([^)]*)\)", tables)
    assert len(keys) == 2
    assert ["use_alter=True" in one for one in keys].count(True) == 1


def test_a_row_has_what_it_is_refused_for() -> None:
    tree = render(spec_of(PASSED_ON), find_template("monolith"))
    rows = tree["tests/blackbox/leases_rows.py"].content.decode()
    _, _, passing_on = rows.partition("def pass_on_lease(")
    assert '"lessee": people.newcomer().id' in passing_on
    suite = tree["tests/blackbox/test_leases_lease.py"].content.decode()
    assert "def test_short_of_create(" in suite
    # The plate is another in each row, and whom a row belongs to is who accepts it.
    assert "code_is_not_plate" not in suite
    assert "for_oneself" not in suite
    coming, _, _ = suite.partition("def test_pages_while_rows_come_and_go")
    assert "delete_lease(people, rows.pop())" not in coming
    ending = tree["tests/leases/test_lease.py"].content.decode()
    assert re.search(r'"tags": None,\n +}', ending)
    keys = tree["tests/blackbox/test_leases_key.py"].content.decode()
    # The agent has the key already.
    assert re.search(r"hand_on_key,\s+{[^}]*OWNER: 409,[^}]*\"agent\": 409,\s+\"chief\": 200", keys)
    # There is one agent, and so one profile.
    assert "tests/blackbox/test_leases_profile.py" not in tree
    visiting = rows.partition("def create_visit(")[2].partition("def ")[0]
    assert 'people["agent"]' in visiting
    # Only its payer makes a pledge, who is not the agent.
    pledges = tree["tests/blackbox/test_leases_pledge.py"].content.decode()
    assert "def test_own_of_waive" not in pledges
    known = tree["tests/leases/test_pledge.py"].content.decode().partition("_over_unknown")[2]
    assert "backer=" in known.partition("def test")[0]
    # Alembic puts a text in quotes and leaves those that it holds as they are.
    tables = tree["src/leases/adapters/tables.py"].content.decode()
    assert r"""server_default=text("'It is\\: O''Neill'")""" in tables


def test_chaos_is_of_rows_that_can_be_made() -> None:
    text = PASSED_ON.replace("pattern: monolith", "pattern: microservices")
    tree = render(spec_of(text), find_template("microservices"))
    chaos = tree["tests/chaos/test_rows.py"].content.decode()
    assert "Case(leases_rows.create_lease," in chaos
    assert "profile" not in chaos


def test_the_suite_waits_for_each_row_that_others_have_to_know() -> None:
    text = """
blueprint: 1
project: {name: tickets}
pattern: event-driven
contexts:
  identity: {}
  notifications: {}
  halls:
    entities:
      Hall: {fields: {name: text(1..9)}, access: {read: anyone, create: admin}}
      Seat: {fields: {row: int(1..9)}, access: {read: anyone, create: admin}}
  sales:
    entities:
      Ticket:
        fields: {hall: ref halls.Hall, seat: ref halls.Seat}
        commands:
          create:
            takes: [hall, seat]
            needs: {no_hall: known(hall), no_seat: known(seat)}
            by: admin
        access: {read: admin}
"""
    tree = render(spec_of(text), find_template("event-driven"))
    rows = tree["tests/blackbox/sales_rows.py"].content.decode()
    assert 'once_known=("no_hall", "no_seat")' in rows


def test_what_is_asked_for_is_known_and_each_row_is_another() -> None:
    text = """
blueprint: 1
project: {name: letters}
pattern: monolith
contexts:
  identity: {}
  notifications: {}
  first:
    entities: {A: {fields: {text: text(1..9)}, access: {read: anyone, create: user}}}
  second:
    entities:
      Copy:
        fields: {of: ref first.A}
        commands: {create: {takes: [of], needs: {unheard_of: known(of)}, by: system}}
        access: {read: user}
      Match:
        plural: matches
        fields: {home: ref first.A, away: ref first.A, winner: ref first.A optional}
        rules: {itself: "home != away"}
        commands:
          create: {takes: [home, away], needs: {a: known(home), b: known(away)}, by: user}
          end: {takes: [winner], needs: {played: "winner == home or winner == away"}, by: user}
        access: {read: user}
      Slot:
        fields:
          a: int
          b: int optional
          c: date
          d: date optional
          order: int
          group: bool
          year: int(2020..2099)
          place: int(1..)
        unique: {ab: "a..b", cd: "c..d", having: "order, group", placed: "year, place"}
        rules: {checks: "order >= 0 or group"}
        access: {read: user, create: user, update: user}
      Flag:
        fields: {up: bool, bold: bool}
        unique: {flown: "up, bold"}
        access: {read: user, create: user}
      Leap:
        fields: {least: int, most: int}
        unique: {leapt: "most, least"}
        rules: {upwards: "most > least and least <= 5"}
        commands:
          create: {takes: [least, most], by: user}
          lower: {takes: [most], needs: {high: "most <= 9"}, by: user}
        access: {read: user}
      Hour:
        fields: {begins: int(0..5), ends: int(0..24) optional}
        unique: {at_once: "begins..ends"}
        access: {read: user, create: user}
    reactions:
      - {when: first.ACreated, do: Copy.create, with: {of: id}}
"""
    tree = render(spec_of(text), find_template("monolith"))
    messages = tree["tests/second/test_messages.py"].content.decode()
    assert "async def test_create_copy_after_a_created(" in messages
    rows = tree["tests/blackbox/second_rows.py"].content.decode()
    for one in ("home", "away"):
        assert f'"{one}": first_rows.new_a(people)["id"]' in rows
    assert '"winner": row["home"]' in rows
    suite = tree["tests/blackbox/test_second_match.py"].content.decode()
    assert "test_itself" not in suite
    # Each span is moved, a year has too few, and what only one row may have is given once.
    assert '"a": 1 + after' in rows
    assert '"c": day(2 + after)' in rows
    assert '"place": drawn_number(1, ' in rows
    assert '"year": 2020' in rows
    lowering = rows.partition("def lower_leap(")[2].partition("def ")[0]
    assert re.search(r'"most": [0-9]+,', lowering)
    # Of flags and hours there are too few for a suite.
    assert '"most": drawn_number(1000, ' in rows
    assert not {f"tests/blackbox/test_second_{one}.py" for one in ("flag", "hour")} & tree.keys()
    slots = tree["tests/blackbox/test_second_slot.py"].content.decode()
    assert slots.count('{"order": 0}).done()') == 1
    # The plural of A is a keyword of Python.
    assert "async def as_(self" in tree["src/second/application/ports.py"].content.decode()


def test_of_two_reactions_to_an_event_neither_is_alone_with_its_row() -> None:
    tree = render(spec_of(SHARED), find_template("monolith"))
    assert tree["tests/halls/test_messages.py"].content.count(b".version > 1") == 3
    one = SHARED.replace("      - {when: halls.SeatMade, do: Seat.mark, of: id}\n", "")
    tree = render(spec_of(one), find_template("monolith"))
    # An ordinary seat is not closed.
    assert tree["tests/halls/test_messages.py"].content.count(b".version == 2") == 1
