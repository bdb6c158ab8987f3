"""OpenAPI 3.1 as 3.0: what gateways of clouds import; and what two documents have in common.

They read no later format. `as_3_0` says the same in the older one and lists what that cannot say;
`operations_of` is what a client sees of a document of any format, so that a test can compare them.
"""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Document = dict[str, Any]

VERSION: Final = "3.0.1"
METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# Of JSON Schema 2020-12, and unknown to OpenAPI 3.0.
_UNKNOWN: Final = (
    *("$anchor", "$comment", "$defs", "$dynamicAnchor", "$dynamicRef", "$id", "$schema"),
    *("contains", "contentEncoding", "contentMediaType", "contentSchema", "dependentRequired"),
    *("dependentSchemas", "else", "if", "maxContains", "minContains", "patternProperties"),
    *("prefixItems", "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties"),
)
_OF_THE_DOCUMENT: Final = ("jsonSchemaDialect", "webhooks")
_LISTS: Final = ("allOf", "anyOf", "oneOf")
_NULL: Final = {"type": "null"}
ONLY_NULL: Final[Mapping[str, Any]] = {"type": "string", "nullable": True, "enum": [None]}
"""What 3.0 has for the type `null`: beside a type alone may a value be null."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A document in an older format, and what it says no more: each place with the reason."""

    document: Document
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One of a request's, as a client sends it."""

    name: str
    place: str
    required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """What a client sees of an operation, whatever format its document has.

    ``secured``: no client may call it without a credential.
    """

    parameters: frozenset[Parameter]
    body: bool
    codes: frozenset[str]
    secured: bool
    schemes: frozenset[str] = field(default_factory=frozenset)


def as_3_0(document: Mapping[str, Any]) -> Converted:
    """Return an OpenAPI 3.1 document as 3.0.1."""
    found = deepcopy(dict(document))
    lost: dict[str, None] = {}
    for key in _OF_THE_DOCUMENT:
        if found.pop(key, None) is not None:
            lost[f"{key}: 3.0 has none"] = None
    found["openapi"] = VERSION
    found["info"] = dict(found["info"])
    if found["info"].pop("summary", None) is not None:
        lost["info.summary: 3.0 has none"] = None
    for holder, key, place in _schemas(found, ""):
        holder[key] = _schema(holder[key], place, lost)
    return Converted(found, tuple(lost))


def operations_of(document: Mapping[str, Any]) -> dict[tuple[str, str], Operation]:
    """Return what a client sees of OpenAPI 3 or Swagger 2, by method and path."""
    found = {}
    usual = document.get("security", [])
    base = document.get("basePath", "").rstrip("/")
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                shared = [*item.get("parameters", ()), *operation.get("parameters", ())]
                parameters = [resolved(document, one) for one in shared]
                security = operation.get("security", usual)
                found[method.upper(), base + path] = Operation(
                    parameters=frozenset(
                        Parameter(one["name"], one["in"], bool(one.get("required")))
                        for one in parameters
                        if one["in"] not in {"body", "formData"}
                    ),
                    body="requestBody" in operation
                    or any(one["in"] in {"body", "formData"} for one in parameters),
                    codes=frozenset(map(str, operation["responses"])),
                    secured=bool(security) and all(security),
                    schemes=frozenset(name for one in security for name in one),
                )
    return found


def resolved(document: Mapping[str, Any], value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a reference within the document stands for, or the value itself."""
    while isinstance(reference := value.get("$ref"), str):
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        value = target
    return value


def text_of(document: Mapping[str, Any]) -> str:
    """Return a document as a file has it."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _schemas(node: object, place: str) -> Iterator[tuple[Any, Any, str]]:
    """Find every schema that is not part of another one: who holds it, by which key, and where."""
    if isinstance(node, list):
        for number, each in enumerate(node):
            yield from _schemas(each, f"{place}[{number}]")
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        here = f"{place}.{key}" if place else key
        if here == "components.schemas":
            for name in value:
                yield value, name, f"{here}.{name}"
        elif key == "schema":
            yield node, key, here
        elif key not in {"example", "examples"}:
            yield from _schemas(value, here)


def _schema(schema: object, place: str, lost: dict[str, None]) -> Document:
    """Return a schema of 2020-12 as one of OpenAPI 3.0."""
    if not isinstance(schema, dict):  # true: anything; false: nothing
        return {} if schema else {"not": {}}
    for key in _UNKNOWN:
        if key in schema:
            lost[f"{place}: {key} is no keyword of 3.0"] = None
    found = {key: value for key, value in schema.items() if key not in _UNKNOWN}
    if "$ref" in found:
        beside = {key: value for key, value in found.items() if key != "$ref"}
        if not beside:
            return found
        # 3.0 ignores what stands beside a reference.
        return _schema({"allOf": [{"$ref": found["$ref"]}], **beside}, place, lost)
    _values(found)
    _limits(found)
    _types(found)
    _parts(found, place, lost)
    return found


def _values(schema: Document) -> None:
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    examples = schema.pop("examples", None)
    if examples:
        schema.setdefault("example", examples[0])


def _limits(schema: Document) -> None:
    for limit, exclusive in (
        ("minimum", "exclusiveMinimum"),
        ("maximum", "exclusiveMaximum"),
    ):
        value = schema.get(exclusive)
        if value is None or isinstance(value, bool):
            continue
        del schema[exclusive]
        tighter = max if limit == "minimum" else min
        if limit not in schema or tighter(schema[limit], value) == value:
            schema[limit], schema[exclusive] = value, True


def _types(schema: Document) -> None:
    """A type or null is nullable, which counts beside a type alone; several types are a choice."""
    types = schema.get("type")
    if isinstance(types, list):
        named = [one for one in types if one != "null"]
        if len(named) == 1:
            schema["type"] = named[0]
            _or_null(schema)
        else:
            del schema["type"]
            choice = {"anyOf": [{"type": one} for one in types]}
            schema["allOf"] = [*schema.get("allOf", ()), choice]
    elif types == "null":
        schema |= ONLY_NULL
    for key in ("anyOf", "oneOf"):
        others = [one for one in schema.get(key, ()) if one != _NULL]
        alone = len(others) == 1 and len(schema[key]) > 1
        if alone and isinstance(others[0].get("type"), str) and others[0]["type"] != "null":
            del schema[key]
            schema |= {**others[0], **schema}
            _limits(schema)
            _values(schema)
            _or_null(schema)


def _or_null(schema: Document) -> None:
    schema["nullable"] = True
    if "enum" in schema and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]


def _parts(schema: Document, place: str, lost: dict[str, None]) -> None:
    for key in _LISTS:
        if key in schema:
            schema[key] = [
                _schema(one, f"{place}.{key}[{number}]", lost)
                for number, one in enumerate(schema[key])
            ]
    for key in ("items", "not"):
        if key in schema:
            schema[key] = _schema(schema[key], f"{place}.{key}", lost)
    if isinstance(schema.get("additionalProperties"), dict):
        inner = schema["additionalProperties"]
        schema["additionalProperties"] = _schema(inner, f"{place}.additionalProperties", lost)
    if "properties" in schema:
        schema["properties"] = {
            name: _schema(one, f"{place}.{name}", lost)
            for name, one in schema["properties"].items()
        }
