"""The tests of an entity in code: calls of its aggregate, and what comes of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.domain.examples.search import names
from blueprint_cli.domain.examples.steps import INVALID, ROW_ID
from blueprint_cli.templates.described.deliveries import Delivery
from blueprint_cli.templates.described.imports import STANDARD, imported
from blueprint_cli.templates.described.literals import Literals
from blueprint_cli.templates.described.naming import no_test
from blueprint_cli.templates.described.trials import trials_of
from blueprint_cli.templates.described.words import (
    arguments,
    constant,
    docstring,
    listed,
    with_article,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from blueprint_cli.domain.examples.steps import Actor
    from blueprint_cli.domain.model import Field
    from blueprint_cli.templates.described.commands import CommandView
    from blueprint_cli.templates.described.contexts import ContextView
    from blueprint_cli.templates.described.entities import EntityView
    from blueprint_cli.templates.described.known import KnownPort
    from blueprint_cli.templates.described.trials import CommandTried, EdgeTried, Trials, Tried

_ERRORS: Final = {"needs": "RefusedError", "rules": "RuleBrokenError"}
_INVALID: Final = "InvalidError"


@dataclass(frozen=True)
class EdgeTest:
    """A test of a guard or a rule: a call at its edge, and one over it that is refused."""

    name: str
    code: str
    error: str
    at: str
    over: str

    @property
    def refused(self) -> str:
        """How the refusal is expected."""
        return f'refused({self.error}, "{self.code}")'


@dataclass(frozen=True)
class CommandTests:
    """The tests of a command for which a call is found."""

    command: CommandView
    tried: CommandTried
    entity: EntityTests

    # The call that is not refused

    @property
    def function(self) -> str:
        """What the test module calls it by: ``move_appointment``."""
        return no_test(self.command.handler_variable)

    @cached_property
    def parameters(self) -> str:
        """What it may be told."""
        if not self._by_state:
            return ""
        status = self.entity.view.status_cls
        return f"status: {status} = {status}.{constant(self.tried.states[0])}"

    @property
    def _by_state(self) -> bool:
        return bool(self.entity.view.states) and not self.command.is_create

    @cached_property
    def returns(self) -> str:
        """Its type."""
        cls, event = self.entity.view.cls, self.command.event
        if self.command.is_delete:
            return event or "None"
        return f"tuple[{cls}, {event}]" if event else cls

    @cached_property
    def sentence(self) -> str:
        """What it does, and as whom."""
        actor = self.tried.call.actor
        by = {"owner": "as whoever it belongs to", "nobody": "as a reaction does"}
        if not self.command.uses_me:
            return self.command.imperative
        said = by.get(actor.name, f"as `{actor.role}`")
        if actor.name == "owner" and not self.entity.view.owner:
            said = "as a user"
        if actor.id is None and not self.command.by_reactions:
            said = "without a login"
        return docstring(f"{self.command.imperative[:-1]}, {said}.", 4)

    @cached_property
    def call(self) -> str:
        """The call."""
        return self.entity.call(self.command, self.tried.call, status="status")

    @cached_property
    def call_line(self) -> str:
        """It, as a statement."""
        return self.call if self.returns == "None" else f"return {self.call}"

    # What comes of it

    @property
    def result(self) -> str:
        """What it gives, as a test names it; empty for nothing."""
        if self.command.is_delete:
            return "event" if self.command.event else ""
        return "row, event" if self.command.event else "row"

    @cached_property
    def allowed_states(self) -> list[str]:
        """The states in which it is allowed, where there are several; as constants."""
        return self._constants(self.tried.states) if len(self.tried.states) > 1 else []

    @cached_property
    def other_states(self) -> list[str]:
        """The states in which it is refused."""
        allowed = self.command.command.from_states
        if not allowed:
            return []
        return self._constants(
            one.text for one in self.entity.view.states if one.text not in allowed
        )

    def _constants(self, states: Iterable[str]) -> list[str]:
        return [f"{self.entity.view.status_cls}.{constant(one)}" for one in states]

    @cached_property
    def is_run(self) -> str:
        """The call of the function in a test."""
        return f"{self.function}({'status' if self.allowed_states else ''})"

    @cached_property
    def row_after(self) -> str:
        """The row that comes of it: how it differs from the plain one."""
        view = self.entity.view
        plain, after = self.entity.trials.plain, self.tried.after
        given = [
            f"{one.name}={self.entity.literals.of(one.field.type, after[one.name])}"
            for one in view.fields
            if after[one.name] != plain[one.name]
        ]
        if view.states and after["status"] != plain["status"]:
            given.append(f"status={view.status_cls}.{constant(after['status'])}")
        if not self.command.is_create:
            if self.allowed_states and not self.command.command.to:
                given = [one for one in given if not one.startswith("status=")]
                given.append("status=status")
            given += ["version=2", "updated_at=NOW"]
        elif self.entity.earlier != "NOW":
            given += ["created_at=NOW", "updated_at=NOW"]
        return f"{self.entity.row_function}({arguments(given)})"

    @cached_property
    def data(self) -> list[tuple[str, str]]:
        """What its event tells, as its data have it: keys and values."""
        emits = self.command.command.emits
        if emits is None:
            return []
        row = self.tried.before if self.command.is_delete else self.tried.after
        found = []
        for one in self.entity.view.context.event_named(emits).event.fields:
            value = row["updated_at" if one.name == "at" else one.name]
            told = self.entity.literals.told(one.type, value)
            if one.name == "status" and self.allowed_states and not self.command.command.to:
                told = "status.value"
            found.append((one.name, told))
        return found

    # Edges

    @cached_property
    def edges(self) -> list[EdgeTest]:
        """Those that are found."""
        found = []
        for kind in ("needs", "sets", "spans", "rules"):
            edges: tuple[EdgeTried, ...] = getattr(self.tried, kind)
            for number, one in enumerate(edges):
                if one.at is not None and one.over is not None:
                    said = one.code if one.code != INVALID else self._said(kind, number)
                    found.append(
                        EdgeTest(
                            f"{self.command.name}_at_and_over_{said}",
                            one.code,
                            _ERRORS.get(kind, _INVALID),
                            self.entity.call(self.command, one.at),
                            self.entity.call(self.command, one.over),
                        )
                    )
        return found

    def _said(self, kind: str, number: int) -> str:
        said = "the_range_of_what_is_set" if kind == "sets" else "the_order_of_a_span"
        return f"{said}_{number + 1}" if number else said

    @cached_property
    def missing(self) -> list[str]:
        """The guards for which nothing is found, though a row can break them."""
        standing = {one.code for one in self.command.standing_needs}
        return [one.code for one in self.tried.needs if one.code in standing and not one.is_found]

    @cached_property
    def asked(self) -> list[str]:
        """The guards that the owner of the project writes."""
        return [one.code for one in self.command.command.needs if one.holds is None]


@dataclass(frozen=True)
class EntityTests:
    """The tests of an entity."""

    view: EntityView

    @cached_property
    def trials(self) -> Trials:
        """What its commands are tried with."""
        return trials_of(self.view.entity, self.view.context.model.roles)

    @cached_property
    def literals(self) -> Literals:
        """How values are written."""
        return Literals(self.view.context.tests.names)

    @cached_property
    def commands(self) -> list[CommandTests]:
        """Those for which a call is found, in the order of the spec."""
        return [
            CommandTests(one, self.trials.commands[one.name], self)
            for one in self.view.all_commands
            if one.name in self.trials.commands and (not one.is_delete or one.lines or one.event)
        ]

    @cached_property
    def missing(self) -> list[tuple[str, str]]:
        """What is to be written, as nothing is found for it: names of tests, and what of."""
        found = [
            (one.name, f"`{one.name}` that is not refused")
            for one in self.view.all_commands
            if one.name not in self.trials.commands
        ]
        for tests in self.commands:
            found += [
                (f"{tests.command.name}_at_and_over_{code}", f"`{code}` of `{tests.command.name}`")
                for code in tests.missing
            ]
        edges = [one for tests in self.commands for one in (*tests.tried.rules, *tests.tried.spans)]
        known = {one.code for one in edges if one.is_found}
        standing = {one.code for one in self.view.standing_rules} | {INVALID}
        codes = dict.fromkeys(one.code for one in edges if one.code in standing - known)
        return [*found, *((f"at_and_over_{code}", f"`{code}`") for code in codes)]

    # Rows

    @cached_property
    def row_function(self) -> str:
        """What makes a row: ``an_appointment``."""
        return with_article(self.view.entity.name).replace(" ", "_")

    @property
    def new_function(self) -> str:
        """What makes what a row is made of: ``new_appointment``."""
        return f"new_{self.view.snake}"

    @cached_property
    def earlier(self) -> str:
        """When a plain row was made: before anything happens, if no expression asks."""
        guards = [*self.view.entity.rules]
        expressions = []
        for one in self.view.entity.commands:
            guards += one.needs
            expressions += [expression for _, expression in one.sets]
        expressions += [one.holds for one in guards if one.holds is not None]
        asked = {name.path[0] for one in expressions for name in names(one)}
        return "NOW" if asked & {"created_at", "updated_at"} else "EARLIER"

    @cached_property
    def row(self) -> list[tuple[str, str]]:
        """The plain row: names and values."""
        plain = self.trials.plain
        return [(one.name, self._value(one.field, plain)) for one in self.view.fields]

    @property
    def status(self) -> str:
        """The state of the plain row."""
        return f"{self.view.status_cls}.{constant(self.trials.plain['status'])}"

    @cached_property
    def new(self) -> list[tuple[str, str]]:
        """What a plain row is made of: names and values."""
        create = self.view.create
        taken = create.taken if create is not None and self.trials.new else ()
        return [(one.name, self._value(one.field, self.trials.new)) for one in taken]

    @property
    def makes_new(self) -> bool:
        """Whether a row can be made, and of anything."""
        return "create" in self.trials.commands and bool(self.new)

    def _value(self, field: Field, row: Mapping[str, Any]) -> str:
        return self.literals.of(field.type, row[field.name])

    # Calls

    def call(self, command: CommandView, tried: Tried, status: str = "") -> str:
        """Return a call of the aggregate."""
        fields = self.view.entity.by_name
        me = [self.view.context.tests.actor(tried.actor)] if command.uses_me else []
        given = [*(["NOW"] if command.uses_now else []), *me]
        given += [f"{'_'.join(path)}_is_known={known}" for path, known in tried.known.items()]
        if command.is_create:
            new = arguments(
                f"{name}={self.literals.of(fields[name].type, value)}"
                for name, value in tried.given.items()
                if tried is not self.trials.commands["create"].call
            )
            made = [f"{self.new_function}({new})"] if command.taken else []
            given = ["ID", *made, *given]
            return f"{self.view.cls}.{command.act}({arguments(given)})"
        if command.taken:
            values = arguments(
                f'"{name}": {self.literals.of(fields[name].type, value)}'
                for name, value in tried.given.items()
            )
            given.insert(0, f"{{{values}}}")
        return f"{self.row_call(command, tried, status)}.{command.act}({arguments(given)})"

    def row_call(self, command: CommandView, tried: Tried, status: str = "") -> str:
        """Return a call that makes the row which a command is run on, or which create gives."""
        fields = self.view.entity.by_name
        row = [
            f"{name}={self.literals.of(fields[name].type, value)}"
            for name, value in tried.row.items()
        ]
        if self.view.states and not command.is_create:
            if status:
                row.append(f"status={status}")
            elif tried.state != self.trials.plain["status"]:
                row.append(f"status={self.view.status_cls}.{constant(tried.state)}")
        return f"{self.row_function}({arguments(row)})"

    # Functions that the owner of the project writes

    @cached_property
    def own_rules(self) -> list[str]:
        """The rules that the owner of the project writes."""
        return [one.code for one in self.view.entity.rules if one.holds is None]

    def call_of_own(self, code: str) -> str:
        """Return a call of a function that the owner writes, as a command calls it."""
        for tests in self.commands:
            if code in tests.asked or (code in self.own_rules and not tests.command.is_delete):
                row = self.row_call(tests.command, tests.tried.call)
                me = self.view.context.tests.actor(tests.tried.call.actor)
                return f"{code}({row}, NOW, {me})"
        return ""

    @cached_property
    def held(self) -> list[str]:
        """The calls after which rules hold."""
        return [one.function for one in self.commands if not one.command.is_delete]

    @property
    def module(self) -> str:
        """The module of the aggregate."""
        return f"{self.view.context.name}.domain.{self.view.snake}"

    # Words

    @cached_property
    def sentence(self) -> str:
        """Of the test module."""
        what = listed(
            [
                "its commands",
                *(["its states"] if self.view.states else []),
                "its rules at and over their edges",
            ]
        )
        return docstring(f"{self.view.a_capital}: {what}.", 0)

    @property
    def imports(self) -> str:
        """Of the tests: the linter keeps what is used."""
        context = self.view.context
        builders = [
            "EARLIER",
            "ID",
            "NOW",
            self.row_function,
            self.new_function,
            "refused",
            *context.tests.names_of_actors,
            *(["told"] if context.events else []),
        ]
        return "\n".join(
            [
                STANDARD,
                "import pytest",
                context.domain_imports,
                imported(f"tests.{context.name}.builders", builders),
            ]
        )


@dataclass(frozen=True)
class ContextTests:
    """What the tests of a context share."""

    context: ContextView

    @cached_property
    def entities(self) -> list[EntityTests]:
        """Those of its entities."""
        return [one.tests for one in self.context.all]

    # Reactions

    @cached_property
    def deliveries(self) -> list[Delivery]:
        """The tests of its reactions."""
        return [Delivery(one) for one in self.context.reactions]

    @cached_property
    def reactions_create(self) -> bool:
        """Whether a reaction makes rows."""
        return any(one.is_create for one in self.context.reacting)

    def asked_by_reactions(self, port: KnownPort) -> bool:
        """Whether what a reaction runs asks another context."""
        return any(port in one.known_ports for one in self.context.reacting)

    # Those who run commands

    @cached_property
    def _actors(self) -> dict[str, Actor]:
        found: dict[str, Actor] = {}
        for entity in self.context.all:
            trials = trials_of(entity.entity, self.context.model.roles)
            for command in entity.all_commands:
                if (tried := trials.commands.get(command.name)) is None:
                    continue
                edges = [*tried.needs, *tried.sets, *tried.spans, *tried.rules]
                calls = [tried.call, *(call for one in edges for call in (one.at, one.over))]
                for call in calls:
                    if call is not None and call.actor.id is not None and command.uses_me:
                        found.setdefault(constant(call.actor.name), call.actor)
        return found

    @property
    def names_of_actors(self) -> list[str]:
        """The names of those who run commands: ``DESK``."""
        return list(self._actors)

    @cached_property
    def actors(self) -> list[tuple[str, str, str]]:
        """Each one's name, id and role."""
        return [(name, str(one.id), one.role) for name, one in self._actors.items()]

    @cached_property
    def names(self) -> dict[UUID, str]:
        """What ids are called."""
        actors = self._actors.items()
        return {
            ROW_ID: "ID",
            **{one.id: f"{name}.id" for name, one in actors if one.id is not None},
        }

    def actor(self, one: Actor) -> str:
        """Return the name of somebody who runs a command."""
        return "None" if one.id is None else constant(one.name)
