"""What a layer is rendered for: nothing, each context, each entity of described ones, and so on."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from blueprint_cli.templates.described.contexts import ContextView
    from blueprint_cli.templates.described.entities import EntityView
    from blueprint_cli.templates.described.migrations import Revision
    from blueprint_cli.templates.layers import Layer


@dataclass(frozen=True, slots=True)
class Subject:
    """What one rendering of a layer is for, by its name; empty where it is for none.

    ``entity`` is the name of the entity's class; in a path its module's name, ``module``, stands
    for it. ``code`` is that of a function that the project's owner writes, ``other`` the name of a
    context that this one asks for its rows, ``event`` the type of an event that it publishes,
    ``revision`` the name of a later migration.
    ``service`` is what the context's service is called.
    """

    context: str = ""
    entity: str = ""
    module: str = ""
    command: str = ""
    code: str = ""
    other: str = ""
    event: str = ""
    revision: str = ""
    service: str = ""

    @property
    def variables(self) -> dict[str, str]:
        """What template files know it by."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @property
    def name(self) -> str:
        """How a record names it: ``clinic``, ``clinic.Appointment.move``."""
        if self.event:
            return self.event
        parts = (self.context, self.entity, self.command, self.code, self.other, self.revision)
        return ".".join(filter(None, parts))

    def placed(self, path: str) -> str:
        """Return a path with the names that stand in it in braces."""
        names = {**self.variables, "entity": self.module}
        for name, value in names.items():
            path = path.replace(f"{{{name}}}", value)
        return path


NO_SUBJECT: Final = Subject()


def subjects_of(
    layer: Layer,
    contexts: Iterable[str],
    described: Mapping[str, ContextView],
    ready_made: Container[str],
    revisions: Iterable[Revision] = (),
) -> Iterator[Subject]:
    """Yield what a layer is rendered for.

    Args:
        layer: the layer.
        contexts: the names of all contexts of the project.
        described: those that are described.
        ready_made: names of contexts that lie in the templates.
        revisions: later migrations of described contexts.
    """
    if layer.each is None:
        yield Subject()
    elif layer.each in {"context", "ready-made"}:
        for name in contexts:
            if name in ready_made or layer.each == "context":
                yield Subject(name)
    elif layer.each == "by-hand":
        for name in contexts:
            if name not in ready_made and name not in described:
                yield Subject(name)
    elif layer.each == "revision":
        yield from (Subject(one.context.name, revision=one.name) for one in revisions)
    else:
        yield from _described(layer, described)


def _described(layer: Layer, described: Mapping[str, ContextView]) -> Iterator[Subject]:
    for name, context in described.items():
        if layer.store not in {None, context.store}:
            continue
        match layer.each:
            case "described":
                yield Subject(name)
            case "known":
                yield from (Subject(name, other=port.context) for port in context.known_ports)
            case "event":
                events = context.events_under_each_name
                yield from (Subject(name, event=one.type_name) for one in events)
            case "contract":
                yield from (Subject(one.name) for one in context.under_each_name)
            case "written":
                for code, entities in context.written.items():
                    first = entities[0]
                    yield Subject(name, first.entity.name, first.snake, code=code)
            case _:
                for entity in context.all:
                    yield from _of_entity(layer, entity, name)


def _of_entity(layer: Layer, entity: EntityView, context: str) -> Iterator[Subject]:
    one = Subject(context, entity.entity.name, entity.snake)
    if layer.each == "entity":
        yield one
    elif layer.each == "command":
        for command in entity.all_commands:
            yield replace(one, command=command.name)
