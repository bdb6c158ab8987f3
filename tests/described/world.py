"""What a model's tests need of a running project: users of each role, rows, and rows in a state."""

import json
import secrets
import subprocess
import time
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from blueprint_cli.domain.examples import values as plausible
from blueprint_cli.domain.examples.search import Search
from blueprint_cli.domain.examples.steps import (
    OWNER_ID,
    THE_OWNER,
    Actor,
    Step,
    Values,
    actor_of,
    who_may,
)
from blueprint_cli.domain.model import (
    ANYONE,
    OWNER,
    USER,
    Command,
    DescribedContext,
    Entity,
    Field,
    Guard,
    Model,
    Reaction,
    Reference,
    Type,
)
from blueprint_cli.domain.naming import kebab
from tests.described.api import Answer, Api, Json

START = Path(__file__).with_name("start.py")
SETTLE_SECONDS = 10.0


@dataclass
class World:
    """A running project and the model that it was rendered from."""

    project: Path
    model: Model
    process: subprocess.Popen[str]
    url: str
    users: dict[str, Api] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    never_made: set[str] = field(default_factory=set)
    making: list[Reference] = field(default_factory=list)

    @classmethod
    def of(cls, project: Path, model: Model) -> "World":
        process = subprocess.Popen(
            [project / ".venv/bin/python", START],
            cwd=project,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said, (project / "server.log").read_text()[-3000:]
        return cls(project, model, process, json.loads(said)["url"])

    def close(self) -> None:
        for user in self.users.values():
            user.close()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    # Users

    @property
    def nobody(self) -> Api:
        return self.users.setdefault("", Api(self.url))

    def new_user(self, role: str = "user") -> Api:
        body = {
            "email": f"someone-{secrets.token_hex(6)}@example.com",
            "password": secrets.token_urlsafe(16),
            "name": "Someone",
        }
        answer = self.nobody.ask("POST", "/v1/auth/register", body)
        assert answer.status == 201, answer
        user = answer.json["id"]
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{user} {role}\n")
        self.process.stdin.flush()
        return Api(self.url, self.process.stdout.readline().strip(), user)

    def user(self, name: str) -> Api:
        """The one with a role, or `owner`, or `other`, who owns nothing; made when first asked."""
        if name == "nobody":
            return self.nobody
        if name not in self.users:
            role = name if name in {"admin", *self.model.roles} else "user"
            self.users[name] = self.new_user(role)
        return self.users[name]

    # Entities

    @property
    def entities(self) -> list[Entity]:
        return [entity for context in self.model.contexts for entity in context.entities]

    def entity(self, target: Reference) -> Entity | None:
        for one in self.entities:
            if (one.context, one.name) == (target.context, target.entity):
                return one
        return None

    def context(self, name: str) -> DescribedContext:
        return next(one for one in self.model.contexts if one.name == name)

    @staticmethod
    def path(entity: Entity) -> str:
        return f"/v1/{kebab(entity.context)}/{entity.plural}"

    def reader(self, entity: Entity) -> Api:
        # Who reads every row, where somebody does.
        everyone = tuple(one for one in entity.read if one != OWNER)
        actor = who_may(everyone or entity.read, self.model.roles)
        assert actor is not None
        return self.user(actor.name)

    # Rows

    def number(self, entity: Entity) -> int:
        self.numbers[entity.name] = self.numbers.get(entity.name, 0) + 10
        return self.numbers[entity.name]

    def make(self, entity: Entity, /, **given: Json) -> Json:
        """A new row, in the state in which one begins."""
        return self.row_in(entity, "", **given)

    def row_in(self, entity: Entity, state: str, /, **given: Json) -> Json:
        """A new row in a state, by as few commands as can be."""
        story = Story.to(self, entity, state)
        return story.run(**given)

    def known_id(self, of: Field, value: UUID, *, known: frozenset[Any], fresh: bool) -> str:
        """The id of a row or user that is there, for one of an example; of none if not known."""
        if value == OWNER_ID:
            return self.user("owner").id
        if value not in known:
            return str(uuid4())
        for role in ("user", "admin", *self.model.roles):
            if value == actor_of(role, self.model.roles).id:
                return self.user(role).id
        target = of.type.target
        assert target is not None
        if target.context == "identity":
            return self.user("other").id if not fresh else str(uuid4())
        if target.context == "catalog":
            return self.product()
        entity = self.entity(target)
        assert entity is not None
        self.making.append(target)
        try:
            return str(self.make(entity)["id"])
        finally:
            self.making.pop()

    def product(self) -> str:
        body = {
            "sku": f"sku-{secrets.token_hex(4)}",
            "name": "Teapot",
            "description": "",
            "price_cents": 100,
            "currency": "EUR",
            "stock": 1,
        }
        answer = self.user("admin").ask("POST", "/v1/products", body)
        assert answer.status == 201, answer
        return str(answer.json["id"])

    def api_of(self, actor: Actor) -> Api:
        return self.user(actor.name)

    def json_of(self, search: Search, name: str, value: Json, begun: datetime) -> Json:
        """A value of an example as the API takes it, moved to the time at which it is sent."""
        of = search.entity.by_name[name]
        if value is not None and of.type.kind == "ref":
            if of.optional and of.type.target in self.making:
                return None  # It is what this row is made for, or comes before that.
            fresh = is_unique(search.entity, name)
            return self.known_id(of, value, known=search.known, fresh=fresh)
        return self.with_rows(
            of.type, plausible.as_json(of.type, moved(value, begun)), search.entity.context
        )

    def with_rows(self, kind: Type, value: Json, context: str) -> Json:
        """JSON in which what refers to a row of a context refers to one that is there."""
        if value is None:
            return None
        match kind.kind:
            case "ref" if kind.target is not None and kind.target.context == context:
                entity = self.entity(kind.target)
                assert entity is not None
                return str(self.make(entity)["id"])
            case "list":
                assert kind.of is not None
                return [self.with_rows(kind.of, one, context) for one in value]
            case "value":
                return {
                    one.name: self.with_rows(one.type, value[one.name], context)
                    for one in kind.fields
                }
            case _:
                return value


def moved(value: Json, now: datetime) -> Json:
    """A moment or a day as far from `now` as it is from the examples' one."""
    if isinstance(value, datetime):
        return value + (now - plausible.NOW)
    if isinstance(value, dict):
        return {name: moved(one, now) for name, one in value.items()}
    if isinstance(value, tuple):
        return tuple(moved(one, now) for one in value)
    if type(value).__name__ == "date":
        return value + timedelta(days=(now.date() - plausible.NOW.date()).days)
    return value


def is_unique(entity: Entity, name: str) -> bool:
    return entity.by_name[name].unique or any(name in one.fields for one in entity.unique)


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass
class Story:
    """Commands that bring a new row somewhere, with values that were found for them."""

    world: World
    search: Search
    values: Values
    cause: Reaction | None = None
    begun: datetime = field(default_factory=now)
    sent: dict[str, Json] = field(default_factory=dict)

    @classmethod
    def to(cls, world: World, entity: Entity, state: str = "", *more: Step) -> "Story":
        """To a state, and what comes then."""
        model = world.model
        create = next((one for one in entity.commands if one.name == "create"), None)
        assert create is not None, f"{entity.name} has no create"
        creator = who_may(create.by, model.roles)
        cause = None
        if creator is None:
            cause = next(
                one
                for one in model.reactions
                if (one.context, one.entity, one.command) == (entity.context, entity.name, "create")
            )
            creator = THE_OWNER
        steps = [Step(create, creator)]
        steps += [
            Step(one, who_may(one.by, model.roles) or THE_OWNER) for one in path_to(entity, state)
        ]
        search = Search(entity, (*steps, *more), for_a_while=True, number=world.number(entity))
        values = search.passing()
        assert values is not None, f"no values of {entity.name} to {state} {more}"
        return cls(world, search, values, cause)

    @property
    def entity(self) -> Entity:
        return self.search.entity

    def body(self, place: int) -> dict[str, Json]:
        """What a step's request holds."""
        found = {}
        for (at, name), value in self.values.items():
            if at == place:
                key = name if place == 0 else f"{place}.{name}"
                if key not in self.sent:
                    self.sent[key] = self.world.json_of(self.search, name, value, self.begun)
                found[name] = self.sent[key]
        return found

    def ask(self, place: int, row: Json = None, /, **given: Json) -> Answer:
        """Send a step's request."""
        step = self.search.steps[place]
        return send(
            self.world,
            self.entity,
            step.command,
            self.world.api_of(step.actor),
            {**self.body(place), **given},
            row,
        )

    def run(self, *, until: int | None = None, **given: Json) -> Json:
        """The row after all steps, or those before one."""
        row: Json = None
        for place in range(len(self.search.steps))[:until]:
            if place == 0 and self.cause is not None:
                row = self.caused()
                continue
            answer = self.ask(place, row, **(given if place == 0 else {}))
            assert answer.status in {200, 201, 204}, answer
            row = answer.json
        return row

    def caused(self) -> Json:
        """The row that a reaction makes."""
        assert self.cause is not None
        cause, world, model = self.cause, self.world, self.world.model
        if self.entity.name in world.never_made:
            pytest.skip(f"no reaction makes {self.entity.name}")
        event = next(
            one for one in model.events if (one.context, one.name) == (cause.publisher, cause.event)
        )
        publisher = world.entity(Reference(event.context, event.entity))
        assert publisher is not None
        if cause.needs is not None:
            guard = Guard("asked_by_the_reaction", cause.needs)
            publisher = replace(publisher, rules=(*publisher.rules, guard))
        command = next(one for one in publisher.commands if one.name == event.commands[0])
        before = {row["id"] for row in all_rows(world, self.entity)}
        if command.name == "create":
            Story.to(world, publisher).run()
        else:
            state = command.from_states[0] if command.from_states else ""
            step = Step(command, who_may(command.by, model.roles) or THE_OWNER)
            Story.to(world, publisher, state, step).run()
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            found = [row for row in all_rows(world, self.entity) if row["id"] not in before]
            if found:
                return found[0]
            time.sleep(0.05)
        world.never_made.add(self.entity.name)
        raise AssertionError(
            f"no {self.entity.name} was made by {cause.publisher}.{cause.event.name}"
        )


def send(  # noqa: PLR0913, PLR0917 - what a request is made of
    world: World,
    entity: Entity,
    command: Command,
    api: Api,
    body: Json,
    row: Json = None,
    **headers: str,
) -> Answer:
    """A command's request."""
    path = world.path(entity)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if command.name == "create":
        return api.ask("POST", path, body, headers=given)
    if command.name == "update":
        given.setdefault("If-Match", f'"{row["version"]}"')
        return api.ask("PATCH", f"{path}/{row['id']}", body, headers=given)
    if command.name == "delete":
        return api.ask("DELETE", f"{path}/{row['id']}", headers=given)
    return api.ask("POST", f"{path}/{row['id']}/{kebab(command.name)}", body, headers=given)


def path_to(entity: Entity, state: str) -> list[Command]:
    """The fewest commands from where a row begins to a state."""
    create = next(one for one in entity.commands if one.name == "create")
    first = create.to or (entity.states[0] if entity.states else "")
    if not state or state == first:
        return []
    queue: deque[tuple[str, list[Command]]] = deque([(first, [])])
    seen = {first}
    while queue:
        at, path = queue.popleft()
        for command in entity.commands:
            passes = not command.from_states or at in command.from_states
            if command.to and command.over_http and passes and command.to not in seen:
                if command.to == state:
                    return [*path, command]
                seen.add(command.to)
                queue.append((command.to, [*path, command]))
    raise AssertionError(f"{entity.name} never becomes {state}")


def all_rows(world: World, entity: Entity, api: Api | None = None, /, **query: Json) -> list[Json]:
    """Every row of a list, over all pages."""
    rows: list[Json] = []
    query.setdefault("limit", 100)
    while True:
        answer = (api or world.reader(entity)).ask("GET", world.path(entity), **query)
        assert answer.status == 200, answer
        rows += answer.json["items"]
        if answer.json["next_cursor"] is None:
            return rows
        query["cursor"] = answer.json["next_cursor"]


def may(by: tuple[str, ...], name: str, *, owns: bool) -> bool:
    """Whether somebody of a name may, by role or because the row is theirs."""
    if ANYONE in by:
        return True
    if name == "nobody":
        return False
    role = "user" if name in {"owner", "other"} else name
    return USER in by or role in by or (owns and OWNER in by)
