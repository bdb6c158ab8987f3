"""A field in code: its type in Python, its column, what a client may send."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Final

from blueprint_cli.domain.examples.values import duration
from blueprint_cli.domain.sql_text import identifier
from blueprint_cli.templates.described import document
from blueprint_cli.templates.described.words import constant, fitting, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from blueprint_cli.domain.model import Field, Kind, Type

_PYTHON: Final[dict[Kind, str]] = {
    "text": "str",
    "int": "int",
    "decimal": "Decimal",
    "bool": "bool",
    "date": "date",
    "time": "time",
    "datetime": "datetime",
    "duration": "timedelta",
    "uuid": "UUID",
    "email": "str",
    "url": "str",
    "json": "Any",
    "ref": "UUID",
}
_COLUMNS: Final[dict[Kind, str]] = {
    "text": "Text(collation='C')",
    "int": "BigInteger",
    "bool": "Boolean",
    "date": "Date",
    "time": "Time",
    "datetime": "DateTime(timezone=True)",
    "duration": "Interval",
    "uuid": "Uuid",
    "email": "Text(collation='C')",
    "url": "Text(collation='C')",
    "json": "JSONB(none_as_null=True)",
    "ref": "Uuid",
}
_BODIES: Final[dict[Kind, str]] = {
    "text": "Text",
    "int": "Int",
    "bool": "Bool",
    "date": "Date",
    "time": "Time",
    "datetime": "DateTime",
    "duration": "Duration",
    "uuid": "Id",
    "email": "Email",
    "url": "Url",
    "json": "Json",
    "ref": "Id",
}
LIST_ITEMS: Final = 100
# Characters of a text that fits into an index whatever they are, and of an address.
_SHORT: Final = 650
_URL: Final = 2_000
# What ruff takes for the name of a password.
_SECRET: Final = re.compile(
    r"(^|_)(pas+wo?r?d|pass(phrase)?|pwd|token|secrete?)($|_)", re.IGNORECASE
)
# Types whose names a field may have, too; then they are spelled with their module.
_OF_DATETIME: Final = frozenset({"date", "time", "datetime", "timedelta"})
_BUILTIN: Final = frozenset({"str", "int", "bool", "tuple"})


# What Pydantic's models, and ours of bodies and lists, call something else.
_TAKEN_IN_BODIES: Final = frozenset(
    """
    construct copy dict from_orm json parse_file parse_obj parse_raw schema schema_json
    update_forward_refs validate model_config model_construct model_copy model_dump
    model_dump_json model_extra model_computed_fields model_fields model_fields_set
    model_json_schema model_parametrized_name model_post_init model_rebuild model_validate
    model_validate_json model_validate_strings
    new value values
    after cursor descended descending described filters limit of page parameters position q rows
    sort sorted_by
    bool dict int list str tuple
    """.split()  # noqa: SIM905 - as a list it takes fifty lines
)


def attribute(name: str) -> str:
    """Return what a body or a query calls a key: with an underscore where the name is taken."""
    return f"{name}_" if name in _TAKEN_IN_BODIES else name


@dataclass(frozen=True)
class Spelling:
    """How types are spelled in a context: with their module where a field has their name."""

    shadowed: frozenset[str] = frozenset()

    def of(self, name: str) -> str:
        """Return a name of the standard library as it can be used among the fields."""
        if name in _OF_DATETIME and self.shadowed & _OF_DATETIME:
            return f"dt.{name}"
        return f"builtins.{name}" if name in _BUILTIN & self.shadowed else name

    def type(self, kind: Type) -> str:
        """Return the Python type of the domain."""
        if kind.kind in {"enum", "value"}:
            return kind.name
        if kind.kind == "list":
            assert kind.of is not None  # noqa: S101 - a list has items
            return f"{self.of('tuple')}[{self.type(kind.of)}, ...]"
        return self.of(_PYTHON[kind.kind])


@dataclass(frozen=True)
class Check:
    """A CHECK constraint: the end of its name, and its condition as a Python literal."""

    name: str
    sql: str

    @property
    def sql_py(self) -> str:
        """As a literal."""
        return quoted(self.sql)


@dataclass(frozen=True)
class ForeignKey:
    """A reference within the context."""

    name: str
    table: str
    schema: str

    @property
    def column(self) -> str:
        """What it refers to, within the schema."""
        return f"{self.table}.id"

    @property
    def target(self) -> str:
        """What it refers to, as a literal."""
        return f'"{self.schema}.{self.column}"' if self.schema else f'"{self.column}"'


@dataclass(frozen=True)
class FieldView:
    """A field of an entity or of a value object."""

    field: Field
    spelling: Spelling
    foreign_key: ForeignKey | None = None
    indexed: bool = False

    @property
    def name(self) -> str:
        """Its name."""
        return self.field.name

    @property
    def kind(self) -> Kind:
        """Its kind."""
        return self.field.type.kind

    @property
    def nullable(self) -> bool:
        """Whether it may be None."""
        return self.field.optional

    @property
    def required(self) -> bool:
        """Whether a new row has to be given it."""
        return not (self.field.optional or self.field.has_default)

    @cached_property
    def py(self) -> str:
        """Its type in the domain."""
        plain = self.spelling.type(self.field.type)
        return f"{plain} | None" if self.nullable and plain != "Any" else plain

    @cached_property
    def default_py(self) -> str:
        """What a new row has that is given none; empty where it has to be given one."""
        if self.field.has_default:
            return self._literal(self.field.default)
        return "None" if self.nullable else ""

    def _literal(self, value: object) -> str:  # noqa: PLR0911 - one for each type
        kind = self.field.type
        if value is None:
            return "None"
        match kind.kind:
            case "enum":
                return f"{kind.name}.{constant(str(value))}"
            case "decimal":
                assert isinstance(value, Decimal | int)  # noqa: S101 - as it was read
                scaled = Decimal(value).quantize(Decimal(1).scaleb(-kind.scale))
                return f'Decimal("{scaled}")' if kind.scale else f"Decimal({scaled})"
            case "date" | "time" | "datetime":
                return f"{self.spelling.of(kind.kind)}({self._moment(str(value))})"
            case "duration":
                return f"{self.spelling.of('timedelta')}({_parts(duration(str(value)))})"
            case "list":
                return "()"
            case "text" | "email" | "url":
                return quoted(str(value))
            case _:
                return repr(value)

    def _moment(self, text: str) -> str:
        """Return what a time is made of: ``2024, 2, 29``."""
        if self.kind == "date":
            day = date.fromisoformat(text)
            return f"{day.year}, {day.month}, {day.day}"
        if self.kind == "time":
            return _clock(time.fromisoformat(text))
        at = datetime.fromisoformat(text).astimezone(UTC)
        zone = "dt.UTC" if self.spelling.of("datetime") != "datetime" else "UTC"
        return f"{at.year}, {at.month}, {at.day}, {_clock(at.time())}, tzinfo={zone}"

    @cached_property
    def column(self) -> str:
        """Its column's type in ``tables.py``."""
        kind = self.field.type
        match kind.kind:
            case "enum":
                return f"EnumText({kind.name})"
            case "value":
                return f"AsJson({kind.name})"
            case "list":
                return f"AsJson({Spelling().type(kind)})"
            case "decimal":
                return f"Numeric({kind.digits}, {kind.scale})"
            case _:
                return _COLUMNS[kind.kind]

    @cached_property
    def migration_column(self) -> str:
        """Its column's type in a migration."""
        match self.kind:
            case "enum":
                return "sa.Text()"
            case "value" | "list" | "json":
                return "JSONB()"
            case _:
                column = self.column
                return f"sa.{column if '(' in column else f'{column}()'}"

    @property
    def default_remark(self) -> str:
        """What the linter is told of its default: a text called password may be no password."""
        if self.field.default and self.field.has_default and _SECRET.search(self.name):
            return "  # noqa: S105 - a default" if isinstance(self.field.default, str) else ""
        return ""

    @cached_property
    def default_sql(self) -> str | None:
        """What the database gives a row that is given none, as PostgreSQL reads it from text."""
        default = self.field.default
        if not self.field.has_default or default is None:
            return None
        if default == ():
            return "[]"
        if isinstance(default, bool):
            return str(default).lower()
        if self.kind == "decimal" and isinstance(default, Decimal | int):
            return str(Decimal(default).quantize(Decimal(1).scaleb(-self.field.type.scale)))
        return str(default)

    @property
    def server_default(self) -> str:
        """It, as a further argument of a column: code that does not know the column goes on."""
        return "" if self.default_sql is None else f", server_default={quoted(self.default_sql)}"

    @property
    def table_default(self) -> str:
        """It in ``tables.py``, where Alembic compares it: that puts a text in quotes as it is."""
        default = self.default_sql
        if default is None or "'" not in default:
            return self.server_default
        doubled = default.replace("'", "''").replace(":", r"\:")
        written = quoted(f"'{doubled}'")
        return f", server_default=text({written})"

    @property
    def migration_arguments(self) -> str:
        """Its column's type in a migration, and what else is said of it."""
        mandatory = "" if self.nullable else ", nullable=False"
        return f"{self.migration_column}{mandatory}{self.server_default}"

    @cached_property
    def body_type(self) -> str:
        """What a client may send, not null."""
        plain = body_type(self.field.type)
        return f"Annotated[{plain}, AfterValidator(fits_an_index)]" if self._is_long else plain

    @property
    def _is_long(self) -> bool:
        """Whether a text that it may have is too long for an index that it stands in."""
        kind = self.field.type
        longest = _URL if kind.kind == "url" else kind.high
        is_text = kind.kind in {"text", "url"}
        return self.indexed and is_text and (longest is None or longest > _SHORT)

    @cached_property
    def body_py(self) -> str:
        """What a client may send."""
        return f"{self.body_type} | None" if self.nullable else self.body_type

    @cached_property
    def checks(self) -> tuple[tuple[str, str], ...]:
        """Its CHECK constraints: the end of a name, and the condition."""
        return self.checks_on(identifier, "jsonb_array_length")

    def checks_on(self, spelled: Callable[[str], str], items: str) -> tuple[tuple[str, str], ...]:
        """Return them with a database's quotes, and its function of a list's length."""
        kind, column = self.field.type, spelled(self.name)
        if kind.kind == "enum":
            return ((self.name, f"{column} IN ({_texts(kind.values)})"),)
        length = {"text": f"char_length({column})", "list": f"{items}({column})"}
        low, high = kind.low, kind.high
        if kind.kind == "list" and high is None:
            high = LIST_ITEMS
        condition = _between(length.get(kind.kind, column), low, high)
        return ((f"{self.name}_range", condition),) if condition else ()

    @property
    def words(self) -> str:
        """Its type, for a document."""
        return document.kind(self.field.type)

    @property
    def remarks(self) -> str:
        """What else is said of it, for a document."""
        return document.remarks(self.field)

    @property
    def attribute(self) -> str:
        """What a request body calls it."""
        return attribute(self.name)

    def of_body(self, absent: str) -> str:
        """Return what stands behind its name in a body: its type, and what it has where absent."""
        if self.attribute == self.name:
            return f"{self.body_py} = {absent}" if absent else self.body_py
        default = f"default={absent}, " if absent else ""
        return f'{self.body_py} = Field({default}alias="{self.name}")'

    @cached_property
    def from_body(self) -> str:
        """It, from a request body to the domain."""
        value, kind = f"self.{self.attribute}", self.field.type
        made = ""
        if kind.kind == "value":
            made = f"{value}.value()"
        elif kind.kind == "list":
            assert kind.of is not None  # noqa: S101 - a list has items
            made = f"tuple({value})"
            if kind.of.kind == "value":
                made = f"tuple(one.value() for one in {value})"
        if not made:
            return value
        return f"{made} if {value} is not None else None" if self.nullable else made

    @cached_property
    def contract_py(self) -> str:
        """Its type in a contract."""
        plain = contract_type(self.field.type, self.spelling)
        return f"{plain} | None" if self.nullable and plain != "Any" else plain

    @property
    def deep(self) -> bool:
        """Whether a merge patch goes into it key by key."""
        return self.kind == "value"


def _clock(at: time) -> str:
    parts = [at.hour, at.minute, at.second, at.microsecond]
    while parts[2:] and not parts[-1]:
        parts.pop()
    return ", ".join(map(str, parts))


def _parts(amount: timedelta) -> str:
    """Return what a duration is made from: ``minutes=30``."""
    for unit, seconds in (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1)):
        number, rest = divmod(amount, timedelta(seconds=seconds))
        if not rest:
            return f"{unit}={number}"
    return f"microseconds={amount // timedelta(microseconds=1)}"


def contract_type(kind: Type, spelling: Spelling) -> str:
    """Return the type in a contract: an enumeration is text, so that it may grow."""
    if kind.kind == "enum":
        return spelling.of("str")
    if kind.kind == "list":
        assert kind.of is not None  # noqa: S101 - a list has items
        return f"{spelling.of('tuple')}[{contract_type(kind.of, spelling)}, ...]"
    return spelling.type(kind)


def body_type(kind: Type) -> str:  # noqa: PLR0911 - one for each type
    """Return the Pydantic type of what a client may send, not null."""
    match kind.kind:
        case "enum":
            return kind.name
        case "value":
            return f"{kind.name}Body"
        case "list":
            assert kind.of is not None  # noqa: S101 - a list has items
            low, high = kind.low or 0, LIST_ITEMS if kind.high is None else kind.high
            least = f"min_length={low}, " if low else ""
            return f"Annotated[list[{body_type(kind.of)}], Field({least}max_length={high})]"
        case "decimal":
            return _decimal(kind)
        case "text":
            return _text(kind)
        case "int":
            bounds = _bounds(kind, "ge", "le")
            return f"Annotated[Int, {bounds}]" if bounds else "Int"
        case _:
            return _BODIES[kind.kind]


def _text(kind: Type) -> str:
    bounds = [_bounds(kind, "min_length", "max_length")] if kind.low or kind.high else []
    matching = [f"AfterValidator(Matching(r{quoted_raw(kind.pattern)}))"] if kind.pattern else []
    return f"Annotated[Text, {', '.join([*bounds, *matching])}]" if bounds or matching else "Text"


def decimal_py(number: Decimal | int) -> str:
    """Return a number as a literal of Python."""
    whole = number == int(number)
    return f"Decimal({int(number)})" if whole else f'Decimal("{number}")'


def _decimal(kind: Type) -> str:
    given = [
        f"ge={decimal_py(kind.low)}" if kind.low is not None else "",
        f"le={decimal_py(kind.high)}" if kind.high is not None else "",
    ]
    bounds = ", ".join(filter(None, given))
    parts = [
        "Decimal",
        f"BeforeValidator(DecimalPlaces({kind.digits}, {kind.scale}))",
        f"Field({bounds})" if bounds else "",
        "AS_DECIMAL",
    ]
    return f"Annotated[{', '.join(filter(None, parts))}]"


def _bounds(kind: Type, least: str, most: str) -> str:
    given = [
        f"{least}={kind.low}"
        if kind.low not in {None, 0} or (least == "ge" and kind.low == 0)
        else "",
        f"{most}={kind.high}" if kind.high is not None else "",
    ]
    bounds = ", ".join(filter(None, given))
    return f"Field({bounds})" if bounds else ""


def quoted_raw(pattern: str) -> str:
    """Return a regular expression as what follows ``r`` in Python."""
    return f"'{pattern}'" if '"' in pattern else f'"{pattern}"'


def _texts(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _between(text: str, low: object, high: object) -> str:
    if low is None and high is None:
        return ""
    if low is None:
        return f"{text} <= {high}"
    if high is None:
        return f"{text} >= {low}"
    return f"{text} BETWEEN {low} AND {high}"


def check_name(table: str, ending: str) -> str:
    """Return the name of a CHECK as it stands after ``ck_<table>_``, not too long."""
    return fitting(f"ck_{table}_{ending}").removeprefix(f"ck_{table}_")
