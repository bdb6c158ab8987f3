"""A reaction in code: the method that handles an event, and what it calls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from blueprint_cli.domain.expressions import Constant, Name, calls
from blueprint_cli.domain.naming import snake
from blueprint_cli.templates.described.code import Code
from blueprint_cli.templates.described.naming import about, event_class
from blueprint_cli.templates.described.words import arguments, constant, docstring, words

if TYPE_CHECKING:
    from blueprint_cli.domain.expressions import Expression
    from blueprint_cli.domain.model import Event, Field, Reaction, Type
    from blueprint_cli.templates.described.commands import CommandView
    from blueprint_cli.templates.described.contexts import ContextView

_EVENT: Final = Code("event")


def has_version(event: Event) -> bool:
    """Whether an event says to which version the row came."""
    return any(one.name == "version" for one in event.fields)


@dataclass(frozen=True)
class ReactionView:
    """A reaction of a described context; ``number`` tells it from others of the same names."""

    reaction: Reaction
    event: Event
    context: ContextView
    number: int = 0

    @property
    def contract(self) -> str:
        """The module of the event's contract."""
        return f"{self.reaction.publisher}_v1"

    @cached_property
    def event_cls(self) -> str:
        """The event's class, with its module."""
        return f"{self.contract}.{event_class(self.reaction.event)}"

    @cached_property
    def command(self) -> CommandView:
        """What it runs."""
        return self.context.entities[self.reaction.entity].commands[self.reaction.command]

    @cached_property
    def name(self) -> str:
        """What it is recorded under, for good: ``Fine.create after lending.CopyLost``.

        All versions of an event tell of the same.
        """
        told = self.event.former_of or self.event.name
        publisher = self.context.model.service_of(self.event.publisher)
        event = f"{publisher}.{told.name}"
        number = f" ({self.number})" if self.number else ""
        return f"{self.reaction.entity}.{self.reaction.command} after {event}{number}"

    @property
    def others(self) -> tuple[ReactionView, ...]:
        """How it reacts to the same event under other names and versions."""
        same = (one for one in self.context.reactions if one.name == self.name)
        return tuple(one for one in same if one.event_cls != self.event_cls)

    @cached_property
    def method(self) -> str:
        """``create_fine_after_copy_lost``."""
        version = f"_v{self.reaction.event.version}" if self.reaction.event.version > 1 else ""
        entity = self.command.entity.snake
        number = f"_{self.number}" if self.number else ""
        former = f"{self.event.context}_" if self.event.now else ""
        event = f"{former}{snake(self.reaction.event.name)}{version}"
        return f"{self.reaction.command}_{entity}_after_{event}{number}"

    @cached_property
    def sentence(self) -> str:
        """Of its docstring."""
        event = words(self.reaction.event.name)
        return docstring(f"{self.command.imperative[:-1]} after {event}.", 8)

    @property
    def handler(self) -> str:
        """The variable of what it runs."""
        return self.command.handler_variable

    @cached_property
    def lines(self) -> list[str]:
        """What it does with events."""
        reaction = self.reaction
        given = [expression for _, expression in reaction.values]
        asked = (one for one in (reaction.needs, reaction.of, *given) if one is not None)
        timed = any(calls(one, "now", "today") for one in asked)
        run = f"await self._reactions.run(cause.reaction, {self._call})"
        inner = [f"cause = Cause({arguments(self._cause)})", run]
        conditions = []
        if isinstance(reaction.of, Name) and reaction.of.nullable:
            conditions.append(f"{_EVENT.value(reaction.of)} is not None")
        if reaction.needs is not None:
            conditions.append(self._with_row.true(reaction.needs))
        conditions = [one for one in conditions if one != str(True)]
        if conditions:
            condition = " and ".join(map(_grouped, conditions)) if conditions[1:] else conditions[0]
            inner = [f"if {condition}:", *(f"    {one}" for one in inner)]
        return [
            *(["now = utc_now()"] if timed else []),
            "for event in events:",
            *(f"    {one}" for one in inner),
        ]

    @cached_property
    def _with_row(self) -> Code:
        """Expressions over an event that says which row."""
        of = self.reaction.of
        if isinstance(of, Name) and of.nullable:
            return replace(_EVENT, facts=frozenset({f"{_EVENT.value(of)} is not None"}))
        return _EVENT

    @cached_property
    def _code(self) -> Code:
        """Expressions over an event after which something is done."""
        needs = self.reaction.needs
        return self._with_row if needs is None else self._with_row.once_true(needs)

    @property
    def _cause(self) -> list[str]:
        given = [f'reaction="{self.name}"', f"about=event.{about(self.event)}"]
        return [*given, *(["version=event.version"] if has_version(self.event) else [])]

    @property
    def _call(self) -> str:
        command = self.command
        given = ["cause"]
        if not command.is_create:
            assert self.reaction.of is not None  # noqa: S101 - a row that is there has an id
            given.append(_EVENT.value(self.reaction.of))
        if command.taken:
            values = arguments(
                f"{name}={self._value(name, expression)}"
                for name, expression in self.reaction.values
            )
            given.append(f"{command.values_cls}({values})")
        method = ".react" if command.by_callers else ""
        return f"self._{self.handler}{method}({arguments(given)})"

    def _value(self, name: str, expression: Expression) -> str:
        field = self.command.entity.entity.by_name[name]
        return value_of(field, expression, self._code)

    @cached_property
    def out_of_range(self) -> list[tuple[str, str]]:
        """Fields that what it gives may not fit into, and when.

        What is given is ``new.amount`` for a new row, else ``new_amount``.
        """
        entity = self.command.entity
        views = {one.name: one for one in entity.fields}
        given = "new." if self.command.is_create else "new_"
        found = []
        for name, expression in self.reaction.values:
            condition = entity.out_of_range(views[name], expression, f"{given}{name}")
            found += [(name, condition)] if condition else []
        return found


def value_of(field: Field, expression: Expression, code: Code) -> str:
    """Return what of an event a command is given for a field, in the types of its context."""
    decimal = field.type.kind == "decimal" and not isinstance(expression, Name | Constant)
    text = code.value(expression, scale=field.type.scale if decimal else None)
    if isinstance(expression, Constant):
        if field.type.kind == "enum" and isinstance(expression.value, str):
            return f"{field.type.name}.{constant(expression.value)}"
        return text
    made = _from_contract(field.type, text)
    if made != text and isinstance(expression, Name) and expression.nullable:
        there = f"{text} is not None"
        return made if there in code.facts else f"{made} if {there} else None"
    return made


def _from_contract(kind: Type, value: str) -> str:
    if kind.kind == "enum":
        return f"{kind.name}({value})"
    if kind.kind == "value":
        parts = arguments(
            f"{one.name}={_from_optional(one, f'{value}.{one.name}')}" for one in kind.fields
        )
        return f"{kind.name}({parts})"
    if kind.kind == "list" and kind.of is not None and kind.of.kind in {"enum", "value"}:
        return f"tuple({_from_contract(kind.of, 'one')} for one in {value})"
    return value


def _from_optional(field: Field, value: str) -> str:
    made = _from_contract(field.type, value)
    return f"{made} if {value} is not None else None" if field.optional and made != value else made


def _grouped(condition: str) -> str:
    return f"({condition})" if " or " in condition or " if " in condition else condition
