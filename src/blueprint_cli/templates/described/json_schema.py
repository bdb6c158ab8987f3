"""A type as a JSON Schema: as it is answered, as it is taken from a client, as it is published.

As FastAPI and Pydantic write it of the rendered classes.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.domain.examples.values import duration
from blueprint_cli.templates.described.fields import LIST_ITEMS

if TYPE_CHECKING:
    from datetime import timedelta

    from blueprint_cli.domain.model import EventField, Field, Kind, Type

Schema = dict[str, Any]

COMPONENTS: Final = "#/components/schemas/"
NULL: Final[Schema] = {"type": "null"}
_DEFINITIONS: Final = "#/$defs/"
_FORMATS: Final[dict[Kind, str]] = {
    "date": "date",
    "time": "time",
    "datetime": "date-time",
    "duration": "duration",
    "uuid": "uuid",
    "ref": "uuid",
}
PLAIN: Final[dict[Kind, Schema]] = {
    "text": {"type": "string"},
    "email": {"type": "string"},
    "url": {"type": "string"},
    "int": {"type": "integer"},
    "bool": {"type": "boolean"},
    "decimal": {"type": "string"},
    "json": {},
    **{kind: {"type": "string", "format": name} for kind, name in _FORMATS.items()},
}
# A time of day has no zone; the format of that name has one.
_TIME: Final[Schema] = {
    "type": "string",
    "pattern": r"^[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?$",
}
_LONGEST: Final[dict[Kind, int]] = {"email": 254, "url": 2_000}
_DECIMAL: Final = r"^-?[0-9]+(\.[0-9]+)?$"


def answered(field: Field) -> Schema:
    """Return what a field is in an answer."""
    return _unless_json(_answered(field.type), field)


def taken(field: Field, *, default: bool) -> Schema:
    """Return what a client may send for a field, with what it is otherwise."""
    kind = body_of(field.type)
    schema = or_null(kind) if field.optional else kind
    if default and field.has_default and field.default is not None:
        schema = {**schema, "default": default_of(field)}
    return titled(field.name, schema)


def published(field: EventField | Field) -> Schema:
    """Return what a field is in an event: an enumeration is text, so that it may grow.

    What may be null may be missing: older events do not have it.
    """
    schema = _unless_json(_published(field.type), field)
    return titled(field.name, {**schema, "default": None} if field.optional else schema)


def _answered(kind: Type) -> Schema:
    if kind.kind in {"enum", "value"}:
        return named(kind.name)
    if kind.kind == "list" and kind.of is not None:
        return {"items": _answered(kind.of), "type": "array"}
    return _TIME if kind.kind == "time" else PLAIN[kind.kind]


def body_of(kind: Type) -> Schema:
    """Return what a client may send of a type, not null."""
    match kind.kind:
        case "enum":
            schema = named(kind.name)
        case "value":
            schema = named(f"{kind.name}Body")
        case "list":
            assert kind.of is not None  # noqa: S101 - a list has items
            most = LIST_ITEMS if kind.high is None else kind.high
            schema = {"type": "array", "items": body_of(kind.of), "maxItems": most}
            schema |= {"minItems": kind.low} if kind.low else {}
        case "text":
            schema = dict(PLAIN["text"])
            schema |= {"minLength": kind.low} if kind.low else {}
            schema |= {} if kind.high is None else {"maxLength": kind.high}
        case "int":
            low = -(2**63) if kind.low is None else kind.low
            high = 2**63 - 1 if kind.high is None else kind.high
            schema = {**PLAIN["int"], "minimum": low, "maximum": high}
        case "decimal":
            schema = {"type": "string", "pattern": _DECIMAL}
        case "email" | "url":
            schema = {**PLAIN["text"], "maxLength": _LONGEST[kind.kind]}
        case "time":
            schema = _TIME
        case _:
            schema = PLAIN[kind.kind]
    return schema


def _published(kind: Type) -> Schema:
    match kind.kind:
        case "enum":
            return PLAIN["text"]
        case "value":
            return named(kind.name, _DEFINITIONS)
        case "decimal":
            return {"anyOf": [{"type": "number"}, {"type": "string"}]}
        case "list":
            assert kind.of is not None  # noqa: S101 - a list has items
            return {"items": _published(kind.of), "type": "array"}
        case _:
            return PLAIN[kind.kind]


def without_zones(schema: Any) -> Any:  # noqa: ANN401 - JSON of any kind
    """Return an event's schema as OpenAPI documents have it: a time of day has no zone."""
    match schema:
        case dict():
            made: Schema = {}
            for key, value in schema.items():
                zoned = (key, value) == ("format", "time")
                made |= {"pattern": _TIME["pattern"]} if zoned else {key: without_zones(value)}
            return made
        case list():
            return [without_zones(one) for one in schema]
        case _:
            return schema


def named(name: str, place: str = COMPONENTS) -> Schema:
    """Refer to a schema by its name."""
    return {"$ref": f"{place}{name}"}


def or_null(schema: Schema) -> Schema:
    """Allow null as well."""
    return {"anyOf": [*schema.get("anyOf", [schema]), NULL]}


def _unless_json(schema: Schema, field: EventField | Field) -> Schema:
    """Allow null where a field may be; of JSON it is a part."""
    return or_null(schema) if field.optional and field.type.kind != "json" else schema


def titled(name: str, schema: Schema) -> Schema:
    """Give a schema the title of its field, unless it refers to one that has its own."""
    own = [one for one in schema.get("anyOf", [schema]) if one != NULL]
    if any("$ref" in one for one in own):
        return dict(schema)
    return {**schema, "title": name.title().replace("_", " ").strip()}


def default_of(field: Field) -> object:
    """Return what a field has that is given none, as JSON."""
    default, kind = field.default, field.type
    if default == ():
        return []
    if kind.kind == "decimal" and isinstance(default, Decimal | int):
        return str(Decimal(default).quantize(Decimal(1).scaleb(-kind.scale)))
    if kind.kind == "duration":
        return _iso(duration(str(default)))
    if kind.kind == "time":
        return str(default) if str(default).count(":") > 1 else f"{default}:00"
    return default


def _iso(amount: timedelta) -> str:
    sign = "-" if amount.total_seconds() < 0 else ""
    amount = abs(amount)
    hours, rest = divmod(amount.seconds, 3_600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{amount.microseconds:06}".rstrip("0") if amount.microseconds else ""
    parts = [f"{hours}H" if hours else "", f"{minutes}M" if minutes else ""]
    parts.append(f"{seconds}{fraction}S" if seconds or fraction else "")
    days = f"{amount.days}D" if amount.days else ""
    clock = "".join(parts)
    return f"{sign}P{days}T{clock}" if clock else f"{sign}P{days or 'T0S'}"


def in_order(schema: Any, below: str = "") -> Any:  # noqa: ANN401 - any part of a schema
    """Sort the keys as Pydantic does: all but the names of fields."""
    if isinstance(schema, list):
        return [in_order(one, below) for one in schema]
    if not isinstance(schema, dict):
        return schema
    keys = schema if below in {"properties", "default"} else sorted(schema)
    return {key: in_order(schema[key], key) for key in keys}
