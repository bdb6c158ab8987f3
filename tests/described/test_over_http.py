"""A client that reads a model and nothing else, against the project rendered from it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from blueprint_cli.domain.examples import values as plausible
from blueprint_cli.domain.examples.search import Broken
from blueprint_cli.domain.examples.steps import Actor, Step, who_may
from blueprint_cli.domain.model import (
    ANYONE,
    OWNER,
    Command,
    Entity,
    Field,
    Guard,
    Model,
    Reference,
    Type,
)
from blueprint_cli.domain.naming import kebab
from tests.described.api import Answer, Api, Json
from tests.described.selection import where
from tests.described.world import Story, World, all_rows, is_unique, may, moved, send

pytestmark = pytest.mark.project

ROW = ("id", "version", "created_at", "updated_at")


# What a test asks of the model


def command_of(entity: Entity, name: str) -> Command | None:
    return next((one for one in entity.commands if one.name == name and one.over_http), None)


def own_commands(entity: Entity) -> list[Command]:
    return [one for one in entity.commands if not one.is_crud and one.over_http]


def needed(entity: Entity, name: str) -> Command:
    found = command_of(entity, name)
    assert found is not None, f"{entity.name} has no {name} over HTTP"
    return found


def has_update(entity: Entity, _: Model) -> bool:
    return command_of(entity, "update") is not None


def has_guards(entity: Entity, _: Model) -> bool:
    guards = [one for command in entity.commands if command.over_http for one in command.needs]
    return any(one.holds is not None for one in (*guards, *entity.rules))


def is_referred_to(entity: Entity, model: Model) -> bool:
    """Whether it can be deleted, and another one of its context be made that refers to it."""
    if command_of(entity, "delete") is None:
        return False
    return any(
        Reference(entity.context, entity.name) in one.type.targets() and one.name in create.takes
        for context in model.contexts
        for other in context.entities
        for one in other.fields
        if (create := command_of(other, "create")) is not None
    )


def names_of_users(world: World) -> list[str]:
    return ["nobody", "other", "owner", "admin", *world.model.roles]


def shown(entity: Entity) -> set[str]:
    names = {one.name for one in entity.fields if not one.secret} | set(ROW)
    return names | ({"status"} if entity.states else set())


def same(kind: Type, answered: Json, sent: Json) -> bool:  # noqa: PLR0911 - one for each type
    """Whether JSON that came back means what was sent."""
    if sent is None or answered is None:
        return answered is sent
    match kind.kind:
        case "decimal":
            return isinstance(answered, str) and Decimal(answered) == Decimal(sent)
        case "datetime":
            return answered.endswith("Z") and moment(answered) == moment(sent)
        case "time":
            return datetime.fromisoformat(f"2000-01-01T{answered}") == datetime.fromisoformat(
                f"2000-01-01T{sent}"
            )
        case "duration":
            return plausible.duration(answered) == plausible.duration(sent)
        case "value":
            return set(answered) == {one.name for one in kind.fields} and all(
                same(one.type, answered[one.name], sent.get(one.name)) for one in kind.fields
            )
        case "list":
            assert kind.of is not None
            of = kind.of
            return len(answered) == len(sent) and all(
                same(of, one, other) for one, other in zip(answered, sent, strict=True)
            )
        case _:
            return bool(answered == sent)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def refused(answer: Answer, status: int, code: str) -> None:
    assert answer.said == (status, code), answer
    assert answer.headers["content-type"] == "application/problem+json", answer
    assert answer.json["status"] == status


def who(world: World, command: Command) -> Api:
    actor = who_may(command.by, world.model.roles)
    assert actor is not None
    return world.user(actor.name)


# Create and read


def test_create_answers_the_row_as_get_does(world: World, entity: Entity) -> None:
    create = needed(entity, "create")
    story = Story.to(world, entity)
    answer = story.ask(0)

    assert answer.status == 201, answer
    row = answer.json
    assert answer.headers["location"] == f"{world.path(entity)}/{row['id']}"
    assert answer.headers["etag"] == '"1"' == f'"{row["version"]}"'
    assert set(row) == shown(entity)
    sent = story.body(0)
    for name in set(sent) & shown(entity):
        assert same(entity.by_name[name].type, row[name], sent[name]), (name, row[name], sent[name])
    for one in entity.fields:
        if one.name in shown(entity) and one.name not in (*create.takes, *dict(create.sets)):
            if one.name == entity.owner:
                assert row[one.name] == who(world, create).id
            else:
                default = plausible.as_json(one.type, plausible.default_of(one))
                assert same(one.type, row[one.name], default), (one.name, row[one.name])
    if entity.states:
        assert row["status"] == (create.to or entity.states[0])
    assert row["created_at"] == row["updated_at"]

    got = world.reader(entity).ask("GET", f"{world.path(entity)}/{row['id']}")
    assert (got.status, got.json) == (200, row), got
    assert got.headers["etag"] == answer.headers["etag"]
    private = "" if ANYONE in entity.read else "private, "
    cached = {one.strip() for one in got.headers["cache-control"].split(",")}
    assert cached == {"no-cache", *(["private"] if private else [])}, got.headers


def test_a_row_that_one_has_is_not_sent_again(world: World, entity: Entity) -> None:
    row = world.make(entity)
    path = f"{world.path(entity)}/{row['id']}"
    tag = f'"{row["version"]}"'
    for condition, status in ((tag, 304), (f"W/{tag}", 304), ('"99"', 200), ("*", 304)):
        answer = world.reader(entity).ask("GET", path, headers={"If-None-Match": condition})
        assert answer.status == status, (condition, answer)


def test_what_is_not_there_is_not_found(world: World, entity: Entity) -> None:
    path = f"{world.path(entity)}/{uuid4()}"
    refused(world.reader(entity).ask("GET", path), 404, "not_found")
    for command in entity.commands:
        if command.over_http and command.name != "create":
            row = {"id": uuid4(), "version": 1}
            answer = send(world, entity, command, who(world, command), {}, row)
            refused(answer, 404, "not_found")


def test_an_optional_field_may_be_left_out_or_null(world: World, entity: Entity) -> None:  # noqa: C901
    create = needed(entity, "create")
    for left_out in (True, False):
        story = Story.to(world, entity)
        body = dict(story.body(0))
        for name in create.takes:
            one = entity.by_name[name]
            if left_out and (one.optional or one.has_default):
                body.pop(name, None)
            elif one.optional:
                body[name] = None
        played = {**story.values}
        for name in set(create.takes) - set(body):
            played.pop((0, name), None)
        for name, value in body.items():
            if value is None:
                played[0, name] = None
        if not story.search.is_as_asked(played, None):
            continue
        answer = send(world, entity, create, who(world, create), body)
        assert answer.status == 201, answer
        for name in create.takes:
            one = entity.by_name[name]
            if name not in body and not one.secret:
                value = moved(plausible.default_of(one), plausible.NOW)
                expected = plausible.as_json(one.type, value)
                assert same(one.type, answer.json[name], expected), (name, answer)


# Who may


def test_who_may_read_a_row(world: World, entity: Entity) -> None:
    row = world.make(entity)
    path = f"{world.path(entity)}/{row['id']}"
    for name in names_of_users(world):
        owns = bool(entity.owner) and row[entity.owner] == world.user(name).id
        api = world.user(name)
        answer = api.ask("GET", path)
        if name == "nobody" and not may(entity.read, name, owns=owns):
            refused(answer, 401, "token_missing")
            refused(api.ask("GET", world.path(entity)), 401, "token_missing")
            continue
        listed = {one["id"] for one in all_rows(world, entity, api)}
        if may(entity.read, name, owns=owns):
            assert answer.status == 200, (name, answer)
            assert row["id"] in listed, name
        else:
            refused(answer, 404, "not_found")
            assert row["id"] not in listed, name


def test_who_may_run_a_command(world: World, entity: Entity) -> None:
    for command in entity.commands:
        if not command.over_http:
            continue
        for name in names_of_users(world):
            ask_as(world, entity, command, name)


def ask_as(world: World, entity: Entity, command: Command, name: str) -> None:
    api = world.user(name)
    if command.name == "create":
        story = Story.to(world, entity)
        given = entity.owner in command.takes or entity.owner in dict(command.sets)
        owns = bool(entity.owner) and (
            api.id == world.user("owner").id if given else name != "nobody"
        )
        allowed = may(command.by, name, owns=owns)
        answer = send(world, entity, command, api, story.body(0))
        expect_allowed(answer, allowed=allowed, name=name, otherwise=403)
        # Who may not is told so whatever else is sent than whose it is to be.
        if not allowed:
            whose = {key: story.body(0)[key] for key in {entity.owner} & set(command.takes)}
            for sent in (whose, {**whose, "unknown": 1}):
                answer = send(world, entity, command, api, sent)
                expect_allowed(answer, allowed=False, name=name, otherwise=403)
            must_be_given = bool(whose) and not entity.by_name[entity.owner].optional
            if must_be_given and OWNER in command.by and name != "nobody":
                wrong: Json
                for wrong in ({}, {entity.owner: "x"}, [], {entity.owner: None}):
                    answer = send(world, entity, command, api, wrong)
                    refused(answer, 422, "validation_failed")
        return
    state = command.from_states[0] if command.from_states else ""
    # A caller's own row, where it can be: rights alone are looked at.
    story = Story.to(
        world, entity, state, Step(command, who_may(command.by, world.model.roles) or Actor("", ""))
    )
    place = len(story.search.steps) - 1
    row = story.run(until=place)
    owns = bool(entity.owner) and row[entity.owner] == api.id
    allowed = may(command.by, name, owns=owns)
    visible = may(entity.read, name, owns=owns)
    answer = send(world, entity, command, api, story.body(place) if command.takes else ..., row)
    expect_allowed(answer, allowed=allowed, name=name, otherwise=403 if visible else 404)
    if not allowed:
        answer = send(world, entity, command, api, {"unknown": 1}, row)
        expect_allowed(answer, allowed=False, name=name, otherwise=403 if visible else 404)


def expect_allowed(answer: Answer, *, allowed: bool, name: str, otherwise: int) -> None:
    if allowed:
        # A guard may look at who calls; that is another test's.
        assert answer.status not in {401, 403, 404}, (name, answer)
        assert answer.status < 500, (name, answer)
    elif name == "nobody":
        refused(answer, 401, "token_missing")
    else:
        assert answer.status == otherwise, (name, otherwise, answer)


# What is sent


WRONG: dict[str, list[Json]] = {
    "text": [1, True, [], {}, 1.5, "a\u0000b"],
    "int": ["1", 1.5, True, [], {}, 2**63, -(2**63) - 1],
    "decimal": [1, 1.5, True, "abc", "1e3", "", " 1", "NaN", "Infinity", "1_0", "+1"],
    "bool": ["true", 1, 0, "yes", []],
    "date": ["2026-02-30", "2026-1-1", 1, "2026-01-01T00:00:00Z", "", True, "20260101"],
    "time": ["25:00", "9:00", 1, "10:00Z", "", "10:00:00+01:00"],
    "datetime": [
        "2026-01-01T00:00:00",
        "2026-01-01",
        1767225600,
        "now",
        "",
        "2026-02-30T00:00:00Z",
    ],
    "duration": ["1h", "P1Y", "P1M", "", "PT", 60, "P", True],
    "uuid": ["x", 1, "", True],
    "ref": ["x", 1, "", True, []],
    "email": ["x", "a@", 1, "", "a b@example.com"],
    "url": ["x", 1, "", "javascript:alert(1)", "ftp:/x"],
    "enum": ["no such value", 1, True, [], ""],
    "value": ["x", 1, [], True],
    "list": ["x", 1, {}, True],
    "json": [],
}


def first(error: Json) -> str:
    """The field that an error points at, or into."""
    return str(error["pointer"]).removeprefix("#/").split("/")[0]


def wrong_values(one: Field) -> list[Json]:  # noqa: C901, PLR0912 - one for each type
    kind = one.type
    found = list(WRONG[kind.kind])
    if not one.optional:
        found.append(None)
    low, high = plausible.bounds(kind)
    match kind.kind:
        case "text":
            if kind.low:
                found.append("x" * (int(kind.low) - 1))
            if high is not None:
                found.append("x" * (high + 1))
            if kind.pattern:
                found.append("\x01")
        case "int":
            found += [low - 1, high + 1]
        case "decimal":
            unit = Decimal(1).scaleb(-kind.scale)
            found += [f"{low - unit:f}", f"{high + unit:f}", f"{low + unit / 10:f}", "9" * 40]
        case "list":
            item = plausible.as_json(kind, plausible.of_type(kind, one.name))
            item = item[0] if item else "x"
            found.append([item] * (high + 1))
            if low:
                found.append([item] * (low - 1))
            assert kind.of is not None
            found += [[wrong] for wrong in WRONG[kind.of.kind][:3]]
            found.append([None])
        case "value":
            whole = plausible.as_json(kind, plausible.of_type(kind, one.name))
            found.append({**whole, "unknown": 1})
            for part in kind.fields:
                if not (part.optional or part.has_default):
                    found.append(
                        {name: value for name, value in whole.items() if name != part.name}
                    )
                found += [{**whole, part.name: wrong} for wrong in wrong_values(part)[:4]]
        case "json":
            found += ["x" * (16 * 1024), {"a": "\u0000"}]
    return found


def test_a_field_that_is_wrong_is_refused_by_its_name(world: World, entity: Entity) -> None:
    for command in entity.commands:
        if not command.over_http or command.name == "delete":
            continue
        state = command.from_states[0] if command.from_states else ""
        if command.name == "create":
            story, row, place = Story.to(world, entity), None, 0
        else:
            step = Step(command, who_may(command.by, world.model.roles) or Actor("", ""))
            story = Story.to(world, entity, state, step)
            place = len(story.search.steps) - 1
            row = story.run(until=place)
        api, body = world.api_of(story.search.steps[place].actor), story.body(place)
        for name in command.takes:
            for wrong in wrong_values(entity.by_name[name]):
                sent = {**body, name: wrong}
                kind = entity.by_name[name].type
                deep = command.name == "update" and kind.kind == "value" and isinstance(wrong, dict)
                # What a patch leaves out of a value object stays.
                if deep and "unknown" not in wrong and len(wrong) < len(kind.fields):
                    continue
                answer = send(world, entity, command, api, sent, row)
                assert answer.said == (422, "validation_failed"), (name, wrong, answer)
                assert "errors" in answer.json, (name, wrong, answer)
                assert {first(one) for one in answer.json["errors"]} == {name}, answer
        refused(
            send(world, entity, command, api, {**body, "unknown": 1}, row), 422, "validation_failed"
        )
        for other in (
            "id",
            "version",
            "created_at",
            "status",
            *(one.name for one in entity.fields),
        ):
            if other not in command.takes:
                answer = send(world, entity, command, api, {**body, other: "x"}, row)
                refused(answer, 422, "validation_failed")
        whole: Json
        for whole in ([], "x", 1, None, True):
            answer = send(world, entity, command, api, whole, row)
            assert answer.said == (422, "validation_failed"), (whole, answer)


def test_what_is_no_json_is_refused(world: World, entity: Entity) -> None:
    needed(entity, "create")
    api = who(world, needed(entity, "create"))
    for content in (b"{", b"\xff", b'{"a": 1,}', b"[" * 100_000, b'{"a": NaN}'):
        answer = api.ask(
            "POST",
            world.path(entity),
            content=content,
            headers={"Content-Type": "application/json"},
        )
        assert answer.status in {400, 422}, answer


def test_a_mandatory_field_has_to_be_given(world: World, entity: Entity) -> None:
    create = needed(entity, "create")
    story = Story.to(world, entity)
    for name in create.takes:
        one = entity.by_name[name]
        if one.optional or one.has_default:
            continue
        body = {key: value for key, value in story.body(0).items() if key != name}
        answer = send(world, entity, create, who(world, create), body)
        refused(answer, 422, "validation_failed")
        assert [first(one) for one in answer.json["errors"]] == [name], answer


def test_a_reference_to_no_row_of_the_context_is_wrong(world: World, entity: Entity) -> None:
    for command in entity.commands:
        if not command.over_http:
            continue
        for name in command.takes:
            for wrong in with_no_row(entity.by_name[name].type, entity.context):
                if command.name == "create":
                    answer = Story.to(world, entity).ask(0, None, **query({name: wrong}))
                else:
                    state = command.from_states[0] if command.from_states else ""
                    step = Step(command, who_may(command.by, world.model.roles) or Actor("", ""))
                    story = Story.to(world, entity, state, step)
                    place = len(story.search.steps) - 1
                    row = story.run(until=place)
                    answer = story.ask(place, row, **query({name: wrong}))
                refused(answer, 422, "validation_failed")


def with_no_row(kind: Type, context: str) -> Iterator[Json]:
    """JSON that refers to no row of a context: at each place where it may."""
    if kind.target is not None and kind.target.context == context:
        yield str(uuid4())
    if kind.of is not None:
        yield from ([one] for one in with_no_row(kind.of, context))
    whole = plausible.as_json(kind, plausible.of_type(kind, "part")) if kind.fields else {}
    for one in kind.fields:
        yield from ({**whole, one.name: wrong} for wrong in with_no_row(one.type, context))


# Rules, guards, states


@where(has_guards)
def test_rules_and_guards_hold_at_their_edge_and_not_over_it(world: World, entity: Entity) -> None:
    for command in entity.commands:
        if not command.over_http:
            continue
        guards = [(409, one) for one in command.needs]
        guards += [(422, one) for one in entity.rules if command.name != "delete"]
        for status, guard in guards:
            if guard.holds is not None:
                break_it(world, entity, command, status, guard)


def break_it(world: World, entity: Entity, command: Command, status: int, guard: Guard) -> int:
    assert guard.holds is not None
    actor = who_may(command.by, world.model.roles)
    assert actor is not None
    state = command.from_states[0] if command.from_states else ""
    if command.name == "create":
        story = Story.to(world, entity)
    else:
        story = Story.to(world, entity, state, Step(command, actor))
    place = len(story.search.steps) - 1
    broken = Broken(place, guard.code, guard.holds)
    values = story.search.breaking(broken)
    if values is None:
        return 0
    story = replace(story, values=values, sent={})
    row = story.run(until=place)
    refused(story.ask(place, row), status, guard.code)
    if row is not None:
        again = world.reader(entity).ask("GET", f"{world.path(entity)}/{row['id']}")
        assert again.json == row, "nothing is changed"
    return 1


@where(lambda entity, _: bool(entity.states))
def test_each_command_in_each_state(world: World, entity: Entity) -> None:
    for state in entity.states:
        for command in entity.commands:
            if command.name == "create" or not command.over_http:
                continue
            actor = who_may(command.by, world.model.roles)
            assert actor is not None
            try:
                if not command.from_states or state in command.from_states:
                    story = Story.to(world, entity, state, Step(command, actor))
                    place = len(story.search.steps) - 1
                    row = story.run(until=place)
                    assert row["status"] == state
                    if OWNER in command.by and row[entity.owner] != world.api_of(actor).id:
                        continue  # it has been given to somebody else
                    answer = story.ask(place, row)
                    assert answer.status == (204 if command.name == "delete" else 200), answer
                    if command.name != "delete":
                        assert answer.json["status"] == (command.to or state), answer
                        assert answer.json["version"] == row["version"] + 1
                        assert answer.headers["etag"] == f'"{answer.json["version"]}"'
                        got = world.reader(entity).ask("GET", f"{world.path(entity)}/{row['id']}")
                        assert got.json == answer.json
                else:
                    row = world.row_in(entity, state)
                    if OWNER in command.by and row[entity.owner] != world.api_of(actor).id:
                        continue  # it has been given to somebody else
                    body: Json = {} if command.takes else ...
                    answer = send(world, entity, command, world.api_of(actor), body, row)
                    refused(answer, 409, "wrong_state")
            except AssertionError as error:
                if "never becomes" in str(error) or "no values" in str(error):
                    continue
                raise


# Uniqueness


@where(lambda entity, _: bool(entity.unique) or any(one.unique for one in entity.fields))
def test_of_two_that_may_not_both_be_one_is_refused(world: World, entity: Entity) -> None:
    create = needed(entity, "create")
    codes = [(f"{one.name}_taken", (one.name,)) for one in entity.fields if one.unique]
    codes += [(one.code, (*one.fields, *(one.span or ()))) for one in entity.unique]
    for code, fields in codes:
        if any(entity.by_name[name].secret for name in fields):
            continue
        first, second, third = (Story.to(world, entity) for _ in range(3))
        if any(name not in create.takes and name != entity.owner for name in fields):
            continue
        shared = {name: value for name, value in first.body(0).items() if name in fields}
        if any(value is None for name, value in shared.items() if name in entity.by_name):
            continue
        made = first.run()
        answer = second.ask(0, None, **shared)
        partial = next((one for one in entity.unique if one.code == code), None)
        if answer.status == 201 and partial is not None and partial.where is not None:
            continue
        refused(answer, 409, code)
        del made
        bodies = [{**third.body(0)}, {**Story.to(world, entity).body(0)}]
        for name in fields:
            if name in bodies[0]:
                bodies[1][name] = bodies[0][name]
        with ThreadPoolExecutor(2) as two:
            answers = list(
                two.map(lambda body: send(world, entity, create, who(world, create), body), bodies)
            )
        assert sorted(one.status for one in answers) == [201, 409], answers
        assert [one.code for one in answers if one.status == 409] == [code], answers


# Versions


def test_a_change_needs_the_version_that_was_seen(world: World, entity: Entity) -> None:
    for command in entity.commands:
        if command.name == "create" or not command.over_http:
            continue
        state = command.from_states[0] if command.from_states else ""
        step = Step(command, who_may(command.by, world.model.roles) or Actor("", ""))
        story = Story.to(world, entity, state, step)
        place = len(story.search.steps) - 1
        row, api = story.run(until=place), world.api_of(step.actor)
        path = f"{world.path(entity)}/{row['id']}"
        method = {"update": "PATCH", "delete": "DELETE"}.get(command.name, "POST")
        if method == "POST":
            path = f"{path}/{kebab(command.name)}"
        body = story.body(place) if command.takes or command.name == "update" else ...
        wrong: Json = {"unknown": 1} if body is not ... else ...
        for stale in ('"99"', '"0"', f'W/"{row["version"]}"', '"x"', f'"{row["version"]}-"'):
            for sent in (body, wrong):
                answer = api.ask(method, path, sent, headers={"If-Match": stale})
                refused(answer, 412, "precondition_failed")
        if command.name == "update":
            refused(api.ask(method, path, body), 428, "precondition_required")
            refused(api.ask(method, path, wrong), 428, "precondition_required")
        tags = f'"99", "{row["version"]}"'
        answer = api.ask(method, path, body, headers={"If-Match": tags})
        assert answer.status in {200, 204}, answer
        if command.name == "delete":
            refused(world.reader(entity).ask("GET", path), 404, "not_found")
            refused(api.ask("DELETE", path), 404, "not_found")


@where(has_update)
def test_a_patch_changes_what_it_names_and_nothing_else(world: World, entity: Entity) -> None:
    update = needed(entity, "update")
    api = who(world, update)
    for name in update.takes:
        one = entity.by_name[name]
        row = world.make(entity)
        step = Step(update, who_may(update.by, world.model.roles) or Actor("", ""))
        state = update.from_states[0] if update.from_states else ""
        story = Story.to(world, entity, state, step)
        place = len(story.search.steps) - 1
        values = {
            key: value for key, value in story.values.items() if key[0] != place or key[1] == name
        }
        story = replace(story, values=values, sent={})
        if not story.search.is_as_asked(values, None):
            continue
        row = story.run(until=place)
        body = story.body(place)
        answer = send(world, entity, update, api, body, row)
        assert answer.status == 200, answer
        changed = answer.json
        if not one.secret:
            assert same(one.type, changed[name], body[name]), answer
        rest = shown(entity) - {name, "version", "updated_at", *dict(update.sets)}
        assert {key: changed[key] for key in rest} == {key: row[key] for key in rest}
        assert changed["version"] == row["version"] + 1
        assert changed["created_at"] == row["created_at"]
        assert changed["updated_at"] >= row["updated_at"]
        if one.optional:
            answer = send(world, entity, update, api, {name: None}, changed)
            if answer.status == 200:
                assert one.secret or answer.json[name] is None
                changed = answer.json
        if one.type.kind == "value" and not one.secret:
            patch_parts(world, entity, update, api, one)
    row = world.make(entity)
    answer = send(world, entity, update, api, {}, row)
    assert answer.status == 200, answer


def patch_parts(world: World, entity: Entity, update: Command, api: Api, one: Field) -> None:
    """A value object is merged key by key."""
    row = world.make(entity)
    whole = plausible.as_json(one.type, plausible.plain(one, 1))
    answer = send(world, entity, update, api, {one.name: whole}, row)
    if answer.status != 200:
        return
    row = answer.json
    for part in one.type.fields:
        value = plausible.as_json(part.type, plausible.plain(part, 2))
        answer = send(world, entity, update, api, {one.name: {part.name: value}}, row)
        if answer.status != 200:
            assert answer.code in {guard.code for guard in entity.rules}, answer
            continue
        assert same(part.type, answer.json[one.name][part.name], value), answer
        others = {other.name for other in one.type.fields} - {part.name}
        assert {key: answer.json[one.name][key] for key in others} == {
            key: row[one.name][key] for key in others
        }, answer
        row = answer.json
        answer = send(world, entity, update, api, {one.name: {part.name: None}}, row)
        if part.optional:
            assert answer.status in {200, 422}, answer
            row = answer.json if answer.status == 200 else row
        elif not part.has_default:
            refused(answer, 422, "validation_failed")
        else:
            row = answer.json if answer.status == 200 else row


@where(is_referred_to)
def test_what_something_refers_to_stays(world: World, entity: Entity) -> None:
    delete = needed(entity, "delete")
    for other in world.entities:
        if other.context != entity.context:
            continue
        create = command_of(other, "create")
        itself = Reference(entity.context, entity.name)
        for one in other.fields:
            if create is None or one.name not in create.takes:
                continue
            for place in range(len(list(naming(world, one.type, itself, "")))):
                row = world.row_in(entity, delete.from_states[0] if delete.from_states else "")
                given = list(naming(world, one.type, itself, row["id"]))[place]
                if Story.to(world, other).ask(0, None, **{one.name: given}).status == 201:
                    gone = send(world, entity, delete, who(world, delete), ..., row)
                    refused(gone, 409, "in_use")


def naming(world: World, kind: Type, target: Reference, id_: str) -> Iterator[Json]:
    """JSON that refers to a row of an entity: at each place where it may."""
    if kind.target == target:
        yield id_
    if kind.of is not None:
        yield from ([one] for one in naming(world, kind.of, target, id_))
    whole = plausible.as_json(kind, plausible.of_type(kind, "part")) if kind.fields else {}
    for one in kind.fields:
        for found in naming(world, one.type, target, id_):
            yield {**world.with_rows(kind, whole, target.context), one.name: found}


# Verbs and keys


def test_a_verb_that_it_has_not_is_405(world: World, entity: Entity) -> None:
    row = world.make(entity)
    path = world.path(entity)
    api = world.user("admin")
    verbs = [("PUT", path), ("DELETE", path), ("PATCH", path), ("PUT", f"{path}/{row['id']}")]
    verbs += [("POST", f"{path}/{row['id']}")]
    verbs += [("POST", path)] if command_of(entity, "create") is None else []
    verbs += [("PATCH", f"{path}/{row['id']}")] if command_of(entity, "update") is None else []
    verbs += [("DELETE", f"{path}/{row['id']}")] if command_of(entity, "delete") is None else []
    for command in own_commands(entity):
        verbs += [("GET", f"{path}/{row['id']}/{kebab(command.name)}")]
    for method, place in verbs:
        answer = api.ask(method, place)
        assert answer.status == 405, answer
        assert answer.headers.get("allow"), answer
    for command in entity.commands:
        if not command.over_http and not command.is_crud:
            answer = api.ask("POST", f"{path}/{row['id']}/{kebab(command.name)}")
            assert answer.status in {404, 405}, answer


def test_a_post_with_a_key_happens_once(world: World, entity: Entity) -> None:
    for command in entity.commands:
        if not command.over_http or command.name in {"update", "delete"}:
            continue
        actor = who_may(command.by, world.model.roles)
        assert actor is not None
        state = command.from_states[0] if command.from_states else ""
        story = (
            Story.to(world, entity)
            if command.name == "create"
            else Story.to(world, entity, state, Step(command, actor))
        )
        place = len(story.search.steps) - 1
        row = story.run(until=place)
        api, body = world.api_of(actor), story.body(place)
        key = {"Idempotency_Key": str(uuid4())}
        first = send(world, entity, command, api, body, row, **key)
        again = send(world, entity, command, api, body, row, **key)
        assert first.status in {200, 201}, first
        assert (again.status, again.json) == (first.status, first.json), again
        assert again.headers.get("idempotency-replayed") == "true", again.headers
        assert "idempotency-replayed" not in first.headers
        for name in ("etag", "location", "cache-control", "content-type"):
            assert again.headers.get(name) == first.headers.get(name), name
        other = send(world, entity, command, api, {**body, "unknown": 1}, row, **key)
        refused(other, 422, "idempotency_key_reused")
        for bad in ("", " ", "x" * 300):
            answer = send(world, entity, command, api, body, row, Idempotency_Key=bad)
            assert answer.status in {200, 201, 400, 409, 422}, answer


def test_twins_with_one_key_happen_once(world: World, entity: Entity) -> None:
    create = needed(entity, "create")
    story, key = Story.to(world, entity), str(uuid4())
    body = story.body(0)
    before = len(all_rows(world, entity))
    with ThreadPoolExecutor(4) as four:
        answers = list(
            four.map(
                lambda _: send(
                    world, entity, create, who(world, create), body, Idempotency_Key=key
                ),
                range(4),
            )
        )
    made = {one.json["id"] for one in answers if one.status == 201}
    assert len(made) == 1, answers
    for one in answers:
        assert one.status == 201 or one.said == (409, "idempotency_in_progress"), one
    assert len(all_rows(world, entity)) == before + 1


# Lists


def test_a_list_is_newest_last_page_by_page(world: World, entity: Entity) -> None:
    for _ in range(3):
        world.make(entity)
    rows = all_rows(world, entity)
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert all_rows(world, entity, limit=2) == rows
    one = world.reader(entity).ask("GET", world.path(entity), limit=1)
    assert one.json["items"] == rows[:1]
    assert set(one.json) == {"items", "next_cursor"}
    again = world.reader(entity).ask(
        "GET", world.path(entity), limit=1, headers={"If-None-Match": one.headers["etag"]}
    )
    assert again.status == 304
    refused_queries: list[dict[str, Json]] = [
        {"limit": 0},
        {"limit": 101},
        {"limit": "x"},
        {"unknown": 1},
        {"sort": "no_such"},
        {"sort": ""},
        {"q": "x"} if not entity.listing.search else {"limit": -1},
        {"limit": [1, 2]},
    ]
    for asked in refused_queries:
        answer = world.reader(entity).ask("GET", world.path(entity), **asked)
        assert answer.said == (422, "validation_failed"), (asked, answer)
    answer = world.reader(entity).ask("GET", world.path(entity), cursor="x")
    assert answer.said == (422, "invalid_cursor"), answer
    for one_field in (*entity.fields, *map(column, ROW)):
        if one_field.name not in entity.listing.filter:
            answer = world.reader(entity).ask(
                "GET", world.path(entity), **query({one_field.name: "x"})
            )
            assert answer.said == (422, "validation_failed"), (one_field.name, answer)
        if one_field.name not in entity.listing.sort:
            answer = world.reader(entity).ask("GET", world.path(entity), sort=one_field.name)
            assert answer.said == (422, "validation_failed"), (one_field.name, answer)


def query(given: dict[str, Json]) -> dict[str, Json]:
    return given


def column(name: str) -> Field:
    kind = {"id": "uuid", "version": "int"}.get(name, "datetime")
    return Field(name=name, type=Type(kind=kind))  # type: ignore[arg-type]


def field_of(entity: Entity, name: str) -> Field:
    if name == "status":
        return Field(name=name, type=Type(kind="enum", values=entity.states))
    return entity.by_name[name] if name in entity.by_name else column(name)


def several(world: World, entity: Entity) -> list[Json]:
    """Rows with different values, some with nothing where that can be."""
    create = command_of(entity, "create")
    for number in range(5):
        story = Story.to(world, entity)
        given: dict[str, Json] = {}
        for name in create.takes if create else ():
            one = entity.by_name[name]
            if one.optional and number % 2:
                given[name] = None
            elif (
                one.type.kind
                in {"enum", "bool", "text", "int", "decimal", "date", "duration", "time"}
                and not one.type.pattern
                and not is_unique(entity, name)
            ):
                options = [
                    value
                    for value in plausible.others(one)
                    if value is not None and plausible.allowed(one, value)
                ]
                given[name] = (
                    plausible.as_json(one.type, moved(options[number % len(options)], story.begun))
                    if options
                    else story.body(0)[name]
                )
        if create is not None and story.cause is None:
            answer = story.ask(0, None, **given)
            if answer.status == 201:
                continue
        world.make(entity)
    if entity.states:
        for state in entity.states:
            try:
                world.row_in(entity, state)
            except AssertionError:
                continue
    return all_rows(world, entity)


def comparable(kind: Type, value: Json) -> Json:
    match kind.kind:
        case "decimal":
            return Decimal(value)
        case "datetime":
            return moment(value)
        case "duration":
            return plausible.duration(value)
        case "bool" | "int":
            return value
        case _:
            return value


@where(lambda entity, _: bool(entity.listing.sort))
def test_a_list_is_sorted_as_it_is_asked(world: World, entity: Entity) -> None:
    rows = several(world, entity)
    for name in entity.listing.sort:
        kind = field_of(entity, name).type
        given = [row for row in rows if row[name] is not None]
        none = [row for row in rows if row[name] is None]
        for sort, descending in ((name, False), (f"-{name}", True)):
            expected = sorted(
                given, key=lambda row: (comparable(kind, row[name]), row["id"]), reverse=descending
            )
            expected += sorted(none, key=lambda row: row["id"], reverse=descending)
            for limit in (100, 2, 3):
                found = all_rows(world, entity, sort=sort, limit=limit)
                assert [row[name] for row in found] == [row[name] for row in expected], (
                    sort,
                    limit,
                )
                assert [row["id"] for row in found] == [row["id"] for row in expected], (
                    sort,
                    limit,
                )
        first = world.reader(entity).ask("GET", world.path(entity), sort=name, limit=1).json
        other = world.reader(entity).ask(
            "GET", world.path(entity), sort=f"-{name}", cursor=first["next_cursor"]
        )
        refused(other, 422, "invalid_cursor")


@where(lambda entity, _: bool(entity.listing.filter))
def test_a_list_is_filtered_as_it_is_asked(world: World, entity: Entity) -> None:
    rows = several(world, entity)
    for name in entity.listing.filter:
        kind = field_of(entity, name).type
        values = list(dict.fromkeys(row[name] for row in rows if row[name] is not None))[:6]
        for asked in [[one] for one in values] + [values[:2]]:
            sent = [text(one) for one in asked]
            found = all_rows(world, entity, **query({name: sent}))
            expected = [row for row in rows if row[name] in asked]
            assert [row["id"] for row in found] == [row["id"] for row in expected], (name, asked)
        wrong = world.reader(entity).ask("GET", world.path(entity), **query({name: "\x00"}))
        assert wrong.said == (422, "validation_failed"), (name, wrong)
        if kind.kind in {"int", "decimal", "date", "time", "datetime"} and values:
            values = sorted(values, key=lambda one: comparable(kind, one))
            low, high = values[0], values[-1]
            found = all_rows(
                world, entity, **query({f"{name}_from": text(low), f"{name}_to": text(high)})
            )
            expected = [
                row
                for row in rows
                if row[name] is not None
                and comparable(kind, low) <= comparable(kind, row[name]) < comparable(kind, high)
            ]
            assert [row["id"] for row in found] == [row["id"] for row in expected], name
        else:
            answer = world.reader(entity).ask(
                "GET", world.path(entity), **query({f"{name}_from": "1"})
            )
            assert answer.said == (422, "validation_failed"), answer
    name = entity.listing.filter[0]
    if entity.listing.sort and len(rows) > 2:
        sort = f"-{entity.listing.sort[0]}"
        value = next((row[name] for row in rows if row[name] is not None), None)
        if value is not None:
            whole = all_rows(world, entity, **query({name: text(value)}), sort=sort)
            assert (
                all_rows(world, entity, **query({name: text(value)}), sort=sort, limit=1) == whole
            )


def text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@where(lambda entity, _: bool(entity.listing.search))
def test_a_list_is_searched(world: World, entity: Entity) -> None:
    create = needed(entity, "create")
    for name in entity.listing.search:
        one = entity.by_name[name]
        if one.type.pattern or name not in create.takes or (one.type.high or 99) < 12:
            continue
        marked = f"Straße 5%_{uuid4().hex[:3]}"
        low = int(one.type.low or 0)
        made = world.make(entity, **query({name: marked + "x" * max(0, low - len(marked))}))
        for term in (marked, marked.upper(), "strasse 5%", "5%_"):
            found = all_rows(world, entity, q=term)
            assert made["id"] in {row["id"] for row in found}, (name, term)
        assert made["id"] not in {row["id"] for row in all_rows(world, entity, q="5__")}
    assert all_rows(world, entity, q="no such thing at all") == []
    everything = world.reader(entity).ask("GET", world.path(entity), q="", limit=100)
    assert everything.status == 200, everything


def test_a_list_goes_on_where_it_was_while_rows_come_and_go(world: World, entity: Entity) -> None:
    create = needed(entity, "create")
    del create
    for _ in range(4):
        world.make(entity)
    for sort in ("", *entity.listing.sort):
        asked = query({"sort": sort} if sort else {})
        before = all_rows(world, entity, **asked)
        answer = world.reader(entity).ask("GET", world.path(entity), limit=2, **asked).json
        seen = answer["items"]
        world.make(entity)
        while answer["next_cursor"]:
            answer = (
                world.reader(entity)
                .ask("GET", world.path(entity), limit=2, cursor=answer["next_cursor"], **asked)
                .json
            )
            seen += answer["items"]
        ids = [row["id"] for row in seen]
        assert len(set(ids)) == len(ids)
        assert {row["id"] for row in before} <= set(ids)


# The document


def test_the_document_has_its_routes(world: World, entity: Entity) -> None:
    document = world.nobody.ask("GET", "/openapi.json").json
    path = world.path(entity)
    collection, item = document["paths"][path], document["paths"][f"{path}/{{id}}"]
    assert set(collection) == {"get", *(["post"] if command_of(entity, "create") else [])}
    assert set(item) == {
        "get",
        *(["patch"] if command_of(entity, "update") else []),
        *(["delete"] if command_of(entity, "delete") else []),
    }
    own = {
        place.removeprefix(f"{path}/{{id}}/")
        for place in document["paths"]
        if place.startswith(f"{path}/{{id}}/")
    }
    assert own == {kebab(one.name) for one in own_commands(entity)}
    names = {one["name"] for one in collection["get"]["parameters"] if one["in"] == "query"}
    for name in entity.listing.filter:
        assert name in names
    if created := command_of(entity, "create"):
        body = collection["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        described = document["components"]["schemas"][body.rpartition("/")[2]]
        assert set(described.get("properties", {})) == set(created.takes)
