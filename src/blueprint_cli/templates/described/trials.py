"""What the commands of an entity are tried with: found by the bounded search, once for a model.

A command other than create is tried on a row that is simply there, in a state that it allows; what
is found is told by how it differs from the entity's plain row.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from blueprint_cli.domain.examples import values as plausible
from blueprint_cli.domain.examples.edges import Edge, edge
from blueprint_cli.domain.examples.search import Broken, Search, broken_span, names
from blueprint_cli.domain.examples.steps import (
    INVALID,
    NOBODY,
    OWNER_ID,
    THE_OWNER,
    Actor,
    Step,
    Values,
    actor_of,
    unnamed_spans,
)
from blueprint_cli.domain.expressions import Call, Me, Name, children
from blueprint_cli.domain.model import ANYONE, OWNER, SYSTEM, USER, Command, Entity

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from blueprint_cli.domain.evaluation import Value
    from blueprint_cli.domain.expressions import Expression
    from blueprint_cli.domain.model import Field, Guard

_IDS: Final = 0x00000000_0000_7000_8000_000000003000


@dataclass(frozen=True)
class Tried:
    """A call of a command: the differences of its row, what it is given, who runs it.

    ``known`` says of a path whether the row of another context that it names is there; ``state`` is
    the row's before.
    """

    row: Mapping[str, Any]
    given: Mapping[str, Any]
    actor: Actor
    known: Mapping[tuple[str, ...], bool]
    state: str = ""


@dataclass(frozen=True)
class EdgeTried:
    """A guard or a rule at its edge and over it; None where none is found."""

    code: str
    at: Tried | None
    over: Tried | None

    @property
    def is_found(self) -> bool:
        """Whether both sides are."""
        return self.at is not None and self.over is not None


@dataclass(frozen=True)
class CommandTried:
    """A command that is not refused, the row before and after, and its edges.

    ``states`` are those in which the same call is allowed.
    """

    call: Tried
    states: tuple[str, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    needs: tuple[EdgeTried, ...]
    sets: tuple[EdgeTried, ...]
    spans: tuple[EdgeTried, ...]
    rules: tuple[EdgeTried, ...]


@dataclass(frozen=True)
class Trial(Search):
    """A search that begins where it is told to, and knows each reference's own ids.

    ``told`` are ids that it knows besides.
    """

    begin: Values = field(default_factory=dict)
    told: frozenset[UUID] = frozenset()
    most: int = 150

    @cached_property
    def known(self) -> frozenset[Any]:
        """The ids that other contexts know."""
        own = {
            _id_of(self.entity, one, number) for one in self.entity.references for number in (0, 1)
        }
        actors = {step.actor.id for step in self.steps if step.actor.id is not None}
        return frozenset(own | actors | self.told | {OWNER_ID})

    def begun(self) -> Values | None:
        """Return what it is told to begin with."""
        return dict(self.begin)


@dataclass(frozen=True)
class Trials:
    """What an entity's commands are tried with."""

    entity: Entity
    roles: tuple[str, ...]

    @cached_property
    def plain(self) -> Mapping[str, Any]:
        """A row that is simply there: as create makes it, where that is."""
        if self._created is not None:
            return self._created.after
        begun = {(0, one.name): self._value(one) for one in self.entity.fields}
        state = self.entity.states[0] if self.entity.states else ""
        trial = Trial(self.entity, (Step(self._there(state), THE_OWNER),), begin=begun)
        values = trial.passing() or begun
        played = trial.played(values)
        if played.rows:
            return played.rows[0]
        status = {"status": state} if state else {}
        return {name: value for (_, name), value in values.items()} | status

    @property
    def new(self) -> Mapping[str, Any]:
        """What a plain row is made of."""
        return {} if self._created is None else self._created.call.given

    @cached_property
    def commands(self) -> dict[str, CommandTried]:
        """Each command for which a call is found that is not refused."""
        found = {}
        for command in self.entity.commands:
            create = command.name == "create"
            tried = self._created if create else self._changed(command)
            if tried is not None:
                found[command.name] = tried
        return found

    def _there(self, state: str) -> Command:
        """Return what puts a row of any kind there."""
        takes = tuple(one.name for one in self.entity.fields)
        return Command(name="create", takes=takes, to=state, by=(ANYONE,))

    def _value(self, one: Field, number: int = 0) -> Value:
        """Return a plausible value that differs from others of its kind, and by its number."""
        kind = one.type
        if kind.kind == "ref":
            mine = one.name == self.entity.owner and not number
            return OWNER_ID if mine else _id_of(self.entity, one, number)
        if number and kind.kind == "enum":
            return kind.values[number % len(kind.values)]
        if number and kind.kind == "bool":
            return True
        same = [other for other in self.entity.fields if other.type.kind == kind.kind]
        value = plausible.plain(one, number, same.index(one))
        return "" if value is None and not one.optional else value

    # One command

    @cached_property
    def _created(self) -> CommandTried | None:
        """How a row is made; None where there is no such command, or nothing is found."""
        command = next((one for one in self.entity.commands if one.name == "create"), None)
        if command is None:
            return None
        for actor in self._actors(command):
            begun = {(0, name): self._value(self.entity.by_name[name]) for name in command.takes}
            steps = (Step(command, actor),)
            values = Trial(self.entity, steps, begin=begun).passing()
            if values is not None:
                return self._tried(steps, values, {}, ())
        return None

    def _changed(self, command: Command) -> CommandTried | None:
        """Return how a row that is there is changed or removed."""
        states = self._states(command)
        for state, actor in product(states, self._actors(command)):
            steps = (Step(self._there(state), THE_OWNER), Step(command, actor))
            row = {(0, one.name): self.plain[one.name] for one in self.entity.fields}
            for number in (1, 0):
                taken = {
                    (1, name): self._value(self.entity.by_name[name], number)
                    for name in command.takes
                }
                values = Trial(self.entity, steps, begin={**row, **taken}).passing()
                if values is not None:
                    return self._tried(steps, self._like(steps, values, row), row, states)
        return None

    def _states(self, command: Command) -> tuple[str, ...]:
        return command.from_states or self.entity.states or ("",)

    def _like(self, steps: tuple[Step, ...], values: Values, row: Values) -> Values:
        """Return values whose row differs from the plain one only where it has to."""
        trial = Trial(self.entity, steps)
        for key, value in row.items():
            if values[key] != value and trial.is_as_asked(changed := {**values, key: value}, None):
                values = changed
        return values

    def _tried(
        self,
        steps: tuple[Step, ...],
        values: Values,
        row: Values,
        states: tuple[str, ...],
    ) -> CommandTried:
        trial = Trial(self.entity, steps, begin=values)
        command, last = steps[-1].command, len(steps) - 1
        rows = trial.played(values).rows
        given = {name: values[last, name] for name in command.takes}
        base = row if last else {(0, name): value for name, value in given.items()}
        return CommandTried(
            self._call(trial, values, base, given=given),
            tuple(one for one in states if self._is_allowed(trial, values, one)),
            rows[0],
            rows[last],
            tuple(self._edges(trial, base, command.needs)),
            tuple(self._ranges(trial, base)),
            tuple(self._spans(trial, base)),
            tuple(self._edges(trial, base, self._rules(command))),
        )

    def _is_allowed(self, trial: Trial, values: Values, state: str) -> bool:
        first, last = trial.steps
        steps = (Step(self._there(state), first.actor), last)
        return Trial(self.entity, steps).is_as_asked(values, None)

    def _actors(self, command: Command) -> list[Actor]:
        """Return everyone who may, the most ordinary first."""
        by = command.by
        found = [THE_OWNER] if {OWNER, USER, ANYONE} & set(by) else []
        found += [
            actor_of(one, self.roles) for one in by if one not in {OWNER, USER, ANYONE, SYSTEM}
        ]
        if {USER, ANYONE} & set(by):
            found += [actor_of(one, self.roles) for one in ("user", "admin", *self.roles)]
        if {SYSTEM, ANYONE} & set(by):
            found.append(NOBODY)
        return list(dict.fromkeys(found))

    # Edges

    def _edges(self, trial: Trial, base: Values, guards: Sequence[Guard]) -> Iterator[EdgeTried]:
        last = len(trial.steps) - 1
        for guard in guards:
            match guard.holds:
                case None:
                    pass
                case Call(function="known", arguments=(Name(path=path),)):
                    begin = self._naming_one(trial, path)
                    if begin is None:
                        yield EdgeTried(guard.code, None, None)
                        continue
                    at = self._call(trial, begin, base)
                    over = replace(at, known={**at.known, path: False})
                    yield EdgeTried(guard.code, at, over)
                case holds:
                    yield self._edge_of_states(trial, base, Broken(last, guard.code, holds))

    def _edge_of_states(self, trial: Trial, base: Values, broken: Broken) -> EdgeTried:
        """Return the edge in the state of a trial, and in others where that answers it."""
        found = self._edge(trial, base, broken)
        there, last = trial.steps[0], trial.steps[-1]
        if there is last or not any(name.path == ("status",) for name in names(broken.holds)):
            return found
        for state in self._states(last.command):
            if not found.is_found:
                steps = (replace(there, command=self._there(state)), last)
                other = self._edge(replace(trial, steps=steps), base, broken)
                found = EdgeTried(broken.code, found.at or other.at, found.over or other.over)
        return found

    def _naming_one(self, trial: Trial, path: tuple[str, ...]) -> Values | None:
        """Return values with which a reference that may be absent is not."""
        key = next(
            (place, path[0])
            for place in range(len(trial.steps) - 1, -1, -1)
            if (place, path[0]) in trial.begin
        )
        if len(path) > 1 or trial.begin[key] is not None:
            return trial.begin
        found = {**trial.begin, key: _id_of(self.entity, self.entity.by_name[path[0]], 0)}
        return found if trial.is_as_asked(found, None) else None

    def _rules(self, command: Command) -> list[Guard]:
        """Return the rules that a command could break: others hold as before."""
        if command.name == "delete":
            return []
        touched = {*command.takes, *(name for name, _ in command.sets)}
        touched |= {"status"} if command.to else set()
        if command.name == "create":
            touched |= {one.name for one in self.entity.fields} | {"status"}
        return [
            one
            for one in self.entity.rules
            if one.holds is not None
            and (touched & {name.path[0] for name in names(one.holds)} or _has_me(one.holds))
        ]

    def _spans(self, trial: Trial, base: Values) -> Iterator[EdgeTried]:
        """Yield the edges of what ends after it begins, which no rule says."""
        command, last = trial.steps[-1].command, len(trial.steps) - 1
        if command.name == "delete":
            return
        touched = {*command.takes, *(name for name, _ in command.sets)}
        for span in unnamed_spans(self.entity):
            if touched & set(span):
                yield self._edge(trial, base, broken_span(self.entity, span, last))

    def _ranges(self, trial: Trial, base: Values) -> Iterator[EdgeTried]:
        """Yield the edges of what is set by a calculation, where they can be reached."""
        last = len(trial.steps) - 1
        for name, expression in trial.steps[-1].command.sets:
            kind = self.entity.by_name[name].type
            if kind.kind in {"int", "decimal"} and names(expression):
                found = self._edge(trial, base, Broken(last, INVALID, expression))
                if found.is_found:
                    yield found

    def _edge(self, trial: Trial, base: Values, broken: Broken) -> EdgeTried:
        best = EdgeTried(broken.code, None, None)
        ordinary = trial.steps[-1].actor
        others = self._actors(trial.steps[-1].command) if _has_me(broken.holds) else []
        for actor in dict.fromkeys([ordinary, *others]):
            steps = (*trial.steps[:-1], Step(trial.steps[-1].command, actor))
            tried = Trial(self.entity, steps, begin=trial.begin)
            found = edge(tried, broken)
            calls = self._of_edge(tried, base, broken, found)
            best = EdgeTried(broken.code, best.at or calls.at, best.over or calls.over)
            if found.close:
                return calls
        return best

    def _of_edge(self, trial: Trial, base: Values, broken: Broken, found: Edge) -> EdgeTried:
        asked = [(found.at, None), (found.over, broken)]
        there = [(values, aim) for values, aim in asked if values is not None]
        simple = self._simpler(trial, base, there) if there else []
        shown = {key for key in base if any(one.get(key) != simple[0].get(key) for one in simple)}
        calls = [self._call(trial, one, base, shown=shown) for one in simple]
        at = calls[0] if found.at is not None else None
        over = calls[-1] if found.over is not None else None
        return EdgeTried(broken.code, at, over)

    def _simpler(
        self, trial: Trial, base: Values, asked: list[tuple[Values, Broken | None]]
    ) -> list[Values]:
        """Return values that differ less from the plain row, and are as asked as before.

        What tells one of them from another stays.
        """
        found = [values for values, _ in asked]
        for place, name in found[0]:
            key = place, name
            if any(values.get(key) != found[0][key] for values in found):
                continue
            if not place:
                if key not in base or found[0][key] == base[key]:
                    continue
                tried = [{**values, key: base[key]} for values in found]
            else:
                tried = [
                    {other: value for other, value in values.items() if other != key}
                    for values in found
                ]
            if all(
                trial.is_as_asked(values, broken)
                for values, (_, broken) in zip(tried, asked, strict=True)
            ):
                found = tried
        return found

    def _call(
        self,
        trial: Trial,
        values: Values,
        base: Values,
        *,
        given: Mapping[str, Any] | None = None,
        shown: Container[tuple[int, str]] = (),
    ) -> Tried:
        last = len(trial.steps) - 1
        step = trial.steps[-1]
        differs = {
            name: value
            for (place, name), value in values.items()
            if not place and (place, name) in base
            if value != base[place, name] or (place, name) in shown
        }
        taken = {name: value for (place, name), value in values.items() if place}
        if not last:
            taken = dict(given) if given is not None else differs
            differs = {}
        state = trial.steps[0].command.to if last else ""
        return Tried(differs, taken, step.actor, dict(self._known(trial, values)), state)

    def _known(self, trial: Trial, values: Values) -> Iterator[tuple[tuple[str, ...], bool]]:
        row: dict[str, Any] = {}
        for place in (0, 1):
            row |= {name: value for (at, name), value in values.items() if at == place}
        for guard in trial.steps[-1].command.needs:
            for asked in _asked(guard.holds) if guard.holds is not None else ():
                value: Value = row.get(asked.path[0])
                for part in asked.path[1:]:
                    value = None if value is None else value[part]
                yield asked.path, value is None or value in trial.known


@lru_cache(maxsize=512)
def trials_of(entity: Entity, roles: tuple[str, ...]) -> Trials:
    """Return what an entity's commands are tried with; the same entity is searched once."""
    return Trials(entity, roles)


def _id_of(entity: Entity, field: Field, number: int) -> UUID:
    place = entity.references.index(field)
    return UUID(int=_IDS + place * 0x100 + number)


def _has_me(expression: Expression) -> bool:
    return isinstance(expression, Me) or any(map(_has_me, children(expression)))


def _asked(expression: Expression) -> Iterator[Name]:
    if isinstance(expression, Call) and expression.function == "known":
        (name,) = expression.arguments
        assert isinstance(name, Name)  # noqa: S101 - it is asked of a field
        yield name
    for child in children(expression):
        yield from _asked(child)
