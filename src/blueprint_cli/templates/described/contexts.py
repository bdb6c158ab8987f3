"""A described context in code: its entities, values, events, and what it needs of others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from blueprint_cli.domain.model import MYSQL
from blueprint_cli.domain.naming import class_name, kebab
from blueprint_cli.templates.described.entities import EntityView, State
from blueprint_cli.templates.described.fields import FieldView, Spelling, contract_type
from blueprint_cli.templates.described.followed import followed
from blueprint_cli.templates.described.imports import STANDARD, imported
from blueprint_cli.templates.described.known import EventsOfRows, KnownPort, KnownRows, asked_in
from blueprint_cli.templates.described.naming import event_class
from blueprint_cli.templates.described.reactions import ReactionView
from blueprint_cli.templates.described.testing import ContextTests
from blueprint_cli.templates.described.words import (
    arguments,
    capital,
    docstring,
    listed,
    sentence,
    words,
)

if TYPE_CHECKING:
    from blueprint_cli.domain.model import (
        DescribedContext,
        Event,
        EventField,
        EventName,
        Model,
        Reference,
        Store,
        Type,
    )
    from blueprint_cli.templates.described.commands import CommandView

_SHADOWING = frozenset({"date", "time", "datetime", "timedelta", "str", "int", "bool", "tuple"})
ERRORS = (
    "NotFoundError",
    "ForbiddenError",
    "VersionRequiredError",
    "ChangedError",
    "InvalidError",
    "WrongStateError",
    "RefusedError",
    "RuleBrokenError",
    "TakenError",
    "InUseError",
)


@dataclass(frozen=True)
class Enumeration:
    """An enumeration of the context."""

    name: str
    values: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Of its docstring."""
        return f"{capital(words(self.name))}."

    @property
    def members(self) -> tuple[State, ...]:
        """Each as text and as the name of a constant."""
        return tuple(State(one) for one in self.values)


@dataclass(frozen=True)
class ValueObject:
    """A value object of the context."""

    name: str
    fields: tuple[FieldView, ...]

    @property
    def sentence(self) -> str:
        """Of its docstring."""
        return f"{capital(words(self.name))}, as a value."

    @property
    def given_first(self) -> tuple[FieldView, ...]:
        """Its fields, those that have to be given first."""
        return tuple(sorted(self.fields, key=lambda one: not one.required))


@dataclass(frozen=True)
class EventFieldView:
    """A key of an event's data."""

    field: EventField
    context: ContextView
    module: str = "contract"

    @property
    def name(self) -> str:
        """Its name."""
        return self.field.name

    @cached_property
    def py(self) -> str:
        """Its type in the domain."""
        plain = self._plain
        return f"{plain} | None" if self.field.optional and plain != "Any" else plain

    @cached_property
    def _plain(self) -> str:
        if self.name == "status" and self.field.type.kind == "enum":
            return self.context.spelling.of("str")
        return self.context.spelling.type(self.field.type)

    @property
    def nullable(self) -> bool:
        """Whether it may be None; older events may lack it then."""
        return self.field.optional

    @cached_property
    def contract_py(self) -> str:
        """Its type in the contract: an enumeration is text, so that it may grow."""
        plain = contract_type(self.field.type, self.context.spelling)
        return f"{plain} | None" if self.field.optional and plain != "Any" else plain

    @cached_property
    def to_contract(self) -> str:
        """It, from the domain's event to the contract's."""
        value = f"event.{self.field.holds or self.name}"
        made = _to_contract(self.field.type, value, self.module)
        if made != value and self.field.optional:
            return f"{made} if {value} is not None else None"
        return made


def _route(path: str, *, below: bool = False, rate: str | None = None) -> dict[str, Any]:
    """Return a route as the gateways read it: what is below a path, or the path alone."""
    return {
        "path": path,
        "itself": not below,
        "below": below,
        "exact": not below,
        "cached": False,
        "rate": rate,
    }


def _to_contract(kind: Type, value: str, module: str) -> str:
    if kind.kind == "value":
        parts = ", ".join(
            f"{one.name}={_to_contract(one.type, f'{value}.{one.name}', module)}"
            for one in kind.fields
        )
        return f"{module}.{kind.name}({parts})"
    if kind.kind == "list" and kind.of is not None and kind.of.kind == "value":
        return f"tuple({_to_contract(kind.of, 'one', module)} for one in {value})"
    return value


@dataclass(frozen=True)
class EventView:
    """An event of the context."""

    event: Event
    context: ContextView

    @cached_property
    def cls(self) -> str:
        """Its class in the contract: its version is in its name from the second on."""
        return event_class(self.event.name)

    @cached_property
    def domain_cls(self) -> str:
        """Its class in the domain, which knows no former versions."""
        names = [one.event.name.name for one in self.context.domain_events]
        name = self.event.name.name
        return name if names.count(name) == 1 else self.cls

    @property
    def type_name(self) -> str:
        """Its type on the wire: ``clinic.AppointmentBooked.v1``."""
        return f"{self.event.context}.{self.event.name.name}.v{self.event.name.version}"

    @cached_property
    def sentence(self) -> str:
        """Of its docstring."""
        if self.event.former_of is not None:
            newer = event_class(self.event.former_of)
            newer = f"{self.event.now}_v1.{newer}" if self.event.now else newer
            return docstring(f"What `{newer}` was before; for readers that know no other.", 4)
        commands = listed([f"`{one}`" for one in self.event.commands], "or")
        entity = words(self.event.entity)
        return docstring(f"{capital(words(self.event.name.name))}: by {commands} of {entity}.", 4)

    @cached_property
    def former(self) -> tuple[EventView, ...]:
        """What is published beside it."""
        mine = self.event.name
        return tuple(one for one in self.context.former_events if one.event.former_of == mine)

    @cached_property
    def fields(self) -> tuple[EventFieldView, ...]:
        """Its keys."""
        return tuple(EventFieldView(one, self.context, self.module) for one in self.event.fields)

    @property
    def module(self) -> str:
        """What its module is imported as where it is published."""
        return "former_contract" if self.event.now else "contract"


@dataclass(frozen=True)
class ContextView:
    """A described context."""

    described: DescribedContext
    model: Model

    # Names

    @property
    def name(self) -> str:
        """Its package."""
        return self.described.name

    @property
    def storage(self) -> str:
        """Its schema: while it has a former name, that."""
        return self.described.storage

    @property
    def service(self) -> str:
        """By what others know what runs of it, and what it is called in rows and topics."""
        return self.described.service

    @cached_property
    def cls(self) -> str:
        """Its name in the name of classes."""
        return class_name(self.name)

    @property
    def store(self) -> Store:
        """Where its rows are."""
        return self.described.store

    @property
    def store_words(self) -> str:
        """The same, in words."""
        return "MySQL" if self.on_mysql else "PostgreSQL"

    @property
    def on_mysql(self) -> bool:
        """Whether they are on MySQL."""
        return self.store == MYSQL

    @property
    def kit(self) -> str:
        """The package of the kit that its adapters stand on."""
        return "kit.mysql" if self.on_mysql else "kit"

    @property
    def transactions_module(self) -> str:
        """The module of that package that has the units of work."""
        return "transactions" if self.on_mysql else "database"

    @property
    def server_mark(self) -> str:
        """How tests that need its server are marked."""
        return "mysql" if self.on_mysql else "postgres"

    @property
    def settings_base(self) -> str:
        """The class that its settings extend."""
        return "MySqlSettings" if self.on_mysql else "CommonSettings"

    @property
    def settings(self) -> str:
        """The class of its settings, as the rest of the project knows it."""
        return f"{self.name.title().replace('_', '')}Settings"

    @property
    def contract(self) -> str:
        """The module of its contract."""
        return f"{self.name}_v1"

    @cached_property
    def path(self) -> str:
        """Its part of the paths."""
        return kebab(self.name)

    @property
    def tag(self) -> str:
        """How the API's document groups its routes."""
        return self.name

    @cached_property
    def words(self) -> str:
        """Its name as words."""
        return words(self.name)

    @property
    def words_capital(self) -> str:
        """Its name as words, with a capital letter."""
        return capital(self.words)

    @cached_property
    def sentence(self) -> str:
        """What it is about."""
        return docstring(sentence(self.described.summary or self._subjects), 0)

    @property
    def summary(self) -> str:
        """What it is about, in a sentence."""
        return sentence(self.described.summary or self._subjects)

    @cached_property
    def application_sentence(self) -> str:
        """Of its application."""
        does = f"What can be done in {self.words}, and the ports that it needs."
        return docstring(f"{does} Imports the domain and itself only.", 0)

    @cached_property
    def _subjects(self) -> str:
        return listed([one.plural_words for one in self.all])

    @cached_property
    def migration_sentence(self) -> str:
        """Of its first migration."""
        return docstring(capital(f"{self._subjects}, and what every context has."), 0)

    # Parts

    @cached_property
    def entities(self) -> dict[str, EntityView]:
        """By name."""
        return {one.name: EntityView(one, self) for one in self.described.entities}

    @cached_property
    def all(self) -> tuple[EntityView, ...]:
        """In the order of the spec."""
        return tuple(self.entities.values())

    @cached_property
    def tests(self) -> ContextTests:
        """What its tests share."""
        return ContextTests(self)

    @cached_property
    def written(self) -> dict[str, tuple[EntityView, ...]]:
        """The functions that the owner of the project writes, each with whose rows it looks at."""
        codes = dict.fromkeys(code for one in self.all for code in one.written)
        return {code: tuple(one for one in self.all if code in one.written) for code in codes}

    @cached_property
    def _beside(self) -> dict[str, ContextView]:
        return {self.name: self}

    def beside(self, name: str) -> ContextView | None:
        """Return another described context, or this one; None where none has the name."""
        if name not in self._beside:
            for one in self.model.contexts:
                if one.name == name:
                    other = ContextView(one, self.model)
                    vars(other)["_beside"] = self._beside
                    self._beside[name] = other
        return self._beside.get(name)

    def table_of(self, entity: str) -> str:
        """Return the table of one of its entities."""
        return self.entities[entity].table

    @cached_property
    def in_order_of_references(self) -> tuple[EntityView, ...]:
        """What is referred to first; what refers to itself or in a ring as the spec has it."""
        placed: dict[str, EntityView] = {}
        begun: set[str] = set()

        def place(one: EntityView) -> None:
            if one.cls in begun:
                return
            begun.add(one.cls)
            for other in self.all:
                if any(
                    field.foreign_key is not None and field.foreign_key.table == other.table
                    for field in one.fields
                ):
                    place(other)
            placed[one.cls] = one

        for one in self.all:
            place(one)
        return tuple(placed.values())

    @cached_property
    def tables_to_drop(self) -> str:
        """Its tables, those that refer to others first."""
        own = [one.table for one in reversed(self.in_order_of_references)]
        turn = ["outbox_turn"] if self.on_mysql else []
        outbox = [*turn, "outbox_owed", "outbox"] if self.events else []
        inbox = ["inbox"] if self.handles else []
        return ", ".join(f'"{name}"' for name in [*outbox, *inbox, "idempotency_keys", *own])

    @cached_property
    def spelling(self) -> Spelling:
        """How types are spelled where fields have their names."""
        names = {one.name for entity in self.described.entities for one in entity.fields}
        names |= {one.name for _, kind in self.described.types for one in kind.fields}
        return Spelling(frozenset(names & _SHADOWING))

    @cached_property
    def enums(self) -> tuple[Enumeration, ...]:
        """Its enumerations."""
        return tuple(
            Enumeration(name, kind.values)
            for name, kind in self.described.types
            if kind.kind == "enum"
        )

    @cached_property
    def value_objects(self) -> tuple[ValueObject, ...]:
        """Its value objects."""
        return tuple(
            ValueObject(name, tuple(FieldView(one, self.spelling) for one in kind.fields))
            for name, kind in self.described.types
            if kind.kind == "value"
        )

    # Events

    @cached_property
    def events(self) -> tuple[EventView, ...]:
        """What it publishes, also under names and versions that it had."""
        return tuple(EventView(one, self) for one in self.model.events if one.context == self.name)

    @cached_property
    def domain_events(self) -> tuple[EventView, ...]:
        """What happens in it."""
        return tuple(one for one in self.events if one.event.former_of is None)

    @cached_property
    def former_events(self) -> tuple[EventView, ...]:
        """What it publishes beside them."""
        return tuple(
            EventView(one, self)
            for one in self.model.events
            if one.publisher == self.name and one.former_of is not None
        )

    @property
    def under_former_name(self) -> ContextView | None:
        """It as it was called: whose contract is kept while it has a former name."""
        if not self.described.was or not self.events:
            return None
        return ContextView(replace(self.described, name=self.described.was, was=""), self.model)

    @property
    def under_each_name(self) -> tuple[ContextView, ...]:
        """It, and as it was called."""
        former = self.under_former_name
        return (self,) if former is None else (self, former)

    @property
    def events_under_each_name(self) -> tuple[EventView, ...]:
        """What it publishes, also under its own former name."""
        return tuple(event for one in self.under_each_name for event in one.events)

    @cached_property
    def event_values(self) -> tuple[ValueObject, ...]:
        """The value objects that events hold."""
        used = {
            kind.name
            for event in self.events
            for field in event.event.fields
            for kind in (field.type, field.type.of)
            if kind is not None and kind.kind == "value"
        }
        return tuple(one for one in self.value_objects if one.name in used)

    def event_named(self, name: EventName) -> EventView:
        """Return one of its events."""
        return next(one for one in self.events if one.event.name == name)

    # Others

    @cached_property
    def known_ports(self) -> tuple[KnownPort, ...]:
        """Of whom its commands ask for rows."""
        targets = dict.fromkeys(
            target
            for entity in self.all
            for command in entity.all_commands
            for target in command.known_targets
        )
        found: dict[str, list[KnownRows]] = {}
        for target in targets:
            found.setdefault(target.context, []).append(self._rows_of(target))
        return tuple(KnownPort(self.name, context, tuple(rows)) for context, rows in found.items())

    def known_ports_of(self, targets: tuple[Reference, ...]) -> tuple[KnownPort, ...]:
        """Return of whom to ask for some rows."""
        contexts = {target.context for target in targets}
        return tuple(port for port in self.known_ports if port.context in contexts)

    def known(self, target: Reference) -> tuple[KnownPort, str]:
        """Return of whom to ask for rows of an entity, and by which method."""
        port = next(one for one in self.known_ports if one.context == target.context)
        return port, self._rows_of(target).method

    @cached_property
    def asked_of(self) -> tuple[KnownRows, ...]:
        """Whose rows of it other contexts ask for."""
        found = dict.fromkeys(
            name.type.target
            for context in self.model.contexts
            if context.name != self.name
            for entity in context.entities
            for command in entity.commands
            for name in asked_in(command)
            if name.type.target is not None and name.type.target.context == self.name
        )
        return tuple(self._rows_of(target) for target in found)

    def _rows_of(self, target: Reference) -> KnownRows:
        return KnownRows(target, self.model.service_of(target.context))

    @property
    def asks(self) -> bool:
        """Whether it has to know rows of other contexts."""
        return bool(self.known_ports)

    @cached_property
    def reactions(self) -> tuple[ReactionView, ...]:
        """What it does about events, in the order of the spec."""
        found: list[ReactionView] = []
        seen: dict[tuple[object, ...], int] = {}
        for one in self.model.reactions:
            if one.context == self.name and not one.is_email:
                names = (one.event.name, one.entity, one.command)
                seen[names] = number = seen.get(names, 0) + 1
                number = number if number > 1 else 0
                found += (ReactionView(*each, self, number) for each in followed(one, self.model))
        return tuple(found)

    def reactions_of(self, command: CommandView) -> tuple[ReactionView, ...]:
        """Return the reactions that run a command."""
        variable = command.handler_variable
        return tuple(one for one in self.reactions if one.handler == variable)

    @property
    def handles(self) -> bool:
        """Whether it reacts to events."""
        return bool(self.reactions)

    @cached_property
    def reacting(self) -> tuple[CommandView, ...]:
        """The commands that its reactions run, each once."""
        return tuple({one.handler: one.command for one in self.reactions}.values())

    @cached_property
    def reaction_contracts(self) -> str:
        """The modules of the contracts whose events it handles."""
        return arguments(sorted({one.contract for one in self.reactions}))

    @property
    def search(self) -> bool:
        """Whether anything of it can be searched."""
        return any(one.search for one in self.all)

    @property
    def changes(self) -> bool:
        """Whether anybody runs a command of it."""
        return self.handles or any(one.commands_over_http for one in self.all)

    @property
    def keeps_answers(self) -> bool:
        """Whether a route of it answers the same under the same key."""
        return any(one.keeps_answers for one in self.all)

    @property
    def authenticates(self) -> bool:
        """Whether a route of it looks at a login."""
        return any(one.authenticates for one in self.all)

    @property
    def exclusions(self) -> bool:
        """Whether anything of it may not overlap."""
        return any(one.exclusions for one in self.all)

    @property
    def facade(self) -> bool:
        """Whether others may ask it anything."""
        return bool(self.asked_of)

    @property
    def facade_type(self) -> str:
        """The type of its facade."""
        return f"{self.cls}Facade" if self.facade else "None"

    @cached_property
    def subscribe_lines(self) -> list[str]:
        """How it subscribes to events."""
        if not self.handles:
            return []
        handlers = [f"{one.handler_variable}={one.made}" for one in self.reacting]
        return [
            f'reactions = Reactions("{self.name}", STATUSES)',
            f"subscribe({arguments(['foundation.bus', 'reactions', *handlers])})",
        ]

    @property
    def with_states(self) -> list[EntityView]:
        """Its entities that have states."""
        return [one for one in self.all if one.states]

    @property
    def left_by_system(self) -> dict[str, list[str]]:
        """The states, by the class of their entity, that only reactions lead out of."""
        found = {one.cls: one.left_by_system for one in self.with_states}
        return {entity: states for entity, states in found.items() if states}

    @property
    def shown(self) -> list[str]:
        """What adds its own metrics to those of its process."""
        rows = ["rows.show"] if self.with_states else []
        return [*rows, *(["reactions.show"] if self.handles else [])]

    def events_of(self, rows: KnownRows) -> EventsOfRows:
        """Return the events by which it is known which rows there are."""
        return EventsOfRows.of(rows.target, self.model)

    def contracts_of(self, port: KnownPort) -> list[str]:
        """Return the modules that have the events of a port's rows."""
        return sorted({name for rows in port.rows for name in self.events_of(rows).contracts})

    def port_to(self, context: str) -> KnownPort:
        """Return the port to another context whose rows are asked for."""
        return next(one for one in self.known_ports if one.context == context)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What the rest of a project follows from, as `ContextDescription` names it."""
        handles: dict[str, list[str]] = {}
        for one in self.reactions:
            if one.event.now:
                continue
            events = handles.setdefault(one.reaction.publisher, [])
            if (cls := event_class(one.reaction.event)) not in events:
                events.append(cls)
        return {
            "summary": self.sentence,
            "routes": [
                _route(f"/v1/{self.path}", below=True),
                *(_route(one.path, rate="search") for one in self.all if one.search),
            ],
            "settings": self.settings,
            "variables": [
                "RETENTION_IDEMPOTENCY_KEYS_HOURS",
                *(["RETENTION_INBOX_DAYS"] if self.handles else []),
                *(["SEARCH_TIMEOUT_SECONDS"] if self.search else []),
            ],
            "contract": self.contract if self.events else "",
            "publishes": sorted(one.cls for one in self.events),
            "topics": self._topics,
            "public": [
                {"path": one.path, "seconds": None, "events": self._told_of(one)}
                for one in self.all
                if one.everyone_reads
            ],
            "handles": handles,
            "handles_instead_of_calls": {
                port.context: list(
                    dict.fromkeys(one for rows in port.rows for one in self.events_of(rows).classes)
                )
                for port in self.known_ports
            },
            "needs": {
                port.context: {"module": port.adapter_module, "adapter": port.adapter_cls}
                for port in self.known_ports
            },
        }

    def _told_of(self, one: EntityView) -> list[str]:
        """Return the classes of the events that tell of a row of an entity."""
        return [event.cls for event in self.domain_events if event.event.entity == one.entity.name]

    @property
    def _topics(self) -> dict[str, dict[str, Any]]:
        asked = {one.target.entity for one in self.asked_of}
        found: dict[str, dict[str, Any]] = {}
        for event in self.events_under_each_name:
            entity = self.entities[event.event.entity]
            topic = found.setdefault(
                f"{self.service}.{entity.topic}",
                {"types": [], "compacted": entity.entity.name in asked},
            )
            topic["types"].append(event.type_name)
        return found

    # Imports

    @property
    def standard_imports(self) -> str:
        """Of the standard library, all."""
        return STANDARD

    def domain_imports_but(self, *left_out: str) -> str:
        """Return imports of the domain's modules but some."""
        domain = f"{self.name}.domain"
        lines = [
            imported(f"{domain}.callers", ["Caller"]),
            imported(f"{domain}.errors", [*ERRORS, *(["UnavailableError"] if self.asks else [])]),
        ]
        values = self._value_names
        if "values" not in left_out:
            lines.append(imported(f"{domain}.values", values))
        if "events" not in left_out:
            told = [one.domain_cls for one in self.domain_events]
            events = [*told, *(["DomainEvent"] if told else [])]
            lines.append(imported(f"{domain}.events", events))
        for one in self.all:
            if one.snake in left_out:
                lines += [imported(f"{domain}.{code}", [code]) for code in one.written]
            else:
                made = [f"New{one.cls}"] if one.create else []
                taking = [command.values_cls for command in one.changing if command.has_body]
                states = [one.status_cls] if one.states else []
                lines.append(imported(f"{domain}.{one.snake}", [one.cls, *made, *taking, *states]))
        return "\n".join(filter(None, lines))

    @property
    def _value_names(self) -> list[str]:
        return [*(one.name for one in self.enums), *(one.name for one in self.value_objects)]

    @property
    def value_imports(self) -> str:
        """Of the domain's values."""
        values = self._value_names
        return imported(f"{self.name}.domain.values", values)

    @property
    def body_imports(self) -> str:
        """Of the bodies of values."""
        return imported(
            f"{self.name}.entrypoints.values", [f"{one.name}Body" for one in self.value_objects]
        )

    @property
    def domain_imports(self) -> str:
        """Of all of the domain."""
        return self.domain_imports_but()

    @cached_property
    def view_imports(self) -> str:
        """Of the views."""
        names = [name for one in self.all for name in (f"{one.cls}View", f"view_of_{one.snake}")]
        return imported(f"{self.name}.application.views", names)
