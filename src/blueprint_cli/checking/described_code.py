"""What the code of a described context has: its entities, events and routes, read by their names.

No template is needed for it: where something lies is read from the render that is recorded.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from blueprint_cli.domain import naming

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.checking.project import CheckedProject
    from blueprint_cli.domain.model import DescribedContext, Entity, Event, Model

Kind = Literal["entity", "event", "route"]
VERBS: Final = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Part:
    """An entity, an event or a route of a context, by a name that description and code share.

    ``entity`` is the one that it belongs to; empty where only the code knows.
    """

    kind: Kind
    context: str
    entity: str
    name: str


def described_parts(model: Model) -> dict[Part, tuple[str, ...]]:
    """Return what a model describes, each with the path of its key below ``contexts``."""
    found: dict[Part, tuple[str, ...]] = {}
    for context in model.contexts:
        for entity in context.entities:
            path = (context.name, "entities", entity.name)
            found[Part("entity", context.name, entity.name, entity.name)] = path
            for name in routes_of(entity):
                found[Part("route", context.name, entity.name, name)] = path
    for event in model.events:
        part = Part("event", event.context, event.entity, event_type(event))
        found[part] = (event.context, "entities", event.entity)
    return found


def routes_of(entity: Entity) -> Iterator[str]:
    """Yield the routes that follow from an entity, each as its method and its path."""
    top = f"/v1/{naming.kebab(entity.context)}/{entity.plural}"
    yield f"GET {top}"
    yield f"GET {top}/{{id}}"
    verbs = {"create": f"POST {top}", "update": f"PATCH {top}/{{id}}"}
    verbs["delete"] = f"DELETE {top}/{{id}}"
    for command in entity.commands:
        if command.over_http:
            own = f"POST {top}/{{id}}/{naming.kebab(command.name)}"
            yield verbs.get(command.name, own)


def event_type(event: Event) -> str:
    """Return an event's name in code and its version: ``AppointmentBooked.v1``."""
    return f"{event.name.name}.v{event.name.version}"


@dataclass(frozen=True, slots=True)
class Placed:
    """A part of the code, and where it stands."""

    part: Part
    path: str
    line: int


def parts_of_code(
    project: CheckedProject, context: DescribedContext, *, rendered: bool
) -> dict[Part, Placed]:
    """Return what the code of a context has, as it is or as it was ``rendered``."""
    base = project.record.base if project.record else {}
    read = project.rendered_text if rendered else project.text
    found: dict[Part, Placed] = {}
    for path in base:
        for entity in context.entities:
            snake = naming.module_of(entity.name)
            if f"/{path}".endswith(f"/{context.name}/domain/{snake}.py"):
                part = Part("entity", context.name, entity.name, entity.name)
                if line := _class_in(read(path), entity.name):
                    found[part] = Placed(part, path, line)
            elif f"/{path}".endswith(f"/{context.name}/entrypoints/{snake}/routes.py"):
                for name, line in _routes_in(read(path)):
                    part = Part("route", context.name, entity.name, name)
                    found.setdefault(part, Placed(part, path, line))
    for path in contracts_of(project, context.name):
        for name, line in _events_in(read(path)):
            part = Part("event", context.name, _entity_of(project, context.name, name), name)
            found.setdefault(part, Placed(part, path, line))
    return found


def contracts_of(project: CheckedProject, context: str) -> Iterator[str]:
    """Yield the modules that hold what a context tells others."""
    base = project.record.base if project.record else {}
    ends = re.compile(rf"(?:^|.*/)contracts/{context}_v\d+\.py")
    yield from (path for path in base if ends.fullmatch(path))


def folders_of_entities(project: CheckedProject, context: DescribedContext) -> Iterator[str]:
    """Yield folders that people gave an entity of their own, as ``clinic/application/nurse``."""
    base = project.record.base if project.record else {}
    folder = re.compile(rf"(?:^|.*/){context.name}/application/(?P<entity>[^/]+)(?=/[^/]+\.py$)")
    rendered = {found[0] for path in base if (found := folder.match(path))}
    yield from dict.fromkeys(
        found[0]
        for path in project.files
        if path not in base and (found := folder.match(path)) and found[0] not in rendered
    )


def _entity_of(project: CheckedProject, context: str, name: str) -> str:
    """Return the entity that an event is about; one that only the description knows, too."""
    events = [*project.rendered_model.events, *project.model.events]
    named = (one for one in events if one.context == context and event_type(one) == name)
    return next((one.entity for one in named), "")


def _tree(text: str | None) -> ast.Module:
    try:
        return ast.parse(text or "")
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module(body=[], type_ignores=[])


def _class_in(text: str | None, name: str) -> int:
    classes = (node for node in _tree(text).body if isinstance(node, ast.ClassDef))
    return next((node.lineno for node in classes if node.name == name), 0)


def _events_in(text: str | None) -> Iterator[tuple[str, int]]:
    """Yield the classes that have a ``TYPE``, each as its name and version."""
    for node in _tree(text).body:
        if isinstance(node, ast.ClassDef):
            for said in node.body:
                match said:
                    case ast.AnnAssign(
                        target=ast.Name(id="TYPE"), value=ast.Constant(value=str(type_))
                    ):
                        name = node.name
                        version = type_.rpartition(".v")[2]
                        yield f"{re.sub(r'V[0-9]+$', '', name)}.v{version}", node.lineno


def _routes_in(text: str | None) -> Iterator[tuple[str, int]]:
    """Yield the routes of a module: the paths of its decorators below the prefix of its router."""
    tree = _tree(text)
    prefix = ""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="APIRouter"), keywords=keywords):
                said = [one.value for one in keywords if one.arg == "prefix"]
                if said and isinstance(said[0], ast.Constant):
                    prefix = str(said[0].value)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=verb), args=[ast.Constant(value=str(path)), *_]):
                if verb in VERBS and (not path or path.startswith("/")):
                    yield f"{verb.upper()} {prefix}{path}", node.lineno


def contract_fields(text: str | None) -> dict[str, tuple[int, dict[str, str]]]:
    """Return the fields of a contract's classes by name, each class with its line."""
    return {
        node.name: (
            node.lineno,
            {
                said.target.id: ast.unparse(said.annotation)
                for said in node.body
                if isinstance(said, ast.AnnAssign) and isinstance(said.target, ast.Name)
            },
        )
        for node in _tree(text).body
        if isinstance(node, ast.ClassDef)
    }
