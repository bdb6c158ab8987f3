"""Files of described contexts: which there are, and that they are as formatted as any other."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.reading import validate
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.templates.render import render
from blueprint_cli.tree import Tree, write_tree
from tests.rendered import look_as_ruff

if TYPE_CHECKING:
    from blueprint_cli.spec.model import Spec

ROOT = Path(__file__).parents[2]
DESCRIPTION = """
blueprint: 1
project: {name: harbour}
pattern: monolith
contexts:
  identity: {roles: [pilot]}
  notifications: {}
  catalog: {}
  orders: {}
  quays:
    summary: Where ships lie
    types: {Size: [small, large]}
    entities:
      Berth:
        fields:
          name: text(1..40) unique
          size: Size = 'small'
          order: int(0..) optional
          log: text optional
        access: {read: anyone, create: pilot}
        list: {filter: [size, order, log], sort: [name, order], search: [name]}
      Stay:
        fields:
          berth: ref Berth
          ship: text(1..80)
          begins_at: datetime
          ends_at: datetime optional
        unique: {berth_taken: "berth, begins_at..ends_at where status == 'planned'"}
        rules: {in_daylight: }
        states: [planned, over]
        commands:
          create: {takes: [berth, ship, begins_at, ends_at], by: pilot}
          end: {from: planned, to: over, sets: {ends_at: now}, by: pilot, emits: StayEnded}
        list: {filter: [berth, ship, status], sort: [ends_at, ship, begins_at]}
"""
# Names that the code around has, and entities that lack what others have.
NAMES = """
blueprint: 1
project: {name: names}
pattern: monolith
contexts:
  identity: {roles: [clerk]}
  notifications: {}
  catalog: {}
  orders: {}
  parts:
    entities:
      Clock: {fields: {tick: int, type: ref Class optional}, access: {read: anyone, update: anyone}}
      Transaction:
        fields: {event: ref Event, values: ref Work optional, token: text secret = 'none'}
        access: {create: anyone, update: anyone}
      Event: {fields: {day: "date = '2024-02-29'", at_once: "datetime = '2024-02-29T12:00:00Z'"}}
      Work: {fields: {seen: ref Work optional}}
      Warning: {fields: {level: int(0..)}, commands: {create: {takes: [level], by: system}}}
      Claim:
        fields: {who: ref identity.User optional, badge: ref Badge optional}
        owner: who
        commands: {create: {takes: [who, badge], by: owner}}
        access: {read: user}
        list: {filter: [badge]}
      Holder:
        fields: {badge: ref Badge optional}
        rules: {given: badge is not None}
        access: {read: user, create: user}
      Badge:
        fields: {who: ref identity.User unique}
        owner: who
        commands: {create: {takes: [who], by: system}}
        access: {read: owner}
      Test:
        summary: What’s tried – and why
        fields: {l: int}
        states: [open, tested]
        commands:
          create: {by: user}
          test: {from: open, to: tested, by: user}
        access: {read: user}
      Exception: {fields: {level: int(0..3) = 1}}
      Return:
        fields: {day: date}
        commands:
          create: {needs: {early: day < today, allowed_now: , late: day > today}, by: user}
      Class:
        fields: {holder: ref identity.User}
        owner: holder
        commands:
          create: {needs: {allowed_now: }, by: user}
          update: {takes: [], by: owner}
          holder: {takes: [holder], by: owner}
          version: {by: owner}
      A: {fields: {text: ref Text}}
      Text: {plural: text, fields: {day: date}}
      Staff: {plural: staff, fields: {day: date}, access: {read: user}}
      List: {fields: {items: '[int]'}, access: {read: user}}
    reactions:
      - {when: identity.UserRegistered, do: Badge.create, with: {who: user_id}}
      - {when: parts.ClockChanged, do: Warning.create, with: {level: tick}}
  settings:
    entities:
      Level: {fields: {level: int}, commands: {create: {by: system}}, access: {read: anyone}}
      Bundle:
        fields:
          user: ref identity.User
          product: ref catalog.Product
          order: ref orders.Order
          staff: ref parts.Staff
        commands:
          create:
            takes: [user, product, order, staff]
            needs: {a: known(user), b: known(product), c: known(order), d: known(staff)}
            by: user
          open: {by: system}
          close: {by: system}
          lift: {by: system}
          drop: {by: system}
        access: {read: user}
    reactions:
      - {when: settings.BundleCreated, do: Bundle.open, of: id}
      - {when: settings.BundleCreated, do: Bundle.close, of: id}
      - {when: settings.BundleCreated, do: Bundle.lift, of: id}
      - {when: settings.BundleCreated, do: Bundle.drop, of: id}
"""  # noqa: RUF001 - as people write it

# Guards, sets and reactions of which an earlier one says what a later one asks again.
FACTS = """
blueprint: 1
project: {name: facts}
pattern: monolith
contexts:
  identity: {roles: [clerk]}
  jobs:
    types: {Level: [low, high], Point: {x: int, y: int optional}}
    entities:
      Job:
        fields:
          worker: ref identity.User optional
          helper: ref identity.User optional
          starts_at: datetime optional
          ends_at: datetime optional
          pay: decimal(8.2) optional
          turns: int(0..1000) = 0
          level: Level = 'low'
          second: Level optional
          urgent: bool = false
          checked: bool optional
          name: text(0..20) optional
          spot: Point optional
          length: duration optional
        owner: worker
        rules:
          named: "name is not None or urgent"
          begins: "starts_at is not None or ends_at is None"
          ordered: "ends_at > starts_at"
          spotted: "spot is None or spot.x >= 0"
          spotted_too: "spot is None or spot.y is None or spot.y >= spot.x"
        states: [planned, running, over]
        commands:
          create:
            takes: [helper, starts_at, ends_at, pay, name, level, spot, length]
            needs:
              begin: starts_at is not None
              ahead: "starts_at > now"
              somebody: me is not None
              not_yourself: "helper != worker"
              not_urgent: not urgent
              fresh: "turns == 0"
              unpaid: "pay > 0 or pay is None or second == 'low'"
            sets: {ends_at: "starts_at + hours(1)", turns: turns + 1}
            by: user
            emits: JobMade
          begin:
            from: planned
            to: running
            needs:
              has_worker: worker is not None
              mine: worker == me
              has_helper: helper is not None
              other: "helper != worker"
              still: "status == 'planned' or urgent"
              one: urgent
              two: not urgent or checked
            sets: {starts_at: now, pay: pay * 2}
            by: [clerk, owner]
            emits: JobBegun
          hire:
            takes: [worker, pay]
            from: [planned, running]
            needs: {paid: pay is not None, enough: "pay > 10", hired: worker is not None, other: "me != worker", still: "status == 'running' or status in ('over', 'planned') and turns > 0"}
            sets: {pay: pay + 1, helper: worker, urgent: "pay > 100", second: level}
            by: clerk
            emits: JobHired
          finish:
            from: running
            to: over
            needs: {begun: "starts_at is not None and now > starts_at", known: second is not None, low: "second == 'low'"}
            sets: {ends_at: now, length: now - starts_at, checked: "pay > 3", name: "None"}
            by: [owner, system]
            emits: JobDone.v2
          delay:
            needs:
              either: "me.role in ('clerk', 'admin') or me.role == 'user'"
              both: "me.role == 'clerk' and (pay > 3 or pay < 1)"
              mine: "me is None or me.role == 'clerk' and worker == me"
            sets: {length: "length + minutes(5)"}
            by: [system, anyone]
          share: {needs: {either: worker == me or helper == me}, by: clerk}
          hurry: {needs: {mine: "me.role == 'clerk' and worker == me"}, sets: {urgent: true}, by: anyone}
          touch:
            needs: {mine: worker == me, with_worker: worker is not None, alone: helper == worker}
            sets: {helper: worker}
            by: user
          delete: {needs: {ended: ends_at is not None, past: "ends_at < now"}, by: clerk}
      Bill:
        rules: {always: "extra is None or extra is not None"}
        fields: {job: ref Job, amount: decimal(9.2) = 1, level: Level optional, extra: decimal(9.2) optional, who: ref identity.User optional}
        commands:
          create: {takes: [job, amount, level, extra, who], by: [system, clerk], emits: BillMade}
    reactions:
      - {when: jobs.JobHired, needs: pay is not None and second is not None, do: Bill.create, with: {job: id, amount: pay * 3, level: second, extra: pay}}
      - {when: jobs.JobBegun, needs: "pay > 3", do: Bill.create, with: {job: id, extra: pay + 1}}
      - {when: jobs.JobMade, do: Bill.create, with: {job: id, extra: pay / 2}}
      - {when: jobs.BillMade, needs: job is not None, do: Job.finish, of: job}
  notifications:
    reactions:
      - {when: jobs.JobDone, needs: "helper == worker", do: email, to: helper, text: done}
      - {when: jobs.JobMade, needs: helper is not None, do: email, to: helper, text: made}
      - {when: jobs.JobHired, needs: "helper is not None and pay > 5", do: email, to: helper, text: hired}
"""  # noqa: E501 - as people write it


def spec_of(text: str) -> Spec:
    document = parse_document(text, "blueprint.yaml")
    return validate(document.data, document)


@pytest.fixture(scope="module")
def harbour() -> Tree:
    return render(spec_of(DESCRIPTION), find_template("monolith"))


@pytest.fixture(scope="module")
def names() -> Tree:
    return render(spec_of(NAMES), find_template("monolith"))


@pytest.fixture(scope="module")
def facts() -> Tree:
    return render(spec_of(FACTS), find_template("monolith"))


def below(tree: Tree, folder: str) -> dict[str, str]:
    return {
        path.removeprefix(f"{folder}/"): file.content.decode()
        for path, file in tree.items()
        if path.startswith(f"{folder}/")
    }


def test_each_entity_and_each_command_has_its_module(harbour: Tree) -> None:
    files = below(harbour, "src/quays")
    assert {"domain/berth.py", "domain/stay.py", "domain/in_daylight.py"} <= files.keys()
    commands = {path for path in files if path.startswith("application/stay/")}
    assert commands == {
        f"application/stay/{one}.py" for one in ("__init__", "create", "end", "reader")
    }
    assert "class StayEnded:" in below(harbour, "src/contracts")["quays_v1.py"]


def test_nothing_is_rendered_that_the_model_does_not_need(harbour: Tree) -> None:
    files = below(harbour, "src/quays")
    assert "facade.py" not in files
    assert "status" not in files["domain/berth.py"]
    assert "search" not in files["adapters/stay/read_model.py"]
    assert all(content.strip() for path, content in files.items() if path.endswith(".py"))


def test_a_project_without_described_contexts_has_none_of_their_kit() -> None:
    shop = re.sub(r"  quays:.*", "", DESCRIPTION, flags=re.DOTALL)
    tree = render(spec_of(shop), find_template("monolith"))
    assert "src/kit/keyed_answers.py" not in tree


def test_the_black_box_suite_drives_each_entity_the_same_in_every_pattern(harbour: Tree) -> None:
    suite = below(harbour, "tests/blackbox")
    for pattern in ("microservices", "event-driven"):
        text = DESCRIPTION.replace("pattern: monolith", f"pattern: {pattern}")
        other = below(render(spec_of(text), find_template(pattern)), "tests/blackbox")
        assert {path: other[path] for path in suite if path != "server.py"} == {
            path: content for path, content in suite.items() if path != "server.py"
        }
    berth, stay = (suite[f"test_quays_{one}.py"] for one in ("berth", "stay"))
    assert '(create_berth, {VISITOR: 401, STRANGER: 403, "admin": 403, "pilot": 201})' in berth
    assert '[(201, ""), (409, "berth_taken")]' in stay
    # Each row has its own berth, so that none is in another's way; times are the owner's to judge.
    assert '"berth": new_berth(people)["id"]' in suite["quays_rows.py"]
    assert '"begins_at": moment(MONDAY, days=2)' in suite["quays_rows.py"]


def test_what_nothing_makes_has_no_black_box_tests(names: Tree) -> None:
    suite = below(names, "tests/blackbox")
    assert "test_parts_warning.py" in suite
    assert "test_settings_level.py" not in suite


@pytest.mark.parametrize("project", ["harbour", "names"])
def test_they_are_formatted_and_linted_as_the_project_asks(
    project: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    write_tree(request.getfixturevalue(project), tmp_path / "harbour")
    look_as_ruff(tmp_path / "harbour")


def test_a_text_that_an_index_holds_is_no_longer_than_that(harbour: Tree) -> None:
    bodies = below(harbour, "src/quays/entrypoints")["berth/bodies.py"]
    assert "log: Annotated[Text, AfterValidator(fits_an_index)] | None = None" in bodies
    assert bodies.count("(fits_an_index)") == 2


def test_functions_of_one_name_are_one_that_takes_the_rows_of_both(names: Tree) -> None:
    files = below(names, "src/parts/domain")
    assert "row: Return | Class" in files["allowed_now.py"]
    assert "from parts.domain.allowed_now import allowed_now" in files["return_.py"]
    assert "from parts.domain.allowed_now import allowed_now" in files["class_.py"]


def test_what_create_needs_is_asked_as_it_is_written(names: Tree) -> None:
    files = below(names, "src/parts/domain")
    assert re.findall(r'RefusedError\("(\w+)"\)', files["return_.py"]) == [
        "early",
        "allowed_now",
        "late",
    ]


def test_what_one_guard_says_is_not_asked_again(facts: Tree, tmp_path: Path) -> None:
    """A type checker takes for a mistake what is always true."""
    project = tmp_path / "facts"
    write_tree(facts, project)
    checked = ["src/jobs/domain", "src/jobs/entrypoints/messages.py"]
    checked.append("src/notifications/entrypoints/messages.py")
    mypy = (sys.executable, "-m", "mypy", "--ignore-missing-imports", "--no-incremental")
    ended = subprocess.run(
        [*mypy, *checked], cwd=project, capture_output=True, text=True, check=False
    )
    # Libraries that are not installed here make mistakes of the kit's alone.
    found = [line for line in ended.stdout.splitlines() if not line.startswith("src/kit/")]
    assert found[:-1] == [], ended.stdout
    assert "source files" in found[-1], ended.stdout + ended.stderr


def test_an_event_of_one_version_is_meant_without_it(facts: Tree) -> None:
    assert "jobs_v1.JobDoneV2" in below(facts, "src/notifications")["entrypoints/messages.py"]


def test_who_makes_a_row_owns_it_before_its_guards_are_asked(facts: Tree) -> None:
    assert "new.helper == me.id" in below(facts, "src/jobs/domain")["job.py"]
    # The user whom each new row names may not make it for themselves.
    asked = below(facts, "tests/blackbox")["test_jobs_job.py"]
    assert re.search(r"create_job,\s+\{[^}]*STRANGER: 409", asked), asked


def test_the_domain_imports_the_standard_library_and_itself_alone(harbour: Tree) -> None:
    for path, content in below(harbour, "src/quays").items():
        if path.startswith("domain/"):
            for node in ast.walk(ast.parse(content)):
                names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom):
                    names = [str(node.module)]
                for name in names:
                    top = name.partition(".")[0]
                    assert top in sys.stdlib_module_names or name.startswith("quays.domain"), path


def test_the_same_description_renders_the_same_bytes(harbour: Tree) -> None:
    assert render(spec_of(DESCRIPTION), find_template("monolith")) == harbour


def test_the_formatter_is_the_one_of_the_projects() -> None:
    ours = re.search(r'"ruff==([0-9.]+)"', (ROOT / "pyproject.toml").read_text())
    assert ours is not None
    locks = list(ROOT.glob("templates/*/project/requirements-dev.txt*"))
    assert len(locks) == 3
    for lock in locks:
        assert f"\nruff=={ours[1]} " in lock.read_text(), lock


def test_a_document_draws_the_domain(harbour: Tree) -> None:
    drawn = below(harbour, "docs")["domain.md"]
    assert "quays_Stay -->|berth| quays_Berth" in drawn
    assert "planned --> over: end" in drawn
    assert "| `end` | `pilot` | planned | `StayEnded` |" in drawn
    assert "- `in_daylight`: written by hand" in drawn
    assert "where `status == 'planned'`" in drawn.replace('"', "'")


def test_filters_that_many_rows_share_are_indexed_in_the_order_of_the_list(harbour: Tree) -> None:
    tables = below(harbour, "src/quays")["adapters/tables.py"]
    found = dict(re.findall(r'Index\("ix_(\w+)", (.+)\),', tables))
    assert found["stays_berth"] == '"berth", "id"'
    assert found["stays_status"] == '"status", "id"'
    assert found["berths_log"] == '"log"'
    # Of the sorts of stays the first may be null and the second is text; berths have no others.
    assert {name: columns for name, columns in found.items() if "_by_" in name} == {
        "stays_berth_by_begins_at": '"berth", "begins_at", "id"',
        "stays_status_by_begins_at": '"status", "begins_at", "id"',
    }


def test_a_key_of_two_tables_that_refer_to_each_other_is_left_out_of_their_order() -> None:
    ring = """
blueprint: 1
project: {name: ring}
pattern: monolith
contexts:
  identity: {}
  quays:
    entities:
      Berth: {fields: {last: ref Ship optional, before: ref Berth optional}}
      Ship: {fields: {berth: ref Berth}}
"""
    for store in ("", "    store: mysql\n"):
        spec = spec_of(ring.replace("    entities:", f"{store}    entities:"))
        tree = render(spec, find_template("monolith"))
        tables = tree["src/quays/adapters/tables.py"].content.decode()
        keys = re.findall(r'name="(fk_\w+)"(, use_alter=True)?', tables)
        assert [bool(late) for _, late in keys].count(True) == 1
        assert ("fk_berths_before", "") in keys
