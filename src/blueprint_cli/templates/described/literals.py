"""Values as Python that a test writes down."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from blueprint_cli.domain.examples import values as plausible
from blueprint_cli.templates.described.words import arguments, constant, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from blueprint_cli.domain.evaluation import Value
    from blueprint_cli.domain.model import Reference, Type

# From how many equal characters on a text says how many they are.
_MANY: Final = 12
_FAR: Final = timedelta(days=1_000)


@dataclass(frozen=True)
class Literals:
    """``ids`` are those that a test has names for; a moment is told from ``NOW`` on."""

    ids: Mapping[UUID, str] = field(default_factory=dict)

    def of(self, kind: Type, value: Value) -> str:  # noqa: C901, PLR0911 - one for each type
        """Return a value of a type."""
        if value is None:
            return "None"
        match kind.kind:
            case "enum":
                return f"{kind.name}.{constant(value)}"
            case "decimal":
                scaled = Decimal(value).quantize(Decimal(1).scaleb(-kind.scale))
                return f'Decimal("{scaled}")' if kind.scale else f"Decimal({scaled})"
            case "datetime":
                return moment(value)
            case "date":
                return f"date({value.year}, {value.month}, {value.day})"
            case "time":
                return _time(value)
            case "duration":
                return f"timedelta({units(value)})"
            case "uuid" | "ref":
                return self.ids.get(value, f'UUID("{value}")')
            case "value":
                parts = (f"{one.name}={self.of(one.type, value[one.name])}" for one in kind.fields)
                return f"{kind.name}({arguments(parts)})"
            case "list":
                assert kind.of is not None  # noqa: S101 - a list has items
                items = [self.of(kind.of, one) for one in value]
                return f"({arguments(items)}{',' if len(items) == 1 else ''})"
            case "text" | "email" | "url":
                return text(value)
            case _:
                return repr(value)

    def told(self, kind: Type, value: Value) -> str:
        """Return a value as an event's data have it."""
        if kind.kind in {"uuid", "ref"} and value in self.ids:
            return f"str({self.ids[value]})"
        told = plausible.as_json(kind, value)
        return text(told) if isinstance(told, str) else repr(told)


def json_py(
    kind: Type,
    value: Value,
    moment: Callable[[Type, Value], str],
    row: Callable[[Reference, UUID], str | None],
) -> str:
    """Return a value's JSON as Python.

    ``moment`` spells a date, or one with a time; ``row`` the id of a row that has to be there.
    """
    if value is None:
        return "None"
    if kind.target is not None and (said := row(kind.target, value)) is not None:
        return said
    match kind.kind:
        case "date" | "datetime":
            return moment(kind, value)
        case "list":
            assert kind.of is not None  # noqa: S101 - a list has items
            return f"[{', '.join(json_py(kind.of, one, moment, row) for one in value)}]"
        case "value":
            parts = (
                f'"{one.name}": {json_py(one.type, value[one.name], moment, row)}'
                for one in kind.fields
            )
            return f"{{{', '.join(parts)}}}"
    said = plausible.as_json(kind, value)
    return text(said) if isinstance(said, str) else repr(said)


def text(value: str) -> str:
    """Return a text; of one that only fills its length, how often it repeats its end."""
    end = value[-1:]
    rest = value.rstrip(end) if end else value
    number = len(value) - len(rest)
    if number < _MANY:
        return quoted(value)
    repeated = f"{quoted(end)} * {number}"
    return f"{quoted(rest)} + {repeated}" if rest else repeated


def moment(value: datetime) -> str:
    """Return a moment: ``NOW + timedelta(days=2)``, or a date where that is far away."""
    since = value - plausible.NOW
    if not since:
        return "NOW"
    if abs(since) > _FAR or since % timedelta(seconds=1):
        at = value.astimezone(UTC)
        numbers = [at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond]
        while len(numbers) > 3 and not numbers[-1]:  # noqa: PLR2004 - a date has three
            numbers.pop()
        return f"datetime({arguments(map(str, numbers))}, tzinfo=UTC)"
    return f"NOW {'+' if since > timedelta() else '-'} timedelta({units(abs(since))})"


def _time(value: time) -> str:
    numbers = [value.hour, value.minute, value.second, value.microsecond]
    while len(numbers) > 1 and not numbers[-1]:
        numbers.pop()
    return f"time({arguments(map(str, numbers))})"


def units(amount: timedelta) -> str:
    """Return what a duration is made of: ``days=2, hours=1``."""
    sign = "-" if amount < timedelta() else ""
    rest = abs(amount)
    found = []
    for unit in ("days", "hours", "minutes", "seconds", "microseconds"):
        number, rest = divmod(rest, timedelta(**{unit: 1}))
        if number:
            found.append(f"{unit}={sign}{number}")
    return arguments(found)
