"""Documents that a project's own commands write of its code, and that it is born with.

``make openapi`` and ``make contracts`` have nothing to change in a new project. What ready-made
contexts answer and tell lies beside their templates, as these commands wrote it; of described ones
it follows from the model.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.deployment.http_api import Routes, for_http_api, routes_of
from blueprint_cli.deployment.swagger import for_google
from blueprint_cli.patterns import ARCHITECTURES
from blueprint_cli.spec.document import read_document
from blueprint_cli.templates.described import openapi
from blueprint_cli.templates.described.json_schema import COMPONENTS
from blueprint_cli.templates.described.schemas import Schemas
from blueprint_cli.templates.engine import SUFFIX
from blueprint_cli.templates.events_document import events_document, topics_read
from blueprint_cli.templates.internal_routes import with_known, with_messages
from blueprint_cli.templates.layers import CONFIGURATION
from blueprint_cli.templates.marks import without_marks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprint_cli.templates.described.contexts import ContextView
    from blueprint_cli.templates.layers import LayeredTemplate

Document = dict[str, Any]

_INTERNAL: Final = "/internal/"
# A monolith has no document of its own in a file, and answers what services do together.
_OPENAPI: Final = ("openapi.json", "{pattern}/openapi.json", "microservices/openapi.json")
_DOCUMENT: Final = "/openapi.json"
_KEYS: Final = "/.well-known/jwks.json"
_EVENTS: Final = "event_driven/project/contracts/events"
_ASYNCAPI: Final = "includes/asyncapi.json"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True)
class Documents:
    """The documents of one project, each made when a template asks for it.

    ``contexts`` is what templates read of each, ``described`` are those that follow from a model,
    both by what their services are called. ``title`` is the project's name, ``calls`` whether
    services call each other, and ``data`` is what documents of ready-made contexts are rendered
    with.
    """

    template: LayeredTemplate
    contexts: Mapping[str, Mapping[str, Any]]
    described: Mapping[str, ContextView]
    title: str
    calls: bool
    data: Mapping[str, Any]

    @cached_property
    def services(self) -> dict[str, str]:
        """The API of each context's service; empty where nobody has written one yet."""
        written = {name: _text(document) for name, document in self._services.items()}
        return {name: written.get(name, "") for name in self.contexts}

    @cached_property
    def public_api(self) -> str:
        """What of these is public, as one document."""
        return _text(_public(self.title, self._services))

    @cached_property
    def for_google(self) -> tuple[str, tuple[str, ...]]:
        """What is public as Google's gateways import it, and what of it they cannot be told.

        Addresses are variables: ``${SERVER_URL}``, or ``${ORDERS_URL}`` of each context's service.
        """
        apart = self._apart

        def variable(context: str) -> str:
            return f"${{{context.upper() if apart else 'SERVER'}_URL}}"

        answering = {path: name for name, it in self._services.items() for path in it["paths"]}
        signing = next((name for name, it in self.contexts.items() if it["authenticates"]), "")
        found = for_google(
            _public(self.title, self._services),
            address=lambda path, _: variable(answering[path]),
            keys=f"{variable(signing)}{_KEYS}",
            name=self.title,
        )
        return _text(found.document), found.lost

    @cached_property
    def for_http_api(self) -> tuple[str, tuple[str, ...]]:
        """What is public as AWS API Gateway imports it, and what of it an HTTP API cannot be told.

        Functions are named by the stage: ``shop-${Stage}_orders_web``, or ``shop-${Stage}_web``.
        """
        found = for_http_api(_public(self.title, self._services), self._routes)
        return _text(found.document), found.lost

    @property
    def http_api_routes(self) -> int:
        """How many routes it has there."""
        return routes_of(json.loads(self.for_http_api[0]))

    @cached_property
    def internal_http_api(self) -> str:
        """What services call of each other: a path for each, and below it what is not public."""
        routes = self._routes
        called = [f"/{name.replace('_', '-')}" for name in self.contexts]
        below = {f"{path}/internal": f"{path[1:]}_web" for path in called}
        keys = {
            f"/{name.replace('_', '-')}/.well-known/jwks.json": routes.function(_KEYS)
            for name, it in self.contexts.items()
            if it["authenticates"]
        }
        info = {"title": f"{self.title}, between services", "version": "1"}
        found = for_http_api(
            {"openapi": "3.1.0", "info": info, "paths": {}},
            replace(routes, below=below, exact=keys),
        )
        return _text(found.document)

    @cached_property
    def topics_read(self) -> dict[str, list[str]]:
        """The topics that each context reads."""
        ready_made = _json(self.template, _ASYNCAPI)
        return topics_read(ready_made, self.contexts, self._described_events)

    @property
    def _routes(self) -> Routes:
        apart = self._apart
        functions = {
            name: f"{name.replace('_', '-')}_web" if apart else "web" for name in self.contexts
        }
        routes = [
            (functions[name], one) for name, it in self.contexts.items() for one in it["routes"]
        ]
        return Routes(
            exact={
                **{one["path"]: function for function, one in routes if one.get("exact")},
                _DOCUMENT: "edge" if apart else "web",
            },
            below={one["path"]: function for function, one in routes if not one.get("exact")},
            edge="edge",
            named=f"{self.title}-${{Stage}}_%s",
        )

    @property
    def _apart(self) -> bool:
        """Whether each context has a process of its own."""
        return any(
            one.process_per_context
            for one in ARCHITECTURES.values()
            if one.pattern == self.template.name
        )

    @cached_property
    def event_schemas(self) -> dict[str, str]:
        """The schema of each event of described contexts, by its type."""
        return {
            name: _text({"$schema": _DIALECT, "$id": f"{name}.json", **schema})
            for name, (_, schema) in self._described_events.items()
        }

    @cached_property
    def events(self) -> str:
        """Who sends and reads which events, as AsyncAPI."""
        ready_made = _json(self.template, _ASYNCAPI)
        return _text(events_document(self.title, ready_made, self.contexts, self._described_events))

    @cached_property
    def _services(self) -> dict[str, Document]:
        found = {}
        for name in self.contexts:
            described = self.described.get(name)
            document = self._ready_made(name) if described is None else openapi.document(described)
            if document is not None:
                found[name] = self._with_internal(name, document) if self.calls else document
        return found

    def _ready_made(self, name: str) -> Document | None:
        pattern = self.template.name.replace("-", "_")
        places = (f"contexts/{name}/{one.replace('{pattern}', pattern)}" for one in _OPENAPI)
        parts = (_part(self.template, place, self.data) for place in places)
        return next((part for part in parts if part is not None), None)

    def _with_internal(self, name: str, document: Document) -> Document:
        facts = self.contexts[name]
        consumed = [
            (type_, schema)
            for other, handled in facts["handles_elsewhere"].items()
            for cls in handled
            for type_, (title, schema) in self._events_of(other).items()
            if title == cls
        ]
        return with_known(with_messages(document, consumed), list(facts["asked_rows"]))

    def _events_of(self, context: str) -> dict[str, tuple[str, Document]]:
        """Return the class and the schema of its events, by their types."""
        if context in self.described:
            return _events_of(self.described[context])
        events = self._ready_made_events
        return {type_: it for type_, it in events.items() if type_.partition(".")[0] == context}

    @cached_property
    def _described_events(self) -> dict[str, tuple[str, Document]]:
        found = {}
        for context in self.described.values():
            found.update(_events_of(context))
        return found

    @cached_property
    def _ready_made_events(self) -> dict[str, tuple[str, Document]]:
        found = {}
        for name in self.contexts:
            for file in sorted(self.template.root.glob(f"contexts/{name}/{_EVENTS}/*.json")):
                schema = json.loads(file.read_text(encoding="utf-8"))
                plain = {key: it for key, it in schema.items() if key not in {"$schema", "$id"}}
                found[file.stem] = schema["title"], plain
        return found


def _events_of(context: ContextView) -> dict[str, tuple[str, Document]]:
    """Return the class and the schema of what a context publishes, by type and under each name."""
    return {
        event.type_name: (event.cls, Schemas(one).event(event))
        for one in context.under_each_name
        for event in one.events
    }


def _public(title: str, parts: Mapping[str, Document]) -> Document:
    """Return the contexts' documents as one, without what only services may call."""
    paths: dict[str, Any] = {}
    components: dict[str, dict[str, Any]] = {}
    for context, part in parts.items():
        outside = {path: it for path, it in part["paths"].items() if not path.startswith(_INTERNAL)}
        used = _used(outside, part.get("components", {}))
        others = _named_otherwise(used["schemas"], components.get("schemas", {}))
        renamed = _renamed({"paths": outside, "components": used}, context, others)
        paths |= renamed["paths"]
        for kind, found in renamed["components"].items():
            components.setdefault(kind, {}).update(found)
    components = {kind: dict(sorted(used.items())) for kind, used in components.items()}
    info = {"title": title, "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": components}


def _used(paths: Mapping[str, Any], components: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the components that the paths name, and those that these name in turn."""
    schemas = components.get("schemas", {})
    used: dict[str, Any] = {}
    waiting: list[Any] = [paths]
    while waiting:
        text = json.dumps(waiting.pop())
        for name in schemas.keys() - used.keys():
            if f'"{COMPONENTS}{name}"' in text:
                used[name] = schemas[name]
                waiting.append(schemas[name])
    asked = json.dumps(list(_securities(paths)))
    schemes = components.get("securitySchemes", {})
    asked_for = {name: scheme for name, scheme in schemes.items() if f'"{name}"' in asked}
    return {"schemas": used, "securitySchemes": asked_for}


def _named_otherwise(own: Mapping[str, Any], taken: Mapping[str, Any]) -> set[str]:
    """Return the schemas that have a name of another context's, and those that refer to one."""
    found = {name for name, schema in own.items() if taken.get(name, schema) != schema}
    while more := {
        name
        for name in (own.keys() & taken.keys()) - found
        if any(f'"{COMPONENTS}{each}"' in json.dumps(own[name]) for each in found)
    }:
        found |= more
    return found


def _renamed(part: Document, context: str, names: set[str]) -> Document:
    """Return paths and components in which some schemas begin with the context's name."""
    text = json.dumps(part)
    for name in names:
        text = text.replace(f'"{COMPONENTS}{name}"', f'"{COMPONENTS}{context}.{name}"')
    renamed: Document = json.loads(text)
    schemas = renamed["components"]["schemas"]
    renamed["components"]["schemas"] = {
        f"{context}.{name}" if name in names else name: schema for name, schema in schemas.items()
    }
    return renamed


def _securities(paths: Mapping[str, Any]) -> Iterator[Any]:
    for path in paths.values():
        yield from (operation.get("security") for operation in path.values())


def _part(template: LayeredTemplate, place: str, data: Mapping[str, Any]) -> Document | None:
    if (template.root / place).is_file():
        return _json(template, place)
    file = template.root / f"{place}{SUFFIX}"
    if not file.is_file():
        return None
    import jinja2  # noqa: PLC0415 - Copier needs it as well, and is loaded as late

    settings = read_document(template.root / CONFIGURATION, what="template").data["_envops"]
    settings = {**settings, "undefined": jinja2.StrictUndefined}
    environment = jinja2.Environment(**settings)  # noqa: S701 - it is JSON, not HTML
    rendered = environment.from_string(file.read_text(encoding="utf-8")).render(data)
    document: Document = json.loads(rendered)
    return document


def _json(template: LayeredTemplate, place: str) -> Document:
    document: Document = json.loads((template.root / place).read_text(encoding="utf-8"))
    return document


def _text(document: Document) -> str:
    return without_marks(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"
