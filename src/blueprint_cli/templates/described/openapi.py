"""The OpenAPI document of a described context's service, as ``make openapi`` of a project makes it.

FastAPI writes it there, of the rendered routes, and ``kit.openapi`` what is the same everywhere; a
test compares both, key by key in their order.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from blueprint_cli.templates.described.json_schema import Schema, named
from blueprint_cli.templates.described.schemas import Schemas, body_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from blueprint_cli.templates.described.commands import CommandView
    from blueprint_cli.templates.described.contexts import ContextView
    from blueprint_cli.templates.described.entities import EntityView

# What any operation may answer; 429 comes from the gateway.
_ALWAYS: Final = {
    "400": "Bad Request",
    "413": "Request Entity Too Large",
    "415": "Unsupported Media Type",
    "422": "Unprocessable Entity",
    "429": "Too Many Requests",
    "503": "Service Unavailable",
    "504": "Gateway Timeout",
}
_PROBLEM: Final = {
    "application/problem+json": {"schema": named("Problem")},
}
PROBLEM: Final[Schema] = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; for programs."},
        "detail": {"type": "string", "description": "For people."},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "message"],
                "properties": {"pointer": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
_SUCCESS: Final = "Successful Response"
SCHEME: Final = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
_TEXT_OR_NULL: Final = [{"type": "string"}, {"type": "null"}]
_ID: Final = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid", "title": "Id"},
}
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 8, "maxLength": 128},
    "description": "Chosen by the client for one request; kept at least 24 hours.",
}
_JSON: Final = ("application/json",)
_PATCH: Final = ("application/merge-patch+json", *_JSON)


def document(context: ContextView) -> Schema:
    """Return the document of a context's own routes."""
    schemas = Schemas(context)
    paths: dict[str, dict[str, Schema]] = {}
    bodies: dict[str, list[CommandView]] = {}
    answered: dict[str, Schema] = {}
    for entity in context.all:
        paths[entity.path] = {"get": _list(entity, schemas)}
        one = f"{entity.path}/{{id}}"
        paths[one] = {"get": _get(entity, one)}
        for command in entity.commands_over_http:
            path = f"{entity.path}{command.path}"
            paths.setdefault(path, {})[command.method] = _command(command, path)
            bodies.setdefault(path, []).extend([command] if command.has_body else [])
        name = entity.entity.name
        answered |= schemas.of_view(entity)
        answered |= {f"{name}View": schemas.view(entity), f"Page_{name}View_": _page(name)}
    taken: dict[str, Schema] = {}
    for path in paths:
        for command in bodies.get(path, ()):
            body, named = schemas.body(command)
            taken |= {**named, body_name(command): body}
    secured = any("security" in one for path in paths.values() for one in path.values())
    return {
        "openapi": "3.1.0",
        "info": {"title": context.name.capitalize(), "version": "1"},
        "paths": paths,
        "components": {
            "schemas": {**dict(sorted(answered.items())), "Problem": PROBLEM} | taken,
            **({"securitySchemes": {"bearer": SCHEME}} if secured else {}),
        },
    }


def operation(  # noqa: PLR0913 - what an operation is made of
    function: str,
    path: str,
    method: str,
    tag: str,
    responses: Mapping[str, Schema],
    *,
    description: str = "",
    security: str = "",
    parameters: Sequence[Schema] = (),
    body: Schema | None = None,
) -> Schema:
    """Return an operation as FastAPI describes a function that is its route."""
    always = {**_ALWAYS, **({"401": "Unauthorized"} if security else {})}
    answers = {status: {"description": said} for status, said in always.items()} | dict(responses)
    unique = re.sub(r"\W", "_", f"{function}{path}")
    return {
        "tags": [tag],
        "summary": function.replace("_", " ").title(),
        **({"description": description} if description else {}),
        "operationId": f"{unique}_{method}",
        **({"security": [{security: []}]} if security else {}),
        **({"parameters": list(parameters)} if parameters else {}),
        **({"requestBody": body} if body is not None else {}),
        "responses": {
            status: {**answers[status], **({"content": _PROBLEM} if status >= "400" else {})}
            for status in sorted(answers)
        },
    }


def success(schema: str) -> Schema:
    """Return an answer that has a component's schema."""
    return {
        "description": _SUCCESS,
        "content": {"application/json": {"schema": named(schema)}},
    }


def nothing() -> Schema:
    """Return an answer without a body."""
    return {"description": _SUCCESS}


def _list(entity: EntityView, schemas: Schemas) -> Schema:
    made = operation(
        f"list_{entity.plural_snake}",
        entity.path,
        "get",
        entity.context.tag,
        {
            "200": success(f"Page_{entity.entity.name}View_"),
            "304": {"description": "Not modified"},
        },
        security="" if entity.everyone_reads else "bearer",
    )
    query = {
        "limit": {"default": 20, "maximum": 100, "minimum": 1, "title": "Limit", "type": "integer"},
        "cursor": _optional("Cursor", {"maxLength": 4096, "type": "string"}),
        "sort": _sort(entity),
        **{one.name: schemas.filter(entity, one) for one in entity.filters},
    }
    if entity.search:
        query["q"] = _optional("Q", {"maxLength": 100, "type": "string"})
    given = [
        {"name": name, "in": "query", "required": False, "schema": schema}
        for name, schema in query.items()
    ]
    condition = {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}
    return {**made, "parameters": [*given, condition]}


def _sort(entity: EntityView) -> Schema:
    if not entity.sorts:
        return {"title": "Sort", "type": "null"}
    words = [word for name in entity.sorts for word in (name, f"-{name}")]
    return _optional("Sort", {"enum": words, "type": "string"})


def _optional(title: str, schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}], "title": title}


def _get(entity: EntityView, path: str) -> Schema:
    return operation(
        f"get_{entity.snake}",
        path,
        "get",
        entity.context.tag,
        {
            "200": success(f"{entity.entity.name}View"),
            "304": {"description": "Not modified"},
            "404": {"description": "`not_found`"},
            "422": {"description": "Validation Error"},
        },
        security="" if entity.everyone_reads else "bearer",
        parameters=[_ID, _condition("If-None-Match")],
    )


def _condition(header: str) -> Schema:
    schema = {"anyOf": _TEXT_OR_NULL, "title": header}
    return {"name": header.lower(), "in": "header", "required": False, "schema": schema}


def _command(command: CommandView, path: str) -> Schema:
    entity = command.entity
    view = success(f"{entity.entity.name}View")
    answer = {"create": ("201", view), "delete": ("204", nothing())}
    status, answered = answer.get(command.name, ("200", view))
    refused = {
        str(status): {"description": ", ".join(f"`{code}`" for code in codes)}
        for status, codes in command.responses.items()
    }
    own = [] if command.is_create else [_ID, _condition("If-Match")]
    made = operation(
        f"{command.name}_{entity.snake}",
        path,
        command.method,
        entity.context.tag,
        {status: answered, **refused},
        description=command.imperative,
        security="bearer" if command.caller_type or not command.everyone else "",
        parameters=own,
    )
    key = [_KEY] if command.method == "post" else []
    if own and key:
        made["parameters"] = [*own, *key]
    if command.has_body:
        made["requestBody"] = _body(command)
    if key and not own:
        made["parameters"] = key
    return made


def _body(command: CommandView) -> Schema:
    required = command.is_create and any(one.required for one in command.taken)
    schema = named(body_name(command))
    content = {kind: {"schema": schema} for kind in (_PATCH if command.is_update else _JSON)}
    return {"required": command.is_update or required, "content": content}


def _page(name: str) -> Schema:
    items = {"items": named(f"{name}View"), "type": "array", "title": "Items"}
    cursor = {"anyOf": _TEXT_OR_NULL, "title": "Next Cursor"}
    return {
        "properties": {"items": items, "next_cursor": cursor},
        "type": "object",
        "required": ["items", "next_cursor"],
        "title": "Page",
        "description": "Part of a list, and the cursor of the next part (null at the end).",
    }
