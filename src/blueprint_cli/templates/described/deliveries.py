"""The tests of a context's reactions in code: an event delivered twice, and what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final
from uuid import UUID

from blueprint_cli.domain.evaluation import Row, evaluate
from blueprint_cli.domain.examples import values as plausible
from blueprint_cli.domain.examples.steps import NOBODY, ROW_ID, Step, Values
from blueprint_cli.domain.expressions import Name
from blueprint_cli.domain.model import Command, Entity, Field, Guard
from blueprint_cli.templates.described.trials import Trial, trials_of
from blueprint_cli.templates.described.words import arguments, constant, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.domain.evaluation import Value
    from blueprint_cli.domain.model import Type
    from blueprint_cli.templates.described.entities import EntityView
    from blueprint_cli.templates.described.reactions import ReactionView
    from blueprint_cli.templates.described.trials import Trials

_IDS: Final = 0x00000000_0000_7000_8000_000000005000


@dataclass(frozen=True)
class Delivery:
    """A reaction's test. ``event`` is None where no event is found after which it does anything."""

    reaction: ReactionView

    @property
    def name(self) -> str:
        """Of the test."""
        return self.reaction.method

    @property
    def entity(self) -> EntityView:
        """Whose command it runs."""
        return self.reaction.command.entity

    @property
    def is_shared(self) -> bool:
        """Whether the event has another effect on the same row."""
        mine, row = self.reaction.reaction, Row(self._values or {}, plausible.NOW)
        others = [
            one.reaction
            for one in self.entity.context.reactions
            if one.event == self.reaction.event and one.reaction is not mine
        ]
        return any(
            (one.entity, one.of) == (mine.entity, mine.of)
            and (one.needs is None or evaluate(one.needs, row) is True)
            for one in others
        )

    @property
    def is_found(self) -> bool:
        """Whether there is an event, and rows, with which it does what it is for."""
        return self._values is not None and self._rows is not None

    @cached_property
    def _values(self) -> Mapping[str, Value] | None:
        event, reaction = self.reaction.event, self.reaction.reaction
        fields = tuple(
            Field(name=one.name, type=one.type, optional=one.optional) for one in event.fields
        )
        needs = (Guard("needs", reaction.needs),) if reaction.needs is not None else ()
        told = Command(name="create", takes=tuple(one.name for one in fields), needs=needs)
        entity = Entity(name="Event", context=event.context, plural="events", fields=fields)
        begin: Values = {(0, one.name): self._begun(one, at) for at, one in enumerate(fields)}
        found = Trial(entity, (Step(told, NOBODY),), begin=begin).passing()
        if found is None:
            return None
        values = {name: value for (_, name), value in found.items()}
        row = Row(values, plausible.NOW)
        if reaction.needs is not None and evaluate(reaction.needs, row) is not True:
            return None
        given = {name: evaluate(expression, row) for name, expression in reaction.values}
        return values if self._is_allowed(given) else None

    def _begun(self, one: Field, place: int) -> Value:
        of = self.reaction.reaction.of
        if isinstance(of, Name) and of.path == (one.name,):
            return ROW_ID
        if one.type.kind in {"ref", "uuid"}:
            return UUID(int=_IDS + place)
        if one.name == "version":
            return 1
        if one.type.kind == "datetime" and one.name == "at":
            return plausible.NOW
        return plausible.plain(one)

    def _is_allowed(self, given: Mapping[str, Value]) -> bool:
        command, trials = self.reaction.command, self._trials
        if any(
            value is None and not trials.entity.by_name[name].optional
            for name, value in given.items()
        ):
            return False
        # Its test knows whatever it is asked for.
        told = frozenset(value for value in given.values() if isinstance(value, UUID))
        if command.is_create:
            steps: tuple[Step, ...] = (Step(command.command, NOBODY),)
            values = {(0, name): value for name, value in given.items()}
        else:
            tried = trials.commands.get(command.name)
            if tried is None:
                return False
            there = Command(name="create", takes=tuple(tried.before), to=self._state)
            steps = (Step(there, NOBODY), Step(command.command, NOBODY))
            values = {(0, one.name): tried.before[one.name] for one in trials.entity.fields}
            values |= {(1, name): value for name, value in given.items()}
        trial = Trial(trials.entity, steps, begin=values, told=told)
        return trial.is_as_asked(values, None)

    @property
    def _trials(self) -> Trials:
        return trials_of(self.entity.entity, self.entity.context.model.roles)

    @cached_property
    def _state(self) -> str:
        states = self.reaction.command.command.from_states or self.entity.entity.states
        return states[0] if states else ""

    @cached_property
    def event(self) -> str:
        """The event, made."""
        values = self._values or {}
        given = arguments(
            f"{one.name}={self._told(one.type, values[one.name])}"
            for one in self.reaction.event.fields
        )
        return f"{self.reaction.event_cls}({given})"

    @cached_property
    def same_events(self) -> list[str]:
        """The same event, made, under each other name and version that it is published under."""
        others = (Delivery(one) for one in self.reaction.others)
        return [one.event for one in others if one.is_found]

    def _told(self, kind: Type, value: Value) -> str:
        if value is None:
            return "None"
        match kind.kind:
            case "enum":
                return quoted(value)
            case "value":
                parts = (
                    f"{one.name}={self._told(one.type, value[one.name])}" for one in kind.fields
                )
                return f"{self.reaction.contract}.{kind.name}({arguments(parts)})"
            case "list":
                assert kind.of is not None  # noqa: S101 - a list has items
                of = kind.of
                return f"({arguments(f'{self._told(of, one)},' for one in value)})".replace(
                    ",,", ","
                )
        return self.entity.tests.literals.of(kind, value)

    @cached_property
    def rows(self) -> list[tuple[str, str]]:
        """The rows that have to be there, each after those that it refers to: where, and which."""
        return self._rows or []

    @cached_property
    def _rows(self) -> list[tuple[str, str]] | None:
        found: dict[str, str] = {}
        values = self._values or {}
        given = {
            name: evaluate(expression, Row(values, plausible.NOW))
            for name, expression in self.reaction.reaction.values
        }
        needed = [
            (one.foreign_key.table, given[one.name])
            for one in self.entity.foreign_keys
            if one.foreign_key is not None and given.get(one.name) is not None
        ]
        if not self.reaction.command.is_create:
            tried = self._trials.commands.get(self.reaction.command.name)
            if tried is None or not self._place(self.entity, ROW_ID, found, tried.call.row):
                return None
        for table, id_ in needed:
            target = next(one for one in self.entity.context.all if one.table == table)
            if not self._place(target, id_, found, {}):
                return None
        return list(found.items())

    def _place(
        self, one: EntityView, id_: Value, found: dict[str, str], differs: Mapping[str, Value]
    ) -> bool:
        """Note that a row has to be there; False where a second one of its kind has to be."""
        if one.plural_snake in found:
            return False
        tests = one.tests
        literals = tests.literals
        changes = {
            name: literals.of(one.entity.by_name[name].type, value)
            for name, value in differs.items()
        }
        for key in one.foreign_keys:
            assert key.foreign_key is not None  # noqa: S101 - it is one of those
            if key.nullable:
                if tests.trials.plain[key.name] is not None:
                    changes[key.name] = "None"
            else:
                target = next(
                    other for other in one.context.all if other.table == key.foreign_key.table
                )
                if not self._place(target, tests.trials.plain[key.name], found, {}):
                    return False
        if one is self.entity and not self.reaction.command.is_create:
            if self._state and self._state != tests.trials.plain["status"]:
                changes["status"] = f"{one.status_cls}.{constant(self._state)}"
        elif id_ != ROW_ID:
            changes["id"] = literals.ids.get(id_, f'UUID("{id_}")')
        given = arguments(f"{name}={value}" for name, value in changes.items())
        found[one.plural_snake] = f"{tests.row_function}({given})"
        return True
