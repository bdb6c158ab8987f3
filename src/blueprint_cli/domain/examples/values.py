"""Values of a type: a plausible one first, then those that a rule might ask for."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from blueprint_cli.domain.examples.texts import matching
from blueprint_cli.domain.ready_made import USER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from blueprint_cli.domain.model import Field, Reference, Type

Value = Any
NOW: Final = datetime(2027, 3, 1, 12, tzinfo=UTC)
"""When examples happen: a Monday."""
INT_MIN: Final = -(2**63)
INT_MAX: Final = 2**63 - 1
LIST_ITEMS: Final = 100
UNKNOWN: Final = UUID("00000000-0000-7000-8000-00000000dead")
"""An id that no row has."""
_LONG: Final = 4000
_CLASSES: Final[Mapping[str, tuple[type, ...]]] = {
    "text": (str,),
    "email": (str,),
    "url": (str,),
    "enum": (str,),
    "int": (int,),
    "decimal": (Decimal, int),
    "bool": (bool,),
    "date": (date,),
    "time": (time,),
    "datetime": (datetime,),
    "duration": (timedelta,),
    "uuid": (UUID,),
    "ref": (UUID,),
    "value": (dict,),
    "list": (tuple,),
}
_ROWS: Final = 0x00000000_0000_7000_8000_000000001000
_MINUTE: Final = timedelta(minutes=1)
_DURATION: Final = re.compile(
    r"(?P<sign>-?)P((?P<weeks>\d+)W)?((?P<days>\d+)D)?"
    r"(T((?P<hours>\d+)H)?((?P<minutes>\d+)M)?((?P<seconds>\d+(\.\d+)?)S)?)?"
)


def units() -> Mapping[str, Any]:
    """Return by how much a value just differs from another, by its kind."""
    return {
        "int": 1,
        "date": timedelta(days=1),
        "datetime": _MINUTE,
        "duration": _MINUTE,
    }


def unit_of(kind: Type) -> Value:
    """Return the least step of a type that is counted or measured; None for others."""
    if kind.kind == "decimal":
        return Decimal(1).scaleb(-kind.scale)
    return units().get(kind.kind)


def bounds(kind: Type) -> tuple[Any, Any]:
    """Return the least and the greatest of a number, a text's length or a list's."""
    low, high = kind.low, kind.high
    match kind.kind:
        case "int":
            return (INT_MIN if low is None else low), (INT_MAX if high is None else high)
        case "decimal":
            unit = Decimal(1).scaleb(-kind.scale)
            most = Decimal(10) ** (kind.digits - kind.scale) - unit
            # A bound may lie between two decimals.
            least = max(-most, _up(Decimal(low), unit)) if low is not None else -most
            greatest = min(most, -_up(-Decimal(high), unit)) if high is not None else most
            return least, greatest
        case "list":
            return low or 0, LIST_ITEMS if high is None else high
        case "text":
            return low or 0, high
        case _:
            return low, high


def _up(value: Decimal, unit: Decimal) -> Decimal:
    rounded = value.quantize(unit, rounding="ROUND_CEILING")
    return rounded if rounded != 0 else abs(rounded)


def plain(field: Field, number: int = 0, place: int = 0) -> Value:
    """Return a plausible value; ``place`` counts the fields of its kind before it.

    None where none is found, or where it is a reference: an id comes from elsewhere.
    """
    return of_type(field.type, field.name, number, place)


def of_type(kind: Type, name: str, number: int = 0, place: int = 0) -> Value:  # noqa: C901, PLR0911, PLR0912 - one for each type
    """Return a plausible value of a type."""
    match kind.kind:
        case "text":
            return _text(kind, name, number)
        case "int":
            low, high = bounds(kind)
            return min(max(low, min(high, 1)) + number, high)
        case "decimal":
            low, high = bounds(kind)
            unit = Decimal(1).scaleb(-kind.scale)
            return min(max(low, min(high, Decimal(1).quantize(unit))) + number * unit, high)
        case "bool":
            return False
        case "date":
            return NOW.date() + timedelta(days=2 + place + number)
        case "time":
            return time((9 + place) % 24, number % 60)
        case "datetime":
            return NOW + timedelta(days=2 + number, hours=place)
        case "duration":
            return timedelta(minutes=30 * (1 + place))
        case "uuid":
            return UUID(int=0x00000000_0000_7000_8000_000000000001 + number)
        case "email":
            return f"{name.replace('_', '-')}-{number}@example.com"
        case "url":
            return f"https://example.com/{name.replace('_', '-')}/{number}"
        case "json":
            return {"number": number}
        case "enum":
            return kind.values[0]
        case "value":
            return {one.name: _part(one, number, at) for at, one in enumerate(kind.fields)}
        case "list":
            return _list(kind, name, number)
        case _:
            # Two references are to two rows; users are often the same one.
            apart = 0 if kind.target == USER else zlib.crc32(name.encode())
            return UUID(int=_ROWS + apart * 0x10000 + number)


def _part(field: Field, number: int, place: int) -> Value:
    """Return a part of a value: without a row that it need not refer to."""
    absent = field.optional and any(field.type.targets())
    return None if absent else plain(field, number, place)


def referring(
    kind: Type,
    name: str,
    number: int = 0,
    row: Callable[[Reference, str, int], UUID | None] | None = None,
) -> Value:
    """Return a plausible value that refers to all that it may, each list once at least.

    ``row`` gives the id of a row, by what is referred to, by the name and the number. Where it has
    none, a list is empty, a part is absent, and what may be neither is None.
    """
    if kind.target is not None and row is not None:
        return row(kind.target, name, number)
    if kind.kind == "value":
        parts = {one.name: referring(one.type, one.name, number, row) for one in kind.fields}
        whole = all(parts[one.name] is not None or one.optional for one in kind.fields)
        return parts if whole else None
    if kind.kind != "list":
        return of_type(kind, name, number)
    assert kind.of is not None  # noqa: S101 - a list has items
    low, high = bounds(kind)
    items = [referring(kind.of, name, number + at, row) for at in range(min(max(low, 1), high))]
    if None not in items:
        return tuple(items)
    return None if low else ()


def _text(kind: Type, name: str, number: int) -> str | None:
    low, high = bounds(kind)
    most: int = _LONG if high is None else high
    if kind.pattern:
        return matching(kind.pattern, low, most, number)
    words = f"{name.replace('_', ' ').capitalize()} {number + 1}"
    if len(words) > most:
        words = f"{number + 1}"[-most:] if most else ""
    return words.ljust(low, "x")


def _list(kind: Type, name: str, number: int) -> tuple[Any, ...]:
    assert kind.of is not None  # noqa: S101 - a list has items
    low, high = bounds(kind)
    # Of what refers to rows as few as can be: each has to be there.
    length = low if any(kind.of.targets(always=True)) else min(max(low, 1), high)
    return tuple(of_type(kind.of, name, number + at) for at in range(length))


def default_of(field: Field) -> Value:  # noqa: PLR0911 - one for each type
    """Return what a new row has that is given none."""
    value = field.default
    if not isinstance(value, str):
        if field.type.kind == "decimal" and value is not None:
            return Decimal(str(value)).quantize(Decimal(1).scaleb(-field.type.scale))
        return value
    match field.type.kind:
        case "date":
            return date.fromisoformat(value)
        case "time":
            return time.fromisoformat(value)
        case "datetime":
            return datetime.fromisoformat(value)
        case "duration":
            return duration(value)
        case "uuid":
            return UUID(value)
        case _:
            return value


def duration(text: str) -> timedelta:
    """Return the duration that a text in ISO 8601 without months and years means."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text} is no duration")
    parts = found.groupdict()
    sign = -1 if parts.pop("sign") else 1
    return sign * timedelta(**{unit: float(number or 0) for unit, number in parts.items()})


def others(field: Field) -> Iterator[Any]:
    """Yield values that are not the plausible one, those that a rule may ask for first."""
    if field.optional:
        yield None
    yield from _others_of(field.type, field.name)
    for number in (1, 2):
        yield plain(field, number)


def _others_of(kind: Type, name: str) -> Iterator[Any]:  # noqa: C901, PLR0912 - one for each type
    low, high = bounds(kind)
    match kind.kind:
        case "bool":
            yield from (True, False)
        case "enum":
            yield from kind.values
        case "int" | "decimal":
            for one in (0, 1, -1, 2, 10, 100):
                value = (
                    Decimal(one).quantize(Decimal(1).scaleb(-kind.scale))
                    if kind.kind == "decimal"
                    else one
                )
                if low <= value <= high:
                    yield value
            yield from (low, high)
        case "datetime":
            for hours in (1, -1, 24, -24, 7 * 24, -7 * 24, 365 * 24, -365 * 24):
                yield NOW + timedelta(hours=hours)
        case "date":
            for days in (0, 1, -1, 7, -7, 30, -30, 365, -365):
                yield NOW.date() + timedelta(days=days)
        case "time":
            yield from (time(0), time(6), time(12), time(18), time(23, 59))
        case "duration":
            for minutes in (0, 1, 60, 24 * 60, 7 * 24 * 60, -60):
                yield timedelta(minutes=minutes)
        case "list":
            yield from (sized(kind, name, length) for length in (low, min(high, low + 2)))
        case "text":
            yield from (sized(kind, name, length) for length in (low, low + 1))
        case _:
            pass


def sized(kind: Type, name: str, length: int) -> Value:
    """Return a text or a list of a length; None where there is none."""
    low, high = bounds(kind)
    if length < low or (high is not None and length > high) or length > _LONG:
        return None
    if kind.kind == "list":
        assert kind.of is not None  # noqa: S101 - a list has items
        return tuple(of_type(kind.of, name, at) for at in range(length))
    if kind.pattern:
        return matching(kind.pattern, length, length)
    return "x" * length


def allowed(field: Field, value: Value) -> bool:  # noqa: PLR0911 - one for each type
    """Whether a value is within a field's type."""
    kind = field.type
    if value is None:
        return field.optional
    if kind.kind != "json" and type(value) not in _CLASSES[kind.kind]:
        return False
    low, high = bounds(kind)
    match kind.kind:
        case "int" | "decimal":
            return bool(low <= value <= high)
        case "text":
            within = low <= len(value) and (high is None or len(value) <= high)
            return within and (not kind.pattern or re.fullmatch(kind.pattern, value) is not None)
        case "list":
            return bool(low <= len(value) <= high)
        case "value":
            return all(allowed(one, value[one.name]) for one in kind.fields)
        case "enum":
            return value in kind.values
        case _:
            return True


def as_json(kind: Type, value: Value) -> Value:  # noqa: PLR0911 - one for each type
    """Return a value as the API's JSON has it."""
    if value is None:
        return None
    match kind.kind:
        case "decimal":
            return str(Decimal(value).quantize(Decimal(1).scaleb(-kind.scale)))
        case "date" | "time":
            return value.isoformat()
        case "datetime":
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case "duration":
            return iso_duration(value)
        case "uuid" | "ref":
            return str(value)
        case "value":
            return {one.name: as_json(one.type, value[one.name]) for one in kind.fields}
        case "list":
            assert kind.of is not None  # noqa: S101 - a list has items
            return [as_json(kind.of, one) for one in value]
        case _:
            return value


def iso_duration(value: timedelta) -> str:
    """Return a duration in ISO 8601: ``P1DT30M``."""
    sign, rest = ("-" if value < timedelta() else ""), abs(value)
    minutes, seconds = divmod(rest.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f"{seconds}.{rest.microseconds:06}".rstrip("0") if rest.microseconds else seconds
    clock = "".join(
        f"{number}{unit}"
        for number, unit in ((hours, "H"), (minutes, "M"), (fraction, "S"))
        if number
    )
    text = (f"{rest.days}D" if rest.days else "") + (f"T{clock}" if clock else "")
    return f"{sign}P{text or 'T0S'}"
