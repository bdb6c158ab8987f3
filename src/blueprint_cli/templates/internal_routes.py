"""What a service's document says of the routes that other services call.

As ``kit.delivery`` and ``kit.known`` of a project have them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.templates.described.json_schema import named, without_zones
from blueprint_cli.templates.described.openapi import SCHEME, nothing, operation, success

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Document = dict[str, Any]

_TAG: Final = "internal"
_SCHEME: Final = "service"
_MESSAGES: Final = "/internal/v1/messages/{message_id}"
_KNOWN: Final = "/internal/v1/known"
_UUID: Final = {"type": "string", "format": "uuid"}
_INVALID: Final = {"422": {"description": "Validation Error"}}
_ENVELOPE: Final = {
    "properties": {
        "type": {"type": "string", "title": "Type"},
        "key": {"type": "string", "title": "Key"},
        "payload": {"additionalProperties": True, "type": "object", "title": "Payload"},
        "occurred_at": {"type": "string", "format": "date-time", "title": "Occurred At"},
    },
    "type": "object",
    "required": ["type", "key", "payload", "occurred_at"],
    "title": "Envelope",
    "description": "A message as it travels; its id is in the path.",
}
_ANSWER: Final = {
    "properties": {"ids": {"items": _UUID, "type": "array", "title": "Ids"}},
    "type": "object",
    "required": ["ids"],
    "title": "Answer",
    "description": "The ids of rows that there are.",
}


def with_messages(document: Document, consumed: Sequence[tuple[str, Document]]) -> Document:
    """Add where others deliver events, each by its type and schema; none are delivered nowhere.

    A ready-made context has the place always, and in its own document all that it can handle.
    """
    if not consumed and _MESSAGES not in document["paths"]:
        return document
    made = operation(
        "take",
        _MESSAGES,
        "put",
        _TAG,
        {"204": nothing(), **_INVALID},
        description="Handle a message; it may come again. 204 once every handler is done.",
        security=_SCHEME,
        parameters=[_parameter("message_id", "path", {**_UUID, "title": "Message Id"})],
        body=_envelopes(consumed),
    )
    return _with(document, {_MESSAGES: {"put": made}}, "Envelope", _ENVELOPE)


def with_known(document: Document, rows: Sequence[str]) -> Document:
    """Add where others ask which of some rows there are."""
    paths = {}
    ids = {"type": "array", "items": _UUID, "minItems": 1, "maxItems": 100, "title": "Id"}
    for one in rows:
        path = f"{_KNOWN}/{one}"
        paths[path] = {
            "get": operation(
                "those_known",
                path,
                "get",
                _TAG,
                {"200": success("Answer"), **_INVALID},
                description="Those of the ids that rows have.",
                security=_SCHEME,
                parameters=[_parameter("id", "query", ids)],
            )
        }
    return _with(document, paths, "Answer", _ANSWER) if paths else document


def _with(
    document: Document, paths: Mapping[str, Document], name: str, schema: Document
) -> Document:
    components = document["components"]
    schemas = dict(components["schemas"])
    answered = {name: schema}
    for known in list(schemas):
        if known == "Problem":
            break
        answered[known] = schemas.pop(known)
    schemes = components.get("securitySchemes", {})
    return {
        **document,
        "paths": {**document["paths"], **paths},
        "components": {
            "schemas": {**dict(sorted(answered.items())), **schemas},
            "securitySchemes": {**schemes, _SCHEME: SCHEME},
        },
    }


def _parameter(name: str, place: str, schema: Document) -> Document:
    return {"name": name, "in": place, "required": True, "schema": schema}


def _envelopes(consumed: Sequence[tuple[str, Document]]) -> Document:
    """Return a body that is the envelope of one of the events."""
    envelopes = []
    for type_, schema in consumed:
        properties = {
            "type": {"const": type_},
            "key": {"type": "string"},
            "payload": without_zones(
                _inlined(_without_definitions(schema), schema.get("$defs", {}))
            ),
            "occurred_at": {"type": "string", "format": "date-time"},
        }
        envelopes.append({"type": "object", "required": list(properties), "properties": properties})
    schema = {**named("Envelope"), **({"oneOf": envelopes} if envelopes else {})}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _without_definitions(schema: Document) -> Document:
    return {key: value for key, value in schema.items() if key != "$defs"}


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any part of one
    """Return a schema without references, and as FastAPI writes it: without null."""
    if isinstance(schema, list):
        return [_inlined(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {key: _inlined(value, definitions) for key, value in schema.items() if value is not None}
