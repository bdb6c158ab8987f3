"""What the model says of a project: its contexts, who reads their events, whose a route is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from blueprint_cli.errors import NotInstalled
from blueprint_cli.patterns import ARCHITECTURES
from blueprint_cli.reviewing.figures import Figure, unknown
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.templates.data import template_data

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.spec.model import Spec

MODEL = "the model"
OF_THE_MODEL = ("bounded_contexts", "consumers_per_event", "services")


@dataclass(frozen=True, slots=True)
class Described:
    """What `blueprint.yaml` describes.

    ``routes``: the context of each path under which it answers. ``why`` says why they and the
    readers are not known, empty where they are.
    """

    contexts: tuple[str, ...]
    routes: Mapping[str, str] = field(default_factory=dict)
    readers: Mapping[str, int] = field(default_factory=dict)
    services: int = 1
    why: str = ""

    def context_of(self, route: str) -> str:
        """Return whose a route is; empty where no context says so."""
        parts = route.partition(" ")[2] or route
        fitting = [path for path in self.routes if parts == path or parts.startswith(f"{path}/")]
        return self.routes[max(fitting, key=len)] if fitting else ""


def described(spec: Spec) -> Described:
    """Return what a spec describes; less of it where the templates are not installed."""
    names = tuple(spec.contexts)
    if not spec.template.is_builtin:
        return Described(names, why="a team's template knows its own events and routes")
    try:
        facts = template_data(spec, find_template(spec.pattern))["contexts"]
    except NotInstalled as error:
        return Described(names, why=error.message)
    readers: dict[str, int] = {}
    for name, context in facts.items():
        for events in context["handled_by_elsewhere"].values():
            for event in events:
                readers[f"{name}.{event}"] = readers.get(f"{name}.{event}", 0) + 1
    return Described(
        contexts=tuple(facts),
        routes={one["path"]: name for name, context in facts.items() for one in context["routes"]},
        readers=readers,
        services=ARCHITECTURES[spec.pattern].processes(len(facts)),
    )


def figures_of(found: Described) -> tuple[Figure, ...]:
    """Return what can be counted in the model."""
    contexts = len(found.contexts)
    if found.why:
        return (
            Figure(
                name="bounded_contexts",
                value=contexts,
                unit="contexts",
                source=MODEL,
                query="contexts in blueprint.yaml",
            ),
            unknown("consumers_per_event", found.why, MODEL),
            unknown("services", found.why, MODEL),
        )
    most = max(found.readers, key=lambda one: found.readers[one], default="")
    return (
        Figure(
            name="bounded_contexts",
            value=contexts,
            unit="contexts",
            source=MODEL,
            query="contexts of the project",
        ),
        Figure(
            name="consumers_per_event",
            value=found.readers.get(most, 0),
            unit="readers",
            source=MODEL,
            query=f"contexts that handle {most}" if most else "no context handles another's event",
        ),
        Figure(
            name="services",
            value=found.services,
            unit="services",
            source=MODEL,
            query="processes of the pattern, roles of one context counted once",
        ),
    )
