"""What the black-box suite does with an entity: requests, rows and refusals, as Python.

Everything is found when a project is rendered: values by the bounded search, what becomes of them
by `play`. Where nothing is found, there is no such test.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from blueprint_cli.domain import python_text, ready_made
from blueprint_cli.domain.evaluation import Row, evaluate
from blueprint_cli.domain.examples import values as plausible
from blueprint_cli.domain.examples.edges import edge
from blueprint_cli.domain.examples.search import Broken, Search, names
from blueprint_cli.domain.examples.steps import (
    OWNER_ID,
    THE_OWNER,
    WRONG_STATE,
    Actor,
    Step,
    Values,
    actor_of,
    play,
    who_may,
)
from blueprint_cli.domain.expressions import Name, calls
from blueprint_cli.domain.model import ANYONE, OWNER, USER, Field, Guard, Reference, Type
from blueprint_cli.domain.naming import kebab, snake
from blueprint_cli.templates.described.known import asked_in
from blueprint_cli.templates.described.naming import no_test
from blueprint_cli.templates.described.spelled import Drawn, Spelled
from blueprint_cli.templates.described.words import constant, docstring, doing, with_article, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from blueprint_cli.domain.expressions import Expression
    from blueprint_cli.domain.model import Command, Entity, Event, Reaction, Unique
    from blueprint_cli.templates.described.entities import EntityView

VISITOR: Final = "VISITOR"
STRANGER: Final = "STRANGER"
THE_ROWS_OWNER: Final = "OWNER"
_A_STRANGER: Final = Actor("stranger", "user", UUID(int=0x00000000_0000_7000_8000_0000000020FF))
_KEYS: Final = {
    "int": "int",
    "decimal": "Decimal",
    "bool": "bool",
    "datetime": "datetime.fromisoformat",
    "time": "time.fromisoformat",
    "duration": "TypeAdapter(timedelta).validate_python",
}
_BOUNDED: Final = frozenset({"int", "decimal", "date", "datetime"})
_VARIED: Final = frozenset({*_KEYS, "date", "enum", "text"})
_SEARCHED: Final = 12
_A_WEEK: Final = timedelta(days=8)


@dataclass(frozen=True)
class Asked:
    """A command as the suite asks for it: on a row in a state, with what it is given.

    ``values`` are those of every step; ``overrides`` what the row is made with besides what every
    row is made with.
    """

    command: Command
    state: str
    steps: tuple[Step, ...]
    values: Values
    overrides: Mapping[str, Any]

    @property
    def place(self) -> int:
        """The step of the command itself."""
        return len(self.steps) - 1

    @property
    def given(self) -> dict[str, Any]:
        """What the command is given."""
        return {name: value for (at, name), value in self.values.items() if at == self.place}


@dataclass(frozen=True)
class Reached:
    """A state that a row comes to: by a command on a row in another state; by none at first."""

    state: str
    before: str = ""
    by: Asked | None = None
    steps: tuple[Step, ...] = ()
    values: Values | None = None


@dataclass(frozen=True)
class EdgeView:
    """A rule or a guard of a command: what just holds and what just does not, in Python."""

    command: str
    code: str
    sentence: str
    lines: tuple[str, ...]


_SHOWN: Final = Field(name="id", type=Type(kind="uuid"))


@dataclass(frozen=True)
class BlackBox:
    """An entity in the black-box suite."""

    view: EntityView
    # The module that says its names, where that is not its own.
    home: str = ""

    # Names

    @property
    def entity(self) -> Entity:
        """As the model has it."""
        return self.view.entity

    @property
    def roles(self) -> tuple[str, ...]:
        return self.view.context.model.roles

    @property
    def snake(self) -> str:
        """``appointment``."""
        return self.view.snake

    @cached_property
    def path(self) -> str:
        """The constant that its path is."""
        return constant(self.view.table)

    @property
    def new(self) -> str:
        """The function that makes one."""
        return f"{self._prefix}new_{self.snake}"

    @property
    def in_state(self) -> str:
        """The function that makes one in a state."""
        return f"{self._prefix}{no_test(self.snake)}_in"

    def request(self, command: str) -> str:
        """Return the function that makes a command's request."""
        return f"{self._prefix}{no_test(command)}_{self.snake}"

    @property
    def module(self) -> str:
        """The module with its rows."""
        return f"{self.view.context.name}_rows"

    @property
    def home_module(self) -> str:
        """The module that says its names."""
        return self.home or self.module

    @property
    def _prefix(self) -> str:
        return "" if self.home_module == self.module else f"{self.module}."

    def called_from(self, module: str) -> BlackBox:
        """Return it as another module says its names."""
        return self if self.home_module == module else replace(self, home=module)

    @cached_property
    def spelled(self) -> Spelled:
        """How values are spelled."""
        return Spelled(self)

    # Whether there is anything

    @cached_property
    def create(self) -> Command | None:
        """What makes one over HTTP."""
        found = next((one for one in self.entity.commands if one.name == "create"), None)
        return found if found is not None and found.over_http else None

    @cached_property
    def cause(self) -> tuple[Reaction, Event] | None:
        """What makes one where only reactions do: the reaction, and the event."""
        events = {
            (one.context, one.name): one
            for one in (*ready_made.EVENTS, *self.view.context.model.events)
        }
        for one in self.view.context.model.reactions:
            mine = (one.context, one.entity, one.command)
            if mine == (self.entity.context, self.entity.name, "create"):
                event = events[one.publisher, one.event]
                if event.context == ready_made.IDENTITY or self._causing(one, event) is not None:
                    return one, event
        return None

    def _causing(self, reaction: Reaction, event: Event) -> tuple[BlackBox, Asked] | None:
        """Return the command over HTTP by which a reaction is caused."""
        other = self.of(Reference(event.context, event.entity))
        if other is None or other.view.cls == self.view.cls:
            return None
        for name in event.commands:
            asked = other.asking(name, reaction.needs)
            if asked is not None:
                return other, asked
        return None

    @cached_property
    def makeable(self) -> bool:
        """Whether the suite can make one."""
        return self.can_be_made(frozenset())

    def can_be_made(self, within: frozenset[Reference]) -> bool:
        """Whether the suite can make one, for which others are needed already."""
        itself = Reference(self.entity.context, self.entity.name)
        if itself in within:
            return False
        others = [
            self.of(target)
            for one in self.entity.fields
            if not one.optional
            for target in self.spelled.rows_for(one)
        ]
        if any(one is None or not one.can_be_made(within | {itself}) for one in others):
            return False
        if self.create is None:
            # Only who reads every row finds the new one.
            return self.cause is not None and bool(self.reads_all)
        # There is one user of each role.
        by_role = self.owner_is_creator and not self.takes_owner
        if by_role and self.spelled.one_for_each_owner:
            return False
        return self.base is not None and not self.spelled.is_one_alone

    def of(self, target: Reference) -> BlackBox | None:
        """Return another described entity in the suite."""
        context = self.view.context.beside(target.context)
        return None if context is None else context.entities[target.entity].black_box

    # Who

    @property
    def owner(self) -> str:
        """The field whose user a row belongs to."""
        return self.entity.owner

    @cached_property
    def owner_is_given(self) -> bool:
        """Whether the request says whose a row is."""
        return bool(self.owner) and self.create is not None and self.owner in self.create.takes

    @cached_property
    def creator(self) -> Actor:
        """Who makes rows: where everybody may, somebody of a role if a guard lets no other pass."""
        if self.create is None:
            return THE_OWNER
        found = who_may(self.create.by, self.roles) or THE_OWNER
        if USER in self.create.by:
            everybody = (found, *(actor_of(one, self.roles) for one in self.roles))
            passing = (one for one in everybody if self._search(Step(self.create, one)).passing())
            return next(passing, found)
        return found

    def actor(self, command: Command) -> Actor:
        """Return who runs a command: on a row of one's own where one has to."""
        if OWNER in command.by and not self.owner_is_given and self.create is not None:
            return self.creator
        return who_may(command.by, self.roles) or THE_OWNER

    @property
    def owner_is_creator(self) -> bool:
        """Whether a row belongs to whom it is made by, and nobody says so."""
        return bool(self.owner) and self.create is not None and not self.owner_is_given

    @property
    def takes_owner(self) -> bool:
        """Whether the function that makes one is told whose it is."""
        return self.owner_is_given or (self.owner_is_creator and self.creator is THE_OWNER)

    @cached_property
    def default_owner(self) -> str:
        """Whose a row is where nobody says so."""
        return "people.newcomer()" if self.spelled.owner_anew else "people[USER]"

    @cached_property
    def creator_py(self) -> str:
        """Who asks for a new one."""
        if self.creator is not THE_OWNER:
            return f'people["{self.creator.name}"]'
        return "owner" if self.takes_owner else "people[USER]"

    def actor_py(self, command: Command) -> str:
        """Return who asks for a command on ``row``."""
        actor = who_may(command.by, self.roles) or THE_OWNER
        if actor is not THE_OWNER:
            return f'people["{actor.name}"]'
        if not self.owner or self._is_of_others(command):
            return "people[USER]"
        return f'people.of(row["{self.owner}"])'

    @cached_property
    def reads_all(self) -> str:
        """Who reads every row; empty where nobody does."""
        if ANYONE in self.entity.read or USER in self.entity.read:
            return "people[STRANGER]"
        named = [one for one in self.entity.read if one != OWNER]
        return f'people["{named[0]}"]' if named else ""

    @cached_property
    def reader(self) -> str:
        """Who reads ``row``."""
        return self.reads_all or f'people.of(row["{self.owner}"])'

    @cached_property
    def readers(self) -> tuple[tuple[str, int], ...]:
        """Everybody, with the status of what they read of somebody's row."""
        found = []
        for name, actor in self._everybody:
            may = self._may(self.entity.read, name, owns=self._owns(name, actor))
            found.append((name, 200 if may else 401 if name == VISITOR else 404))
        return tuple(found)

    @cached_property
    def _everybody(self) -> tuple[tuple[str, Actor], ...]:
        owner = self.creator if self.owner_is_creator else THE_OWNER
        return (
            (VISITOR, Actor("nobody")),
            (STRANGER, _A_STRANGER),
            *(((THE_ROWS_OWNER, owner),) if self.owner else ()),
            *((f'"{role}"', actor_of(role, self.roles)) for role in ("admin", *self.roles)),
        )

    def _owns(self, name: str, actor: Actor) -> bool:
        return name == THE_ROWS_OWNER or (self.owner_is_creator and actor == self.creator)

    def _may(self, by: tuple[str, ...], name: str, *, owns: bool) -> bool:
        if ANYONE in by:
            return True
        if name == VISITOR:
            return False
        role = self.creator.role if name == THE_ROWS_OWNER and self.owner_is_creator else ""
        said = {STRANGER: "user", THE_ROWS_OWNER: role or "user"}.get(name, name.strip('"'))
        return USER in by or said in by or (owns and OWNER in by)

    # Rows

    def _search(self, *steps: Step) -> Search:
        return Search(self.entity, steps, for_a_while=True, absent=self.absent)

    @cached_property
    def absent(self) -> frozenset[str]:
        """Optional fields that rows are made without.

        References to what cannot be made without coming back here, or at all; and fields that no
        two rows may share and that have fewer values than there are rows.
        """
        optional = [one for one in self.entity.fields if one.optional]
        return frozenset(
            one.name for one in optional if not self._leads_on(one) or self.spelled.is_scarce(one)
        )

    @cached_property
    def base(self) -> Values | None:
        """What a new row is given."""
        if self.create is None:
            return None
        found = self._search(Step(self.create, self.creator)).passing()
        if found is None or self.spelled.has_twins({name: found[at, name] for at, name in found}):
            return None
        return found

    @cached_property
    def since_monday(self) -> bool:
        """Whether times are those of an ordinary week to come, for functions of the owner's own."""
        rules = [*self.entity.rules, *(one for c in self.entity.commands for one in c.needs)]
        if self.create is None or self.base is None or all(one.holds for one in rules):
            return False
        return self._holds_before((Step(self.create, self.creator),), self.base)

    def _holds_before(self, steps: tuple[Step, ...], values: Values) -> bool:
        """Whether it is the same where it is asked for in the week before."""
        known, now = self._search(*steps).known, plausible.NOW - _A_WEEK
        return play(self.entity, steps, values, now, known).refusal is None

    def _passes(self, steps: tuple[Step, ...], values: Values) -> bool:
        as_asked = self._search(*steps).is_as_asked(values, None)
        return as_asked and (not self.since_monday or self._holds_before(steps, values))

    def _leads_on(self, field: Field) -> bool:
        """Whether what an optional reference refers to can be made without coming back here."""
        targets = self.spelled.rows_for(field)
        seen = {Reference(self.entity.context, self.entity.name)}
        waiting = list(targets)
        while waiting:
            other = self.of(waiting.pop())
            if other is None:
                continue
            itself = Reference(other.entity.context, other.entity.name)
            if itself in seen:
                return False
            seen.add(itself)
            waiting += [
                target for one in other.entity.fields for target in other.spelled.rows_for(one)
            ]
        others = map(self.of, targets)
        return all(one is None or one.makeable for one in others)

    @cached_property
    def _making(self) -> tuple[Step, ...]:
        if self.create is not None:
            return (Step(self.create, self.creator),)
        create = next(one for one in self.entity.commands if one.name == "create")
        return (Step(create, THE_OWNER),)

    @cached_property
    def _made(self) -> Values | None:
        if self.create is not None:
            return self.base
        return self._search(*self._making).passing()

    @property
    def base_lines(self) -> list[str]:
        """What a new row is given, as items of a dictionary."""
        assert self.base is not None  # noqa: S101 - asked of what can be made
        given = {name: value for (_, name), value in self.base.items()}
        return self.spelled.items(given, "owner.id" if self.takes_owner else "people[USER].id")

    @property
    def base_shift(self) -> str:
        """The line that says how far a new row's span is from others."""
        return self.spelled.shifts({name: value for (_, name), value in (self.base or {}).items()})

    def _is_of_others(self, command: Command) -> bool:
        """Whether an ordinary user runs it on a row of somebody else: those of a role make rows."""
        theirs = self.owner_is_creator and self.creator is not THE_OWNER
        return theirs and self.actor(command) is THE_OWNER

    def _asking_owner(self, command: Command) -> str:
        """Return who a user of `THE_OWNER`'s id is where a command is asked for."""
        others = not self.owner or self._is_of_others(command)
        return "people[USER].id" if others else f'row["{self.owner}"]'

    # States

    @cached_property
    def states(self) -> dict[str, Reached]:
        """The states that a row comes to over HTTP, the nearest first."""
        if not self.makeable or not self.entity.states or self._made is None:
            return {}
        create = self._making[0].command
        first = create.to or self.entity.states[0]
        found = {first: Reached(first, steps=self._making, values=self._made)}
        waiting = deque([first])
        while waiting:
            at = found[waiting.popleft()]
            for one in self.entity.commands:
                if one.over_http and one.to and one.to not in found and not one.is_crud:
                    asked = self._asked(one, at)
                    if asked is not None and (not asked.overrides or self.create is not None):
                        found[one.to] = Reached(one.to, at.state, asked, asked.steps, asked.values)
                        waiting.append(one.to)
        return found

    @cached_property
    def _begun(self) -> Reached:
        """What a row is that has no states."""
        return Reached("", steps=self._making, values=self._made)

    def _asked(self, command: Command, at: Reached, needs: Guard | None = None) -> Asked | None:
        """Return a command on a row in a state, made with as few changes as can be."""
        if command.from_states and at.state not in command.from_states:
            return None
        if at.values is None:
            return None
        steps = (*at.steps, Step(command, self.actor(command)))
        entity = self.entity
        if needs is not None:
            entity = replace(entity, rules=(*entity.rules, needs))
        search = Search(entity, steps, for_a_while=True, absent=self.absent)
        begun = search.begun()
        if begun is None:
            return None
        begun |= at.values
        place = len(steps) - 1
        for one in entity.fields:
            if (place, one.name) in begun and one.optional and not self._leads_on(one):
                begun[place, one.name] = None
        found = search.passing(begun)
        if found is None or (self.since_monday and not self._holds_before(steps, found)):
            return None
        overrides = {
            name: value
            for (step, name), value in found.items()
            if step == 0 and value != at.values[0, name]
        }
        kept = all(found[key] == value for key, value in at.values.items() if 0 < key[0] < place)
        if not kept or (overrides and self.create is None) or not self.spelled.sayable(overrides):
            return None
        asked = Asked(command, at.state, steps, found, overrides)
        anew = self.owner in overrides and self._acts_as_owner(asked)
        return None if anew or self._sets_alike(asked) else asked

    def _sets_alike(self, asked: Asked) -> bool:
        """Whether a command gives every row what no two may have."""
        sets = dict(asked.command.sets)

        def differs(name: str) -> bool:
            if name not in sets:
                return self.spelled.varies(name)
            return calls(sets[name], "now") or any(
                self.spelled.varies(said.path[0]) for said in names(sets[name])
            )

        rows = self._search(*asked.steps).played(asked.values).rows
        row = Row(rows[-1], plausible.NOW, asked.steps[-1].actor.me)
        return any(
            sets.keys() & {*fields}
            and all(row.values[name] is not None for name in fields)
            and not any(map(differs, fields))
            for fields in self.spelled.of_one_row(lambda where: evaluate(where, row) is True)
        )

    def asking(self, name: str, needs: Expression | None = None) -> Asked | None:
        """Return how a command is asked for, where it can be; with an expression over its event."""
        command = next((one for one in self.entity.commands if one.name == name), None)
        if command is None or not command.over_http or not self.makeable:
            return None
        guard = None if needs is None else Guard("asked_for", needs)
        if name == "create":
            return self._creating(guard)
        places = list(self.states.values()) if self.entity.states else [self._begun]
        if command.from_states:
            places.sort(key=lambda one: one.state != command.from_states[0])
        for at in places:
            asked = self._asked(command, at, guard)
            if asked is not None and not (name == "delete" and self._comes_into_use(asked)):
                return asked
        return None

    def _comes_into_use(self, asked: Asked) -> bool:
        """Whether a reaction to what made the row makes one that refers to it, sooner or later."""
        made = {one.command.emits for one in asked.steps[:-1]}
        itself = Reference(self.entity.context, self.entity.name)
        return any(
            other.entity.by_name[field].type.target == itself
            for one, _ in self._reactions()
            if one.event in made and one.context == itself.context and one.command == "create"
            for other in [self.of(Reference(one.context, one.entity))]
            if other is not None
            for field, expression in one.values
            if isinstance(expression, Name) and expression.path == ("id",)
        )

    def _creating(self, needs: Guard | None) -> Asked | None:
        assert self.create is not None  # noqa: S101 - it is over HTTP
        assert self.base is not None  # noqa: S101 - it is makeable
        found: Values | None = self.base
        if needs is not None:
            entity = replace(self.entity, rules=(*self.entity.rules, needs))
            search = Search(entity, self._making, for_a_while=True, absent=self.absent)
            found = search.passing(dict(self.base))
        if found is None:
            return None
        overrides = {key[1]: value for key, value in found.items() if value != self.base[key]}
        return Asked(self.create, "", self._making, found, overrides)

    @cached_property
    def commands(self) -> dict[str, Asked]:
        """Commands on a row that is there, by name, each as it is asked for."""
        found = {}
        for one in self.entity.commands:
            if one.name != "create" and (asked := self.asking(one.name)) is not None:
                found[one.name] = asked
        return found

    def method(self, command: Command) -> str:
        """Return how a command is asked for."""
        return {"update": "PATCH", "delete": "DELETE"}.get(command.name, "POST")

    def below(self, command: Command) -> str:
        """Return the end of a command's path, after the row's id."""
        return "" if command.is_crud else f"/{kebab(command.name)}"

    def row_py(self, asked: Asked, more: Mapping[str, Any] | None = None) -> str:
        """Return the call that makes the row of a command."""
        given = {**asked.overrides, **(more or {})}
        begin = next(iter(self.states), "")
        arguments = ["people"]
        name = self.new
        if asked.state and asked.state != begin:
            name = self.in_state
            arguments.append(f'"{asked.state}"')
        if given:
            arguments.append(self.spelled.mapping(given))
        return f"{name}({', '.join(arguments)})"

    def aim(self, asked: Asked) -> str:
        """What a command is asked for: ``To move an appointment that is booked.``."""
        said = doing(asked.command.name, with_article(self.entity.name))
        there = f" that is {words(asked.state)}" if asked.state else ""
        return docstring(f"To {said}{there}.", 4)

    def body_lines(self, asked: Asked) -> list[str]:
        """Return what a command is given, as items of a dictionary."""
        given = self.spelled.with_newcomers(asked.given, but=asked.steps[-1].actor)
        # What it is given may have to be less than what a new row may be.
        fixed = frozenset(
            name
            for name in given.keys() & self.spelled.drawn
            for sample in self.spelled.drawn[name].samples
            if not self._takes(asked, name, sample)
        )
        owner = self._asking_owner(asked.command)
        return self.spelled.items(given, owner, fixed, self._late(asked))

    def _takes(self, asked: Asked, name: str, value: object) -> bool:
        """Whether a command takes another value."""
        values = {**asked.values, (asked.place, name): value}
        return self._search(*asked.steps).is_as_asked(values, None)

    def _late(self, asked: Asked) -> dict[str, Drawn]:
        """Return how what a command gives, and a new row has not, is drawn."""
        if asked.command.name == "create":
            return {}
        return self.spelled.late(asked.given, partial(self._takes, asked))

    def _drawn(self, asked: Asked) -> set[str]:
        """Return the fields of which each row has another value after a command."""
        return {*self.spelled.drawn, *self._late(asked)}

    # Tests

    @cached_property
    def who(self) -> tuple[tuple[str, tuple[tuple[str, int], ...]], ...]:
        """Each command's request, with everybody's status."""
        found = []
        if self.create is not None:
            asked = self._creating(None)
            assert asked is not None  # noqa: S101 - without needs it is the base
            found.append((self.request("create"), self._statuses(asked)))
        for name, asked in self.commands.items():
            found.append((self.request(name), self._statuses(asked)))
        return tuple(found)

    def _statuses(self, asked: Asked) -> tuple[tuple[str, int], ...]:
        return tuple((name, self._status(asked, name, actor)) for name, actor in self._everybody)

    def _status(self, asked: Asked, name: str, actor: Actor) -> int:
        command = asked.command
        if command.name == "create":
            owns = name == THE_ROWS_OWNER if self.owner_is_given else name != VISITOR
            visible = True
        else:
            owns = self._owns(name, actor)
            visible = self._may(self.entity.read, name, owns=owns)
        if not self._may(command.by, name, owns=owns):
            return 401 if name == VISITOR else 403 if visible else 404
        done = {"create": 201, "delete": 204}.get(command.name, 200)
        return self._refusal(asked, actor) or done

    def _refusal(self, asked: Asked, actor: Actor) -> int:
        """Return the status of what a guard or rule says to somebody; 0 where they pass."""
        steps = (*asked.steps[:-1], Step(asked.command, actor))
        known = self._search(*asked.steps).known | {actor.id}
        values = dict(asked.values)
        others = self._is_of_others(asked.command)
        if self.owner_is_creator and self.creator.id is not None and not others:
            # Whose the row is.
            values |= {
                (place, name): self.creator.id
                for (place, name), value in values.items()
                if place == asked.place and value == OWNER_ID
            }
        if actor is _A_STRANGER:
            # Whom the row names is them, for once.
            fields = self.entity.by_name
            values |= {
                (place, name): actor.id
                for (place, name), value in values.items()
                if self.spelled.is_a_stranger(fields[name], value)
            }
        played = play(self.entity, steps, values, plausible.NOW, known)
        if played.refusal is None:
            return 0
        guards = {one.code for one in asked.command.needs} | {WRONG_STATE}
        return 409 if played.refusal.code in guards else 422

    @cached_property
    def wrong_states(self) -> tuple[tuple[str, str], ...]:
        """Each state and command that is refused in it."""
        return tuple(
            (state, self.request(name))
            for state in self.states
            for name, asked in self.commands.items()
            if asked.command.from_states and state not in asked.command.from_states
        )

    @cached_property
    def right_states(self) -> tuple[tuple[str, str, str], ...]:
        """Each state and command that passes in it, and the state afterwards."""
        found = []
        for state, at in self.states.items():
            for name, asked in self.commands.items():
                command = asked.command
                if name == "delete" or at.values is None:
                    continue
                place = len(at.steps)
                given = {(place, key): value for key, value in asked.given.items()}
                steps = (*at.steps, asked.steps[-1])
                passes = self._passes(steps, {**at.values, **given})
                if passes and (not command.from_states or state in command.from_states):
                    found.append((state, self.request(name), command.to or state))
        return tuple(found)

    @cached_property
    def edges(self) -> tuple[EdgeView, ...]:
        """Rules and guards, at their edge and over it."""
        found = []
        asked_for = dict(self.commands)
        if self.create is not None and self.makeable and (first := self._creating(None)):
            asked_for = {"create": first, **asked_for}
        for name, asked in asked_for.items():
            touched = {*asked.command.takes, *dict(asked.command.sets)}
            guards = [(409, one) for one in asked.command.needs]
            if name != "delete":
                guards += [
                    (422, one)
                    for one in self.entity.rules
                    if one.holds is not None
                    and any(said.path[0] in touched for said in names(one.holds))
                ]
            for status, guard in guards:
                if guard.holds is not None and (one := self._edge(asked, guard, status)):
                    found.append(one)
        return tuple(found)

    def _edge(self, asked: Asked, guard: Guard, status: int) -> EdgeView | None:
        assert guard.holds is not None  # noqa: S101 - asked of those alone
        search = self._search(*asked.steps)
        broken = Broken(asked.place, guard.code, guard.holds)
        over = search.breaking(broken, dict(asked.values))
        if over is None:
            return None
        found = edge(search, broken)
        lines: list[str] = []
        pair = [(found.at, ".done()"), (found.over, f'.refused({status}, "{guard.code}")')]
        at_now = self.since_monday and calls(guard.holds, "now", "today")
        if at_now and (guard in self.entity.rules or asked.command.name != "create"):
            return None
        if (
            at_now
            or not found.close
            or any(values is None or self._sent(asked, values) is None for values, _ in pair)
            or self._leaves_what_is_left(asked, found.at or {})
            or not self._says_what_varies(asked, found.at or {}, guard)
            or not self._passes(asked.steps, found.at or {})
        ):
            pair = [(over, f'.refused({status}, "{guard.code}")')]
        for values, end in pair:
            if values is not None and not self._says_what_varies(asked, values, guard):
                return None
            since = "" if at_now else None
            sent = None if values is None else self._sent(asked, values, since)
            if sent is None:
                return None
            lines.append(f"{sent}{end}")
        holds = python_text.is_true(guard.holds, python_text.Spelling(row=""))
        said = docstring(f"`{holds}`.", 4)
        return EdgeView(asked.command.name, guard.code, said, tuple(lines))

    def _leaves_what_is_left(self, asked: Asked, values: Values) -> bool:
        """Whether a row gets what only one may have, which that of create's test has already."""
        changed = {
            name for (at, name) in values if asked.values.get((at, name)) != values[at, name]
        }
        return asked.command.name != "create" and bool(changed & self._drawn(asked))

    def _says_what_varies(self, asked: Asked, values: Values, guard: Guard) -> bool:
        """Whether no row has another value than the one that the guard holds for, or not."""
        assert guard.holds is not None  # noqa: S101 - asked of those alone
        said = {key[1] for key, value in values.items() if asked.values.get(key) != value}
        return not ({one.path[0] for one in names(guard.holds)} & self._drawn(asked)) - said

    def _sent(self, asked: Asked, values: Values, since: str | None = None) -> str | None:
        """Return the request with other values; None where a step between would have others."""
        changed = {key: value for key, value in values.items() if asked.values.get(key) != value}
        made = {name: value for (at, name), value in changed.items() if at == 0}
        given = {name: value for (at, name), value in changed.items() if at == asked.place}
        if any(0 < at < asked.place for at, _ in changed):
            return None
        if not (self.spelled.sayable(made) and self.spelled.sayable(given)):
            return None
        follows = self.owner in made and self._acts_as_owner(asked)
        if follows or set(self.spelled.shifted) & {*made, *given}:
            return None
        function = self.request(asked.command.name)
        if asked.command.name == "create":
            given = {**asked.overrides, **made}
            return f"{function}(people, {self.spelled.mapping(given, since=since)})"
        if self.create is None and made:
            return None
        arguments = ["people", *([self.row_py(asked, made)] if made else [])]
        if given:
            arguments.append(f"{'' if made else 'given='}{self.spelled.mapping(given)}")
        return f"{function}({', '.join(arguments)})"

    @staticmethod
    def _acts_as_owner(asked: Asked) -> bool:
        """Whether the row is made, or it is asked for, by whoever the row belongs to."""
        making, asking = asked.steps[0], asked.steps[-1]
        makes = making.actor is THE_OWNER and OWNER in making.command.by
        return makes or (asked.command.name != "create" and asking.actor is THE_OWNER)

    @cached_property
    def uniques(self) -> tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...]:
        """What only one row may have: a function's name, the code, the fields, what may be next."""
        if self.create is None or not self.makeable or self.base is None:
            return ()
        found = []
        all_: list[tuple[str, tuple[str, ...], Unique | None]] = []
        all_ += [
            (f"{one.name}_taken", (one.name,), None) for one in self.entity.fields if one.unique
        ]
        all_ += [(one.code, (*one.fields, *(one.span or ())), one) for one in self.entity.unique]
        for code, fields, one in all_:
            if self._collides(fields, one) and not self._hidden(code, fields, all_):
                found.append((code, code, fields, self._next_to(one)))
        return tuple(found)

    def _collides(self, fields: tuple[str, ...], unique: Unique | None) -> bool:
        """Whether two rows that are given the same are refused."""
        assert self.base is not None  # noqa: S101 - asked of what can be made
        assert self.create is not None  # noqa: S101 - as before
        for name in fields:
            owned = name == self.owner and (self.takes_owner or self.owner_is_creator)
            if name not in self.create.takes and not owned:
                return False
            if name in self.create.takes and self.base[0, name] is None:
                return unique is not None and unique.span is not None and name == unique.span[1]
        if unique is None or unique.where is None:
            return True
        played = self._search(*self._making).played(self.base)
        row = Row(played.rows[0], plausible.NOW, self.creator.me)
        return evaluate(unique.where, row) is True

    def _hidden(
        self,
        code: str,
        fields: tuple[str, ...],
        all_: list[tuple[str, tuple[str, ...], Unique | None]],
    ) -> bool:
        """Whether another of them would be broken, too: then either may be named."""
        shared = set(fields)
        for other, names_, _ in all_:
            differs = any(
                name not in shared and (self.spelled.varies(name) or self._computed(name))
                for name in names_
            )
            if other != code and not differs:
                return True
        return False

    def _computed(self, name: str) -> bool:
        assert self.create is not None  # noqa: S101 - asked of what is made over HTTP
        return name not in self.create.takes and name != self.owner

    def _next_to(self, unique: Unique | None) -> tuple[str, ...]:
        """Return what a row is given that begins where another ends, as lines; none without one."""
        if unique is None or unique.span is None or self.base is None:
            return ()
        first, last = ((0, name) for name in unique.span)
        begin, end = self.base.get(first), self.base.get(last)
        if (
            begin is None
            or end is None
            or {first[1], last[1]} & {*self.spelled.drawn, *self.spelled.shifted}
        ):
            return ()
        values = {**self.base, first: end, last: end + (end - begin)}
        if not self._passes(self._making, values):
            return ()
        return tuple(self.spelled.items({first[1]: end, last[1]: values[last]}))

    @cached_property
    def shares_owner(self) -> dict[str, bool]:
        """By code, whether rows have to be of one owner to be refused."""
        return {
            code: self.owner in fields and self.takes_owner for code, _, fields, _ in self.uniques
        }

    @cached_property
    def referring(self) -> tuple[str, str] | None:
        """What refers to one, by the function that makes it, and what it is given."""
        if "delete" not in self.commands:
            return None
        itself = Reference(self.entity.context, self.entity.name)
        for other in self.view.context.all:
            box = other.black_box
            if box.create is None or not box.makeable or (box is self and self.spelled.owner_anew):
                continue
            for one in other.entity.fields:
                if itself in one.type.targets() and (given := box.referring_to(itself, one)):
                    return box.new, given
        return None

    def referring_to(self, target: Reference, field: Field) -> str:
        """Return with what a row refers to ``request.row``, and is otherwise as usual; or ""."""
        if self.create is None or self.base is None or field.name not in self.create.takes:
            return ""
        value = plausible.referring(field.type, field.name)
        values = {**self.base, (0, field.name): value}
        if not self._search(*self._making).is_as_asked(values, None):
            return ""
        return self.spelled.naming(target, field, value)

    # Lists

    @property
    def deletes_new(self) -> bool:
        """Whether a new row can be deleted as it is."""
        asked = self.commands.get("delete")
        return asked is not None and not asked.overrides and len(asked.steps) == 2  # noqa: PLR2004 - making it, and this

    @cached_property
    def listed(self) -> bool:
        """Whether somebody reads rows enough to page through."""
        return self.makeable and bool(self.reads_all)

    def _variants(self, name: str) -> list[dict[str, Any]]:
        """Return what rows are given that differ in a field."""
        if self.create is None or name not in self.create.takes or self.base is None:
            return []
        of = self.entity.by_name[name]
        if of.type.kind not in _VARIED or (of.type.pattern and not of.optional):
            return []
        if self.spelled.varies(name):
            return []
        found: list[dict[str, Any]] = []
        search = self._search(*self._making)
        for value in plausible.others(of):
            values = {**self.base, (0, name): value}
            if value == self.base[0, name] or not plausible.allowed(of, value):
                continue
            changed = values if search.is_as_asked(values, None) else search.passing(values)
            if changed is None or not self._passes(self._making, changed):
                continue
            if changed[0, name] == value:
                found.append(
                    {key[1]: given for key, given in changed.items() if given != self.base[key]}
                )
            if len(found) == 2:  # noqa: PLR2004 - enough to differ
                break
        return found

    def variants(self, name: str) -> list[str]:
        """Return `_variants` as Python; of a reference that is left out, one to a row."""
        field = self.entity.by_name.get(name)
        base = self.base or {}
        if (
            field is not None
            and base.get((0, name), name) is None
            and self.spelled.made_anew(field)
        ):
            others = [self.of(target) for target in self.spelled.rows_for(field)]
            if any(other is None or not other.makeable for other in others):
                return []
            return [f'{{"{name}": {self.spelled.value(name, plausible.plain(field))}}}']
        return [self.spelled.mapping(one) for one in self._variants(name)]

    def _is_known(self, name: str) -> bool:
        """Whether a new row has a value."""
        if self._made is None:
            return False
        rows = self._search(*self._making).played(self._made).rows
        return bool(rows) and rows[0].get(name, name) is not None

    def _kind(self, name: str) -> str:
        if name == "status":
            return "enum"
        of = self.entity.by_name.get(name)
        if of is None:
            return {"id": "uuid", "version": "int"}.get(name, "datetime")
        return of.type.kind

    @cached_property
    def sorts(self) -> tuple[tuple[str, str, list[str]], ...]:
        """What a list is sorted by: the field, what its values are compared as, and rows."""
        return tuple(
            (name, _KEYS.get(self._kind(name), "str"), self.variants(name))
            for name in self.entity.listing.sort
        )

    @cached_property
    def filters(self) -> tuple[tuple[str, bool, list[str]], ...]:
        """What a list is filtered by: the field, whether it has bounds, and rows."""
        return tuple(
            (name, self._kind(name) in _BOUNDED, self.variants(name))
            for name in self.entity.listing.filter
            if self._is_known(name) or self.variants(name)
        )

    @cached_property
    def filters_states(self) -> tuple[str, ...]:
        """The states that rows are in where a list is filtered by them."""
        return tuple(self.states) if "status" in self.entity.listing.filter else ()

    @cached_property
    def searches(self) -> tuple[str, ...]:
        """The fields that are searched, of those that a row can be given any text in."""
        if self.create is None or self.base is None:
            return ()
        search = self._search(*self._making)
        found = []
        for name in self.entity.listing.search:
            of = self.entity.by_name[name]
            low, high = of.type.low or 0, of.type.high
            wide = low <= _SEARCHED and (high is None or high >= _SEARCHED)
            if name not in self.create.takes or of.type.kind != "text" or of.type.pattern:
                continue
            if wide and search.is_as_asked({**self.base, (0, name): "Straße abcde"}, None):
                found.append(name)
        return tuple(found)

    # What follows

    @cached_property
    def emails(self) -> tuple[tuple[str, str, str], ...]:
        """What somebody is told of: the request that causes it, the user's field, the kind."""
        found: dict[tuple[str, str, str], None] = {}
        for one, event in self._reactions():
            if not one.is_email or one.to not in self.entity.by_name:
                continue
            for name in event.commands:
                asked = self.asking(name, one.needs)
                if asked is None or not self._told(asked, one):
                    continue
                found[self.caused(asked), one.to, one.text] = None
                break
        return tuple(found)

    def _told(self, asked: Asked, reaction: Reaction) -> bool:
        """Whether an e-mail goes to somebody whom the suite is, and only once."""
        times = [one for one in asked.steps if one.command.emits == reaction.event]
        played = self._search(*asked.steps).played(asked.values)
        return len(times) == 1 and bool(played.rows) and played.rows[-1][reaction.to] is not None

    def _reactions(self) -> Iterator[tuple[Reaction, Event]]:
        model = self.view.context.model
        mine = {
            one.name: one
            for one in model.events
            if (one.context, one.entity) == (self.entity.context, self.entity.name)
        }
        for one in model.reactions:
            if one.publisher == self.entity.context and one.event in mine:
                yield one, mine[one.event]

    def caused(self, asked: Asked) -> str:
        """Return the request after which something happens."""
        function = self.request(asked.command.name)
        if asked.command.name == "create":
            given = f", {self.spelled.mapping(asked.overrides)}" if asked.overrides else ""
            return f"{function}(people{given})"
        default = self.commands.get(asked.command.name)
        if default is not None and default.values == asked.values:
            return f"{function}(people)"
        row = self.row_py(asked)
        given_ = {
            name: value
            for name, value in asked.given.items()
            if default is None or default.given.get(name) != value
        }
        more = f", {self.spelled.mapping(given_)}" if given_ else ""
        return f"{function}(people, {row}{more})"

    @cached_property
    def making_lines(self) -> tuple[str, str, str]:
        """Where only reactions make one: the event, who reads it, and what causes it."""
        assert self.cause is not None  # noqa: S101 - asked of those alone
        reaction, event = self.cause
        if event.context == ready_made.IDENTITY:
            return event.name.name, self.reads_all, "people.newcomer"
        causing = self._causing(reaction, event)
        assert causing is not None  # noqa: S101 - it is the cause
        other, asked = causing
        called = other.called_from(self.module).caused(asked)
        return event.name.name, self.reads_all, f"{called}.done"

    @cached_property
    def appearing(self) -> tuple[tuple[str, str, str, tuple[tuple[str, str], ...], str], ...]:
        """Rows that reactions make: its name, the request, who reads, what is equal, the path."""
        found = []
        for one, event in self._reactions():
            target = None if one.is_email else self.of(Reference(one.context, one.entity))
            if target is None or one.command != "create" or not target.reads_all:
                continue
            for name in event.commands:
                asked = self.asking(name, one.needs)
                if asked is None:
                    continue
                equal = [
                    (key, expression.path[0])
                    for key, expression in one.values
                    if isinstance(expression, Name)
                    and len(expression.path) == 1
                    and expression.path[0] in {"id", *self.entity.by_name}
                    and not target.entity.by_name[key].secret
                    and name != "delete"
                    and not (self.entity.by_name.get(expression.path[0], _SHOWN)).secret
                ]
                # Rows that other tests cause are not to be taken for this one.
                if not any(path == "id" or self.spelled.varies(path) for _, path in equal):
                    continue
                path = f"{target.module}.{target.path}"
                name_ = f"{snake(event.name.name)}_makes_{target.snake}"
                found.append((name_, self.caused(asked), target.reads_all, tuple(equal), path))
                break
        return tuple(found)

    @cached_property
    def changing(self) -> tuple[tuple[str, str, str, str, str, str], ...]:
        """Rows that reactions change: its name, the request, who reads, path, id, the state."""
        found = []
        for one, event in self._reactions():
            target = None if one.is_email else self.of(Reference(one.context, one.entity))
            if target is None or one.command == "create" or not target.reads_all:
                continue
            of = one.of
            command = next(c for c in target.entity.commands if c.name == one.command)
            if not isinstance(of, Name) or len(of.path) != 1 or command.takes or command.needs:
                continue
            first = next(iter(target.states), "")
            named = self.entity.by_name.get(of.path[0])
            refers = named is not None and self.spelled.made_anew(named)
            reached = not command.from_states or first in command.from_states
            if not (refers and reached and command.to) or command.name == "delete":
                continue
            for name in event.commands:
                asked = self.asking(name, one.needs)
                if asked is not None and asked.steps[0].command.takes.count(of.path[0]):
                    called = f"{snake(event.name.name)}_runs_{one.command}_of_{target.snake}"
                    path = f"{target.module}.{target.path}"
                    found.append(
                        (called, self.caused(asked), target.reads_all, path, of.path[0], command.to)
                    )
                    break
        return tuple(found)

    # Documents

    @property
    def words(self) -> str:
        """Its name, as words."""
        return words(self.entity.name)

    @cached_property
    def once_known(self) -> str:
        """The guards that are broken until others know of a row that is new; empty without any."""
        if self.create is None:
            return ""
        return _tuple(
            guard.code
            for guard in self.create.needs
            if guard.holds is not None
            and any(
                asked.path == name.path
                for asked in asked_in(replace(self.create, needs=(guard,), sets=()))
                for name in names(guard.holds)
            )
        )

    def once_known_of(self, command: Command) -> str:
        """Return `once_known` of another command."""
        return _tuple(
            guard.code
            for guard in command.needs
            if any(True for _ in asked_in(replace(command, needs=(guard,), sets=())))
        )


def _tuple(codes: Iterable[str]) -> str:
    """Return texts as a tuple in Python; empty where there are none."""
    found = [f'"{code}"' for code in dict.fromkeys(codes)]
    return f"({', '.join(found)}{',' if len(found) == 1 else ''})" if found else ""
