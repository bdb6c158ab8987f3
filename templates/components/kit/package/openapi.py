"""The process's own OpenAPI document, where every error answer is a problem, and pages about it.

The pages are for development alone: `/` with links, and `/docs`, Swagger UI out of a package that
is installed for development and not shipped.
"""

from collections.abc import Mapping, Sequence
from html import escape
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from starlette.responses import FileResponse, HTMLResponse, Response

from kit.problems import MEDIA_TYPE, Problem
from kit.requests import CONTENT_SECURITY, OPERATORS

_ALWAYS = (400, 413, 415, 422, 429, 503, 504)  # 429 from the gateway
_IN_3_11 = {413: "Request Entity Too Large", 422: "Unprocessable Entity"}  # 3.13 has other words
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
_DOCUMENT = "/openapi.json"
_HEADER = "Content-Security-Policy"
_PACKAGE = "fastapi_standalone_docs"
_ASSETS = frozenset({"swagger-ui.css", "swagger-ui-bundle.js"})
_POLICY = f"{CONTENT_SECURITY}; img-src data:; style-src 'self' 'unsafe-inline'"
_POLICY_WITH_SCRIPT = f"{_POLICY}; script-src 'self' 'unsafe-inline'; connect-src 'self'"
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>API in development</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.6 system-ui, sans-serif; margin: 3rem auto; max-width: 44rem; padding: 0 1rem; }
dt { font-weight: bold; }
</style>
<h1>API in development</h1>
<dl>
%s
</dl>
</html>
"""


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
    for number in always:
        phrase = _IN_3_11.get(number, HTTPStatus(number).phrase)
        responses.setdefault(str(number), {"description": phrase})
    for status, response in responses.items():
        if status.isdigit() and int(status) >= HTTPStatus.BAD_REQUEST:
            response["content"] = _REFERENCE
    operation["responses"] = dict(sorted(responses.items()))


def pages(links: Mapping[str, str]) -> APIRouter:
    """`/` shows `links`: names, each with an address, or with what is shown as it is.

    Without them it shows what this process serves operators. `/docs` shows the document of whoever
    is asked for it: of this process, or of the gateway before it.
    """
    routes = APIRouter(include_in_schema=False)
    assets = _assets()
    operators = {path.removeprefix("/"): path for path in sorted(OPERATORS)}
    entries = [
        *([] if assets is None else [_link("documentation", "/docs")]),
        _link("OpenAPI document", _DOCUMENT),
        *(_link(name, target) for name, target in (links or operators).items()),
    ]
    page = _PAGE % "\n".join(entries)

    @routes.get("/")
    async def start() -> Response:
        return HTMLResponse(page, headers={_HEADER: _POLICY})

    if assets is not None:
        _add_documentation(routes, assets)
    return routes


def _add_documentation(routes: APIRouter, assets: Path) -> None:
    page = get_swagger_ui_html(
        openapi_url=_DOCUMENT,
        title="API in development",
        swagger_js_url="/docs/swagger-ui-bundle.js",
        swagger_css_url="/docs/swagger-ui.css",
        swagger_favicon_url="data:,",
        # Otherwise it asks a server on the internet whether the document is valid.
        swagger_ui_parameters={"validatorUrl": None, "tryItOutEnabled": True},
    )

    @routes.get("/docs")
    async def documentation() -> Response:
        return HTMLResponse(page.body, headers={_HEADER: _POLICY_WITH_SCRIPT})

    @routes.get("/docs/{name}")
    async def asset(name: str) -> Response:
        if name not in _ASSETS:
            raise Problem(404)
        return FileResponse(assets / name, headers={"Cache-Control": "max-age=3600"})


def _assets() -> Path | None:
    """Where the package's files are; None where it is not installed, as in a container."""
    found = find_spec(_PACKAGE)
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "static" / "swagger"


def _link(name: str, target: str) -> str:
    shown = escape(target)
    is_address = target.startswith(("http://", "https://", "/"))
    value = f'<a href="{shown}">{shown}</a>' if is_address else f"<code>{shown}</code>"
    return f"<dt>{escape(name)}<dd>{value}"
