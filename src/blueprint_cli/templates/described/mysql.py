"""An entity's table on MySQL and MariaDB: other types, other checks, other indexes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from blueprint_cli.domain.expressions import Arithmetic, Call, children, type_of
from blueprint_cli.domain.sql_text import Columns, sql_text
from blueprint_cli.domain.stores import length_of
from blueprint_cli.templates.described.fields import Check, Spelling, check_name
from blueprint_cli.templates.described.words import quoted

if TYPE_CHECKING:
    from blueprint_cli.domain.expressions import Expression
    from blueprint_cli.domain.model import Kind
    from blueprint_cli.templates.described.entities import EntityView, SearchIndex
    from blueprint_cli.templates.described.fields import FieldView, ForeignKey

# In ``tables.py``, and in a migration.
_COLUMNS: Final[dict[Kind, tuple[str, str]]] = {
    "int": ("BigInteger", "sa.BigInteger()"),
    "bool": ("Boolean", "sa.Boolean()"),
    "date": ("Date", "sa.Date()"),
    "time": ("mysql.TIME(fsp=6)", "mysql.TIME(fsp=6)"),
    "datetime": ("Moment", "Moment()"),
    "duration": ("Duration", "Duration()"),
    "uuid": ("Id", "Id()"),
    "json": ("JSON(none_as_null=True)", "sa.JSON()"),
    "ref": ("Id", "Id()"),
}
_ENUMERATION: Final = "Text(64)"
_COMPARES: Final = {"=": "eq", ">=": "ge", "<": "lt"}
# What MySQL would calculate otherwise than PostgreSQL, where it can at all.
_TIMES: Final = frozenset({"date", "time", "datetime", "duration"})
_NOT_SAID: Final = ("::", "COLLATE", "AT TIME ZONE", "interval")


@dataclass(frozen=True)
class Column:
    """A column: its type in ``tables.py``, and in the migration that makes it."""

    name: str
    type: str
    type_then: str
    nullable: bool = False
    foreign_key: ForeignKey | None = None


@dataclass(frozen=True)
class MySqlFilter:
    """A filter by the API's name: the column, and the operator that compares it."""

    name: str
    column: str
    compare: str


@dataclass(frozen=True)
class MySqlTable:
    """The table of an entity."""

    view: EntityView

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Its columns but those that every table has."""
        found = [
            Column(one.name, *_types(one), nullable=one.nullable, foreign_key=one.foreign_key)
            for one in self.view.fields
        ]
        if self.view.states:
            found.append(Column("status", f"EnumText({self.view.status_cls})", _ENUMERATION))
        return tuple(found)

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """Its CHECK constraints; what would mean another thing here is held by the domain alone."""
        table = self.view.table
        found = [
            Check(check_name(table, ending), condition)
            for one in self.view.fields
            for ending, condition in one.checks_on(_quoted, "json_length")
        ]
        if self.view.states:
            values = ", ".join(f"'{one.text}'" for one in self.view.states)
            found.append(Check(check_name(table, "status"), f"`status` IN ({values})"))
        for first, last in self.view.unnamed_spans:
            condition = f"{_quoted(last)} > {_quoted(first)}"
            found.append(Check(check_name(table, f"{last}_after_{first}"), condition))
        for guard in self.view.entity.rules:
            rule = _condition(guard.holds) if guard.holds is not None else None
            if rule is not None:
                found.append(Check(check_name(table, guard.code), rule))
        return tuple(found)

    @property
    def indexes(self) -> tuple[SearchIndex, ...]:
        """What lists and references need; none has an order of nulls."""
        return tuple(
            one for one in self.view.indexes if not any(" " in column for column in one.columns)
        )

    @cached_property
    def viewed(self) -> tuple[str, ...]:
        """The columns of a view, in its order; JSON as it is, for it is answered so."""
        plain = [("id", False)]
        plain += [(one.name, one.kind in {"value", "list", "json"}) for one in self.view.shown]
        plain += [("status", False)] if self.view.states else []
        plain += [(name, False) for name in ("version", "created_at", "updated_at")]
        return tuple(
            f"type_coerce({self._column(name)}, JSON).label({quoted(name)})"
            if json
            else self._column(name)
            for name, json in plain
        )

    @cached_property
    def filters(self) -> tuple[MySqlFilter, ...]:
        """Every filter by the API's name."""
        found = []
        for one in self.view.filters:
            column, _, sign = one.compared.rpartition(" ")
            name = column.strip('"')
            found.append(MySqlFilter(one.name, self._column(name), _COMPARES[sign]))
        return tuple(found)

    def _column(self, name: str) -> str:
        """Return a column of its variable; in brackets, for a collection has names itself."""
        return f"{self.view.plural_snake}.c[{quoted(name)}]"


def _types(one: FieldView) -> tuple[str, str]:
    kind = one.field.type
    match kind.kind:
        case "enum":
            return f"EnumText({kind.name})", _ENUMERATION
        case "value":
            return f"AsJson({kind.name})", "sa.JSON()"
        case "list":
            return f"AsJson({Spelling().type(kind)})", "sa.JSON()"
        case "decimal":
            numeric = f"Numeric({kind.digits}, {kind.scale})"
            return numeric, f"sa.{numeric}"
        case "text" | "email" | "url":
            text = f"Text({length_of(kind) or ''})"
            return text, text
        case _:
            return _COLUMNS[kind.kind]


def _quoted(name: str) -> str:
    return f"`{name}`"


def _condition(found: Expression) -> str | None:
    """Return a rule as MySQL means it; None where it would mean another thing by it."""
    if _any_time(found):
        return None
    columns = Columns(column=_quoted, length="json_length")
    text = sql_text(found, columns)
    return None if text is None or any(one in text for one in _NOT_SAID) else text


def _any_time(found: Expression) -> bool:
    kind = type_of(found)
    calculated = isinstance(found, Arithmetic | Call) and kind is not None
    of_times = any(
        (one := type_of(child)) is not None and one.kind in _TIMES for child in children(found)
    )
    own = calculated and kind is not None and kind.kind in _TIMES
    return own or (calculated and of_times) or any(_any_time(one) for one in children(found))
