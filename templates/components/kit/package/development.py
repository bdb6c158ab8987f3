"""In development alone: `/` with links, and `/docs`, the API's documentation without another host.

The documentation is Swagger UI, out of a package that is installed for development and not shipped.
"""

from collections.abc import Mapping
from html import escape
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import FileResponse, HTMLResponse, Response

from kit.problems import Problem
from kit.requests import CONTENT_SECURITY, OPERATORS

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


def router(links: Mapping[str, str]) -> APIRouter:
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
