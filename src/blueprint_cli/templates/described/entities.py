"""An entity in code: the aggregate, its table, its permissions, its list."""

from __future__ import annotations

import keyword
import textwrap
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Final

from blueprint_cli.domain.examples.steps import unnamed_spans
from blueprint_cli.domain.expressions import Constant, Me, Name, calls, children
from blueprint_cli.domain.model import ANYONE, OWNER, USER
from blueprint_cli.domain.naming import class_name, module_of, path_of, table_of
from blueprint_cli.domain.sql_text import identifier, sql_text
from blueprint_cli.templates.described import document
from blueprint_cli.templates.described.black_box import BlackBox
from blueprint_cli.templates.described.code import Code
from blueprint_cli.templates.described.commands import CommandView, allowed
from blueprint_cli.templates.described.fields import (
    Check,
    FieldView,
    ForeignKey,
    Spelling,
    attribute,
    check_name,
    decimal_py,
)
from blueprint_cli.templates.described.guards import guard_lines, refusing, standing
from blueprint_cli.templates.described.mysql import MySqlTable
from blueprint_cli.templates.described.testing import EntityTests
from blueprint_cli.templates.described.within import Within, within
from blueprint_cli.templates.described.words import (
    capital,
    constant,
    docstring,
    fitting,
    listed,
    quoted,
    sentence,
    with_article,
    words,
)
from blueprint_cli.templates.marks import NAMES, marked

if TYPE_CHECKING:
    from blueprint_cli.domain.expressions import Expression
    from blueprint_cli.domain.model import Command, Entity, Guard, Unique
    from blueprint_cli.templates.described.contexts import ContextView

RANGES: Final = {
    "datetime": "tstzrange",
    "date": "daterange",
    "int": "int8range",
    "decimal": "numrange",
}
# Columns of every row that a list may be sorted by and filtered on, with their Python types.
OF_EVERY_ROW: Final = {
    "created_at": "datetime",
    "updated_at": "datetime",
    "id": "UUID",
    "version": "int",
}
_ORDERED: Final = frozenset({"int", "decimal", "date", "time", "datetime", "duration"})
# What modules that have a variable for a table call other things.
_TAKEN: Final = frozenset(
    """
    delete first folded func insert metadata publish select text type_coerce update
    """.split()  # noqa: SIM905 - as a list it takes as many lines
)
# What a filter may bound by `_from` and `_to`.
_BOUNDED: Final = frozenset({"int", "decimal", "date", "time", "datetime"})


@dataclass(frozen=True)
class State:
    """A state, as text and as the name of a constant."""

    text: str

    @property
    def constant(self) -> str:
        """``CHECKED_IN``."""
        return constant(self.text)


@dataclass(frozen=True)
class Exclusion:
    """Rows with equal fields may not overlap in a range."""

    name: str
    code: str
    fields: tuple[str, ...]
    range_sql: str
    where_sql: str

    @property
    def range_py(self) -> str:
        """As a literal."""
        return quoted(self.range_sql)

    @property
    def where_py(self) -> str:
        """As a literal; empty where there is none."""
        return quoted(self.where_sql) if self.where_sql else ""


@dataclass(frozen=True)
class UniqueIndex:
    """No two rows with equal fields."""

    name: str
    code: str
    fields: tuple[str, ...]
    where_sql: str

    @property
    def columns_py(self) -> str:
        """Its columns as literals."""
        return ", ".join(f'"{name}"' for name in self.fields)

    @property
    def where_py(self) -> str:
        """As a literal; empty where there is none."""
        return quoted(self.where_sql) if self.where_sql else ""


@dataclass(frozen=True)
class SearchIndex:
    """An index that a list uses."""

    name: str
    columns: tuple[str, ...]

    @property
    def columns_py(self) -> str:
        """As ``Index`` takes them."""
        return ", ".join(
            f"text({quoted(column)})" if " " in column else f'"{column}"' for column in self.columns
        )

    @property
    def columns_migration_py(self) -> str:
        """As ``op.create_index`` takes them."""
        return ", ".join(
            f"sa.text({quoted(column)})" if " " in column else f'"{column}"'
            for column in self.columns
        )


@dataclass(frozen=True)
class UseWithin:
    """An entity whose lists or values refer to another one."""

    by: EntityView
    use: Within

    @property
    def statement(self) -> str:
        """The constant that looks for a row that does."""
        names = (one.name for one in self.use.steps if one is not None)
        return constant("_".join(("in", self.by.table, self.use.field.name, *names)))

    @property
    def column(self) -> str:
        """The column that does."""
        return f"{self.by.plural_snake}.c[{quoted(self.use.field.name)}]"

    @property
    def holding(self) -> str:
        """The JSON, as Python, that it contains."""
        return self.use.holding("str(id_)")


@dataclass(frozen=True)
class Filter:
    """A filter by the API's name: what its value is compared with, and what a query may hold."""

    name: str
    compared: str
    type_py: str
    absent: str

    @property
    def attribute(self) -> str:
        """What the query's model calls it."""
        return attribute(self.name)

    @property
    def query_py(self) -> str:
        """What stands behind its name in the query's model."""
        if self.attribute == self.name:
            return f"{self.type_py} = {self.absent}"
        return f'{self.type_py} = Field(default={self.absent}, alias="{self.name}")'

    @property
    def compared_py(self) -> str:
        """As a literal."""
        return quoted(self.compared)


@dataclass(frozen=True)
class EntityView:
    """An entity of a described context."""

    entity: Entity
    context: ContextView

    # Names

    @property
    def cls(self) -> str:
        """``Appointment``."""
        return marked(self.entity.name)

    @cached_property
    def snake(self) -> str:
        """``appointment``: its module and its folders."""
        return module_of(self.entity.name)

    @cached_property
    def table(self) -> str:
        """``appointments``: its table."""
        return table_of(self.entity.plural)

    @property
    def plural_snake(self) -> str:
        """``appointments``: a variable."""
        return _variable(self.table)

    @cached_property
    def plural_cls(self) -> str:
        """``Appointments``: what stores them; where that is called otherwise, with its word."""
        name = class_name(self.entity.plural)
        if name in {class_name(one.name) for one in self.context.described.entities} | NAMES:
            return f"{name}Repository"
        return name

    @cached_property
    def qualified_table(self) -> str:
        """Its table with its schema, as a statement has it."""
        return f"{identifier(self.context.storage)}.{identifier(self.table)}"

    @cached_property
    def may_be_refused(self) -> bool:
        """Whether the database may refuse a row for what other rows are."""
        return bool(self.taken_codes or self.foreign_keys)

    @property
    def status_cls(self) -> str:
        """``AppointmentStatus``."""
        return f"{self.cls}Status"

    @cached_property
    def path(self) -> str:
        """Where its routes begin."""
        return f"/v1/{self.context.path}/{self.entity.plural}"

    @cached_property
    def a(self) -> str:
        """``an appointment``."""
        return with_article(self.cls)

    @property
    def a_capital(self) -> str:
        """``An appointment``."""
        return capital(self.a)

    @cached_property
    def plural_words(self) -> str:
        """``appointments``, as words."""
        return words(self.entity.plural)

    @property
    def plural_words_capital(self) -> str:
        """``Appointments``, as words."""
        return capital(self.plural_words)

    @cached_property
    def sentence(self) -> str:
        """What it is, in a line."""
        return docstring(sentence(self.entity.summary or self.a), 0)

    @property
    def summary(self) -> str:
        """What it is, in a sentence."""
        return sentence(self.entity.summary or self.a)

    @cached_property
    def state_lines(self) -> list[str]:
        """Its state machine, as Mermaid draws it."""
        return list(document.states(self.entity))

    @property
    def readers_words(self) -> str:
        """Who may read."""
        return document.who(self.entity.read)

    @property
    def rules_words(self) -> list[str]:
        """What every row is held to."""
        return document.rules(self.entity)

    @cached_property
    def docstring(self) -> str:
        """Of the aggregate."""
        return docstring(sentence(self.entity.summary or self.a), 4)

    @cached_property
    def states_sentence(self) -> str:
        """Of the enumeration of its states."""
        return docstring(f"The states of {self.a}; it begins as {words(self.states[0].text)}.", 4)

    @cached_property
    def tests(self) -> EntityTests:
        """Its tests."""
        return EntityTests(self)

    # Fields

    @property
    def spelling(self) -> Spelling:
        """How types are spelled."""
        return self.context.spelling

    @cached_property
    def fields(self) -> tuple[FieldView, ...]:
        """In the order of the spec."""
        listing = self.entity.listing
        indexed = {*listing.filter, *listing.sort}
        indexed |= {name for one in self.entity.unique for name in one.fields}
        return tuple(
            FieldView(
                one,
                self.spelling,
                self._foreign_key(one.name),
                indexed=one.unique or one.name in indexed,
            )
            for one in self.entity.fields
        )

    def _foreign_key(self, name: str) -> ForeignKey | None:
        target = self.entity.by_name[name].type.target
        if target is None or target.context != self.context.name:
            return None
        table = self.context.table_of(target.entity)
        schema = "" if self.context.on_mysql else self.context.storage
        return ForeignKey(fitting(f"fk_{self.table}_{name}"), table, schema)

    @cached_property
    def foreign_keys(self) -> tuple[FieldView, ...]:
        """References within the context."""
        return tuple(one for one in self.fields if one.foreign_key is not None)

    @cached_property
    def referred_to(self) -> bool:
        """Whether something of its context refers to it, and it can be taken."""
        return any(
            one.foreign_key is not None and one.foreign_key.table == self.table
            for other in self.context.all
            for one in other.fields
        )

    def within(self, field: FieldView) -> tuple[Within, ...]:
        """Return the references to rows of its context within a field's lists and values."""
        mine = self.context.name
        return tuple(one for one in within(field.field) if one.target.context == mine)

    @cached_property
    def used_within(self) -> tuple[UseWithin, ...]:
        """Where lists and values of its context refer to it."""
        return tuple(
            UseWithin(other, use)
            for other in self.context.all
            for field in other.fields
            for use in other.within(field)
            if use.target.entity == self.entity.name
        )

    @cached_property
    def late_keys(self) -> tuple[FieldView, ...]:
        """References to what is made later than it: of entities that refer to each other."""
        before = {self.table}
        for one in self.context.in_order_of_references:
            if one.cls == self.cls:
                break
            before.add(one.table)
        return tuple(
            one
            for one in self.foreign_keys
            if one.foreign_key is not None and one.foreign_key.table not in before
        )

    @cached_property
    def early_keys(self) -> tuple[FieldView, ...]:
        """References to what is there when its table is made."""
        return tuple(one for one in self.foreign_keys if one not in self.late_keys)

    @cached_property
    def tables_py(self) -> str:
        """The variables of the tables that its repository asks."""
        used = self.used_within if self.delete else ()
        return ", ".join(sorted({self.plural_snake, *(one.by.plural_snake for one in used)}))

    def plural_of(self, field: FieldView) -> str:
        """Return the variable of the entity that a field refers to."""
        assert field.foreign_key is not None  # noqa: S101 - it is asked of those alone
        return _variable(field.foreign_key.table)

    @cached_property
    def shown(self) -> tuple[FieldView, ...]:
        """What a reader sees."""
        return tuple(one for one in self.fields if not one.field.secret)

    @cached_property
    def states(self) -> tuple[State, ...]:
        """Its states."""
        return tuple(State(one) for one in self.entity.states)

    @property
    def left_by_system(self) -> list[str]:
        """The states that only reactions lead out of: no row is to stay there for long."""
        leaving = {
            state: [
                one
                for one in self.entity.commands
                if one.to not in {"", state} and state in (one.from_states or self.entity.states)
            ]
            for state in self.entity.states
        }
        return [
            state
            for state, commands in leaving.items()
            if commands and not any(one.over_http for one in commands)
        ]

    @property
    def owner(self) -> str:
        """The field whose user a row belongs to."""
        return self.entity.owner

    # Commands

    @cached_property
    def all_commands(self) -> tuple[CommandView, ...]:
        """In the order of the spec."""
        return tuple(CommandView(one, self) for one in self.entity.commands)

    @cached_property
    def commands(self) -> dict[str, CommandView]:
        """By name."""
        return {one.name: one for one in self.all_commands}

    @property
    def create(self) -> CommandView | None:
        """What makes one."""
        return self.commands.get("create")

    @property
    def delete(self) -> CommandView | None:
        """What removes one."""
        return self.commands.get("delete")

    @cached_property
    def changing(self) -> tuple[CommandView, ...]:
        """What changes a row that is there."""
        return tuple(one for one in self.all_commands if not (one.is_create or one.is_delete))

    @cached_property
    def commands_of_callers(self) -> tuple[CommandView, ...]:
        """Those about whose permission there is a question."""
        return tuple(one for one in self.all_commands if one.needs_permission)

    @cached_property
    def commands_over_http(self) -> tuple[CommandView, ...]:
        """Those that have a route."""
        return tuple(one for one in self.all_commands if one.by_callers)

    @cached_property
    def commands_with_bodies(self) -> tuple[CommandView, ...]:
        """Those that take anything over HTTP."""
        return tuple(one for one in self.commands_over_http if one.has_body)

    @cached_property
    def wired_commands(self) -> tuple[CommandView, ...]:
        """Every one that somebody runs."""
        return self.all_commands

    @cached_property
    def black_box(self) -> BlackBox:
        """What the black-box suite does with it."""
        return BlackBox(self)

    # Events

    @cached_property
    def topic(self) -> str:
        """Its part of the topic's name; while it has a former name, older readers look there."""
        entity = self.entity
        renamed = entity.was and entity.plural == path_of(entity.name)
        return path_of(entity.was) if renamed else entity.plural

    def event_of(self, command: Command) -> str:
        """Return the class of the event that a command emits, or nothing."""
        return self.context.event_named(command.emits).domain_cls if command.emits else ""

    def event_made(self, command: Command, row: str) -> str:
        """Return the event that a command emits, made of a row."""
        if command.emits is None:
            return ""
        event = self.context.event_named(command.emits)
        given = [
            f"{one.name}={'now' if one.name == 'at' else f'{row}.{one.name}'}"
            for one in event.fields
        ]
        return f"{event.domain_cls}({', '.join(given)})"

    # Rules

    @cached_property
    def unnamed_spans(self) -> tuple[tuple[str, str], ...]:
        """Spans whose order no rule names."""
        return unnamed_spans(self.entity)

    @cached_property
    def has_rules(self) -> bool:
        """Whether a row is held to anything."""
        return bool(self.standing_rules or self.unnamed_spans)

    @cached_property
    def standing_rules(self) -> list[Guard]:
        """The rules that others do not answer already."""
        return standing(self.entity.rules, Code("row"))

    @cached_property
    def rules_use_me(self) -> bool:
        """Whether a rule looks at who runs the command."""
        return any(
            guard.holds is None or _any(guard.holds, lambda one: isinstance(one, Me))
            for guard in self.standing_rules
        )

    @cached_property
    def _rules_use_now(self) -> bool:
        return any(
            guard.holds is None or calls(guard.holds, "now", "today")
            for guard in self.standing_rules
        )

    @cached_property
    def rules_called(self) -> str:
        """What the function of the rules is called with."""
        given = ["row"]
        given += ["now"] if self._rules_use_now else []
        given += ["me"] if self.rules_use_me else []
        return ", ".join(given)

    @cached_property
    def private_lines(self) -> list[str]:
        """The function of the rules."""
        if not self.has_rules:
            return []
        parameters = [f"row: {self.cls}"]
        parameters += ["now: datetime"] if self._rules_use_now else []
        parameters += ["me: Caller | None"] if self.rules_use_me else []
        lines = [f"def _hold_rules({', '.join(parameters)}) -> None:"]
        body = []
        for first, last in self.unnamed_spans:
            end = next(one for one in self.fields if one.name == last)
            condition = f"row.{last} <= row.{first}"
            start = next(one for one in self.fields if one.name == first)
            known = [f"row.{one.name} is not None" for one in (start, end) if one.nullable]
            condition = " and ".join([*known, condition])
            body += refusing(condition, f'InvalidError("{last}", "must be after {first}")')
        body += guard_lines(self.entity.rules, Code("row"), "row", "RuleBrokenError")[0]
        return [*lines, *(f"    {line}" for line in body)]

    @cached_property
    def written(self) -> tuple[str, ...]:
        """The functions that the owner of the project writes."""
        guards: list[Guard] = [*self.entity.rules]
        for command in self.entity.commands:
            guards += command.needs
        return tuple(dict.fromkeys(one.code for one in guards if one.holds is None))

    def out_of_range(self, field: FieldView, expression: Expression, value: str) -> str:
        """Return the condition that what was set is out of the field's range; empty for never."""
        if isinstance(expression, Name) and expression.type == field.field.type:
            return ""
        kind = field.field.type
        conditions = []
        if isinstance(expression, Constant):
            return ""
        low: object = kind.low
        high: object = kind.high
        if kind.kind == "int":
            low, high = (-(2**63) if low is None else low), (2**63 - 1 if high is None else high)
        if kind.kind == "decimal":
            most = Decimal(10 ** (kind.digits - kind.scale)) - Decimal(1).scaleb(-kind.scale)
            low = decimal_py(-most if kind.low is None else kind.low)
            high = decimal_py(most if kind.high is None else kind.high)
        measured = f"len({value})" if kind.kind in {"text", "list"} else value
        if kind.kind in {"int", "decimal", "text", "list"}:
            if low is not None and high is not None:
                conditions.append(f"not {low} <= {measured} <= {high}")
            elif low is not None:
                conditions.append(f"{measured} < {low}")
            elif high is not None:
                conditions.append(f"{measured} > {high}")
        if field.nullable and conditions:
            conditions.insert(0, f"{value} is not None")
        return " and ".join(conditions)

    # Who may

    @cached_property
    def everyone_reads(self) -> bool:
        """Whether nobody needs a login to read."""
        return ANYONE in self.entity.read

    @cached_property
    def users_read(self) -> bool:
        """Whether every user may read every row."""
        return USER in self.entity.read

    @cached_property
    def restricted(self) -> bool:
        """Whether it depends on who reads."""
        return not (self.everyone_reads or self.users_read)

    @cached_property
    def owner_reads(self) -> bool:
        """Whether it depends on whose row it is."""
        return OWNER in self.entity.read and self.restricted

    @cached_property
    def reading_roles(self) -> tuple[str, ...]:
        """The roles that may read every row."""
        return tuple(one for one in self.entity.read if one not in {OWNER, USER, ANYONE})

    @cached_property
    def read_py(self) -> str:
        """The condition that a caller may read a row."""
        return allowed(self.reading_roles, f"row.{self.owner}" if self.owner_reads else "")

    @cached_property
    def reads_every_py(self) -> str:
        """The condition that a caller may read every row."""
        return allowed(self.reading_roles, "")

    @cached_property
    def read_sentence(self) -> str:
        """Who may read."""
        said = ["whoever it belongs to"] if self.owner_reads else []
        return f"{capital(listed([*said, *(f'`{one}`' for one in self.reading_roles)], 'or'))} may."

    def visible_py(self, me: str, row: str) -> str:
        """Return whether a caller may read a row, as an argument."""
        if not self.restricted:
            return "True"
        by_row = f", {row}" if self.owner_reads else ""
        return f"permissions.may_read_{self.snake}({me}{by_row})"

    @cached_property
    def uses_optional_me(self) -> bool:
        """Whether a command of it may be run over HTTP without a login."""
        return any(one.takes_me and one.me_may_be_none for one in self.commands_over_http)

    @cached_property
    def users_call(self) -> bool:
        """Whether a route of it needs a login and who that is."""
        return self.restricted or any(one.caller_type == "User" for one in self.commands_over_http)

    @cached_property
    def keeps_answers(self) -> bool:
        """Whether a route of it answers the same under the same key."""
        return any(one.method == "post" for one in self.commands_over_http)

    @cached_property
    def answers_rows(self) -> bool:
        """Whether a command of it answers with the row."""
        return any(not one.is_delete for one in self.commands_over_http)

    @cached_property
    def authenticates(self) -> bool:
        """Whether a route of it looks at a login."""
        logins = any(not (one.everyone or one.caller_type) for one in self.commands_over_http)
        return self.users_read or self.users_call or self.anyone_calls or logins

    @cached_property
    def anyone_calls(self) -> bool:
        """Whether a route of it takes a login, and needs none."""
        return any(one.caller_type == "Anyone" for one in self.commands_over_http)

    @property
    def cache_control(self) -> str:
        """Of every answer with one."""
        return "no-cache" if self.everyone_reads else "private, no-cache"

    # The table

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """Its CHECK constraints."""
        found = [
            Check(check_name(self.table, ending), condition)
            for one in self.fields
            for ending, condition in one.checks
        ]
        if self.states:
            values = ", ".join(f"'{one.text}'" for one in self.states)
            found.append(Check(check_name(self.table, "status"), f"status IN ({values})"))
        for first, last in self.unnamed_spans:
            condition = f"{identifier(last)} > {identifier(first)}"
            found.append(Check(check_name(self.table, f"{last}_after_{first}"), condition))
        for guard in self.entity.rules:
            sql = sql_text(guard.holds) if guard.holds is not None else None
            if sql is not None:
                found.append(Check(check_name(self.table, guard.code), sql))
        return tuple(found)

    @cached_property
    def mysql(self) -> MySqlTable:
        """Its table on MySQL."""
        return MySqlTable(self)

    @cached_property
    def exclusions(self) -> tuple[Exclusion, ...]:
        """What may not overlap."""
        return tuple(
            Exclusion(
                fitting(f"ex_{self.table}_{one.code}"),
                one.code,
                one.fields,
                self._range(one.span),
                _where(one),
            )
            for one in self.entity.unique
            if one.span is not None
        )

    def _range(self, span: tuple[str, str]) -> str:
        first, last = span
        kind = self.entity.by_name[first].type.kind
        return f"{RANGES[kind]}({identifier(first)}, {identifier(last)})"

    @cached_property
    def uniques(self) -> tuple[UniqueIndex, ...]:
        """What only one row may have."""
        single = [
            UniqueIndex(
                fitting(f"uq_{self.table}_{one.name}"), f"{one.name}_taken", (one.name,), ""
            )
            for one in self.entity.fields
            if one.unique
        ]
        several = [
            UniqueIndex(fitting(f"uq_{self.table}_{one.code}"), one.code, one.fields, _where(one))
            for one in self.entity.unique
            if one.span is None
        ]
        return (*single, *several)

    @cached_property
    def taken_codes(self) -> tuple[tuple[str, str], ...]:
        """Which constraint means which code."""
        return (
            *((one.name, one.code) for one in self.uniques),
            *((one.name, one.code) for one in self.exclusions),
        )

    @cached_property
    def indexes(self) -> tuple[SearchIndex, ...]:
        """What lists and references need. See decision 0032."""
        covered = {
            one.fields[0] for one in self.uniques if not one.where_sql and len(one.fields) == 1
        }
        sorted_by = [name for name in self.entity.listing.sort if name != "id"]
        filtered = [name for name in self.entity.listing.filter if name != "id"]
        wanted = dict.fromkeys(
            [
                *sorted_by,
                *filtered,
                *([self.owner] if self.owner_reads else []),
                *(one.name for one in self.foreign_keys),
            ]
        )
        found: dict[str, tuple[str, ...]] = {}
        for name in wanted:
            field = self.entity.by_name.get(name)
            if name in covered and name not in sorted_by:
                continue
            if field is not None and field.type.kind in {"json", "list", "value"}:
                continue
            listed = name in sorted_by or name == self.owner or name in self._choices
            found[name] = (name, "id") if listed else (name,)
            if name in sorted_by and field is not None and field.optional:
                backwards = (f"{identifier(name)} DESC NULLS LAST", "id DESC")
                found[f"{name}_desc"] = backwards
        for name in self._choices:
            if self._leading_sort not in {None, name}:
                found.setdefault(
                    f"{name}_by_{self._leading_sort}", (name, self._leading_sort, "id")
                )
        return tuple(
            SearchIndex(fitting(f"ix_{self.table}_{ending}"), columns)
            for ending, columns in found.items()
        )

    @cached_property
    def _choices(self) -> tuple[str, ...]:
        """The filters whose values many rows have: what a row refers to, or one of a few words."""
        return tuple(
            name
            for name in self.entity.listing.filter
            if name == "status" or self._kind(name) in {"bool", "enum", "ref"}
        )

    @cached_property
    def _leading_sort(self) -> str | None:
        """The first time or number that a list may be sorted by and that each row has."""
        for name in self.entity.listing.sort:
            field = self.entity.by_name.get(name)
            if self._kind(name) in _ORDERED and not (field and field.optional):
                return name
        return None

    def _kind(self, name: str) -> str:
        field = self.entity.by_name.get(name)
        return OF_EVERY_ROW.get(name, "enum") if field is None else field.type.kind

    # The list

    @property
    def search(self) -> tuple[str, ...]:
        """The fields that a search looks into."""
        return self.entity.listing.search

    @cached_property
    def search_py(self) -> str:
        """What is folded of a row for the search: a line feed keeps a match within a field."""
        parts = []
        for name in self.search:
            optional = self.entity.by_name[name].optional
            parts.append(f"{{row.{name} or ''}}" if optional else f"{{row.{name}}}")
        return 'f"' + "\\n".join(parts) + '"'

    @property
    def sorts(self) -> tuple[str, ...]:
        """The fields that a list may be sorted by."""
        return self.entity.listing.sort

    @cached_property
    def sort_types(self) -> dict[str, str]:
        """What a cursor holds of each of them."""
        types = {}
        for name in self.sorts:
            field = self.entity.by_name.get(name)
            if field is None:
                types[name] = OF_EVERY_ROW.get(name, "str")
            else:
                kind = field.type.kind
                types[name] = "str" if kind == "enum" else Spelling().type(field.type)
        return types

    @cached_property
    def nullable_sorts(self) -> tuple[str, ...]:
        """Those of them that may be null."""
        return tuple(
            name
            for name in self.sorts
            if (field := self.entity.by_name.get(name)) is not None and field.optional
        )

    @cached_property
    def nullable_sorts_py(self) -> str:
        """As a set."""
        return f"{{{', '.join(quoted(name) for name in self.nullable_sorts)}}}"

    @cached_property
    def filters(self) -> tuple[Filter, ...]:
        """Every filter by the API's name."""
        found = []
        for name in self.entity.listing.filter:
            kind, type_ = self._filtered(name)
            found.append(Filter(name, f"{identifier(name)} =", f"tuple[{type_}, ...]", "()"))
            if kind in _BOUNDED:
                found += [
                    Filter(
                        f"{name}_{ending}",
                        f"{identifier(name)} {sign}",
                        f"{type_} | None",
                        "None",
                    )
                    for ending, sign in (("from", ">="), ("to", "<"))
                ]
        return tuple(found)

    def _filtered(self, name: str) -> tuple[str, str]:
        field = self.entity.by_name.get(name)
        if field is None:
            if name == "status":
                return "enum", self.status_cls
            others = {"id": ("uuid", "Id"), "version": ("int", "int")}
            return others.get(name, ("datetime", "DateTime"))
        kind = field.type
        plain = {"int": "int", "bool": "bool", "text": "Text", "email": "Text", "url": "Text"}
        if kind.kind in plain:
            return kind.kind, plain[kind.kind]
        view = next(one for one in self.fields if one.name == name)
        return kind.kind, view.body_type

    @property
    def owner_condition_py(self) -> str:
        """The condition that a row is of one owner, as a literal."""
        return quoted(f"{identifier(self.owner)} = %(_owner)s")

    @cached_property
    def page_sentence(self) -> str:
        """What a reader's list is."""
        return f"{self.plural_words_capital} as they are wanted, of those that the caller may see."

    @cached_property
    def page_lines(self) -> list[str]:
        """How a reader's list is read."""
        if not self.restricted:
            return ["return await self._queries.page(wanted)"]
        if not self.owner_reads:
            return [
                f"if not may_read_{self.snake}(me):",
                "    return ()",
                "return await self._queries.page(wanted)",
            ]
        if not self.reading_roles:
            return [
                "if me is None:",
                "    return ()",
                "return await self._queries.page(wanted, me.id)",
            ]
        return [
            "if me is None:",
            "    return ()",
            f"owner = None if reads_every_{self.snake}(me) else me.id",
            "return await self._queries.page(wanted, owner)",
        ]

    @cached_property
    def view_columns(self) -> str:
        """The columns of a view, in its order."""
        names = [
            "id",
            *(one.name for one in self.shown),
            *(["status"] if self.states else []),
            "version",
            "created_at",
            "updated_at",
        ]
        text = ", ".join(identifier(name) for name in names)
        return "\n        ".join(textwrap.wrap(text, 90, break_on_hyphens=False))


def _variable(table: str) -> str:
    return f"{table}_" if keyword.iskeyword(table) or table in _TAKEN else table


def _where(unique: Unique) -> str:
    return (sql_text(unique.where) or "") if unique.where is not None else ""


def _any(expression: Expression, holds: object) -> bool:
    assert callable(holds)  # noqa: S101 - a predicate
    return bool(holds(expression)) or any(_any(child, holds) for child in children(expression))
