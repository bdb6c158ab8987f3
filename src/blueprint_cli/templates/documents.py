"""Documents of a whole project that are made of what its contexts bring."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.spec.document import read_document
from blueprint_cli.templates.engine import SUFFIX
from blueprint_cli.templates.layers import CONFIGURATION, CONTEXT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from blueprint_cli.templates.layers import LayeredTemplate

_INTERNAL: Final = "/internal/"
_SERVICES: Final = tuple(
    f"contexts/{CONTEXT}/{one}/openapi.json" for one in ("service", "{pattern}/service")
)
_ASYNCAPI: Final = "includes/asyncapi.json"


def public_document(
    template: LayeredTemplate, contexts: Collection[str], title: str, data: Mapping[str, Any]
) -> str:
    """Return the public API of the ready-made contexts, as ``make openapi`` of a project writes it.

    Without what only services may call. Empty where services have no documents; ``data`` is what
    these are rendered with.
    """
    folder = template.name.replace("-", "_")
    places = [
        place.replace(CONTEXT, one).replace("{pattern}", folder)
        for one in contexts
        for place in _SERVICES
    ]
    parts = [part for place in places if (part := _part(template, place, data)) is not None]
    paths: dict[str, Any] = {}
    components: dict[str, dict[str, Any]] = {}
    for part in parts:
        outside = {path: it for path, it in part["paths"].items() if not path.startswith(_INTERNAL)}
        paths |= outside
        for kind, used in _used(outside, part.get("components", {})).items():
            components.setdefault(kind, {}).update(used)
    components = {kind: dict(sorted(used.items())) for kind, used in components.items()}
    info = {"title": title, "version": "1"}
    document = {"openapi": "3.1.0", "info": info, "paths": paths, "components": components}
    return _text(document) if parts else ""


def event_document(template: LayeredTemplate, contexts: Collection[str], title: str) -> str:
    """Return who of the ready-made contexts sends and reads which events, as AsyncAPI.

    As ``make contracts`` of a project writes it; empty where no context of the templates has any.
    """
    if not (template.root / _ASYNCAPI).is_file():
        return ""
    document = _json(template, _ASYNCAPI)
    document["info"]["title"] = f"Events of {title}"
    order = list(contexts)
    channels = _of(document["channels"], order)
    document["channels"] = _sorted(channels, order, ".", "dead-letters")
    operations = {
        name: operation
        for name, operation in _of(document["operations"], order, "-").items()
        if operation["channel"]["$ref"].removeprefix("#/channels/") in channels
    }
    document["operations"] = _sorted(operations, order, "-", "reads")
    messages = document["components"]["messages"]
    kept = _of(messages, order) | {"dead-letter": messages["dead-letter"]}
    document["components"]["messages"] = kept
    return _text(document)


def _of(
    named: Mapping[str, Any], contexts: Collection[str], separator: str = "."
) -> dict[str, Any]:
    return {name: it for name, it in named.items() if name.partition(separator)[0] in contexts}


def _sorted(
    named: Mapping[str, Any], order: list[str], separator: str, last: str
) -> dict[str, Any]:
    """Sort what has a word behind its context's name by the contexts, after all else."""

    def place(name: str) -> int:
        context, _, what = name.partition(separator)
        return order.index(context) + 1 if what.startswith(last) else 0

    return {name: named[name] for name in sorted(named, key=place)}


def _used(paths: Mapping[str, Any], components: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the components that the paths name, and those that these name in turn."""
    schemas = components.get("schemas", {})
    used: dict[str, Any] = {}
    waiting: list[Any] = [paths]
    while waiting:
        text = json.dumps(waiting.pop())
        for name in schemas.keys() - used.keys():
            if f'"#/components/schemas/{name}"' in text:
                used[name] = schemas[name]
                waiting.append(schemas[name])
    asked = json.dumps(list(_securities(paths)))
    schemes = components.get("securitySchemes", {})
    asked_for = {name: scheme for name, scheme in schemes.items() if f'"{name}"' in asked}
    return {"schemas": used, "securitySchemes": asked_for}


def _securities(paths: Mapping[str, Any]) -> Iterator[Any]:
    for path in paths.values():
        yield from (operation.get("security") for operation in path.values())


def _part(template: LayeredTemplate, place: str, data: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a document
    if (template.root / place).is_file():
        return _json(template, place)
    file = template.root / f"{place}{SUFFIX}"
    if not file.is_file():
        return None
    import jinja2  # noqa: PLC0415 - Copier needs it as well, and is loaded as late

    settings = read_document(template.root / CONFIGURATION, what="template").data["_envops"]
    settings = {**settings, "undefined": jinja2.StrictUndefined}
    environment = jinja2.Environment(**settings)  # noqa: S701 - it is JSON, not HTML
    return json.loads(environment.from_string(file.read_text(encoding="utf-8")).render(data))


def _json(template: LayeredTemplate, place: str) -> Any:  # noqa: ANN401 - a document of any shape
    return json.loads((template.root / place).read_text(encoding="utf-8"))


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
