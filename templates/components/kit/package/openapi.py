"""The process's own OpenAPI document: every error answer is a problem."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from kit.problems import MEDIA_TYPE

_ALWAYS = (400, 413, 415, 422, 429, 503, 504)  # 429 from the gateway
_REFERENCE = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_PROBLEM = {
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


def refusals(codes: Mapping[int, Sequence[str]]) -> dict[int | str, dict[str, Any]]:
    """A route's `responses`: by status the codes of its own problems."""
    return {
        status: {"description": ", ".join(f"`{code}`" for code in found)}
        for status, found in codes.items()
    }


def install_document(app: FastAPI) -> None:
    """Serve a document in which every error is a problem.

    A route names only the errors that are its own: what any operation may answer is added here.
    """

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
            )
            schemas = made.setdefault("components", {}).setdefault("schemas", {})
            schemas.pop("HTTPValidationError", None)
            schemas.pop("ValidationError", None)
            schemas["Problem"] = _PROBLEM
            for path in made["paths"].values():
                for operation in path.values():
                    _name_bodies(operation, schemas)
                    _describe_problems(operation)
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _name_bodies(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """A body that a route describes itself stands among the others, by its title."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        described = content["schema"]
        if "title" in described:
            schemas.update(described.get("$defs", {}))
            schemas[described["title"]] = {
                key: value for key, value in described.items() if key != "$defs"
            }
            content["schema"] = {"$ref": f"#/components/schemas/{described['title']}"}


def _describe_problems(operation: dict[str, Any]) -> None:
    responses: dict[str, dict[str, Any]] = operation.setdefault("responses", {})
    always = (*_ALWAYS, 401) if "security" in operation else _ALWAYS
    for status in map(str, always):
        responses.setdefault(status, {"description": HTTPStatus(int(status)).phrase})
    responses["422"].pop("content", None)
    for status, response in responses.items():
        if status.isdigit() and int(status) >= HTTPStatus.BAD_REQUEST:
            response["content"] = _REFERENCE
    operation["responses"] = dict(sorted(responses.items()))
