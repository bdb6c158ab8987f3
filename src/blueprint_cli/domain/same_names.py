"""Names of one context that would be the same thing in a path, a table or the code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.domain import naming

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from blueprint_cli.domain.model import DescribedContext, Event
    from blueprint_cli.domain.world import World

# Tables that contexts have beside those of their entities.
TABLES: Final = ("idempotency_keys", "inbox", "outbox", "outbox_owed")


def look_for_same_names(
    world: World, contexts: Sequence[DescribedContext], events: Sequence[Event]
) -> None:
    """Report entities, types, events and commands that would be called the same."""
    for context in contexts:
        _entities(world, context)
        _classes(world, context)
        _events(world, context, [one for one in events if one.context == context.name])


def look_for_same_services(world: World, contexts: Sequence[DescribedContext]) -> None:
    """Report services that are called as another context, or as its service."""
    for context in contexts:
        others = {*world.contexts, *(one.service for one in contexts if one is not context)}
        if context.runs_as in others - {context.name}:
            path = (context.name, "service")
            world.report(path, f"{context.runs_as} is another context's", allowed=context.name)


def _classes_made(context: DescribedContext) -> Iterator[tuple[str, str]]:
    """Yield the classes that stand beside those of entities and types in code, and for what."""
    name = naming.class_name(context.name)
    yield from ((f"{name}{end}", context.name) for end in ("Error", "Settings"))
    for entity in context.entities:
        ends = ("View", "Reader", "Query", *(("Status",) if entity.states else ()))
        made = [f"{entity.name}{end}" for end in ends]
        for command in entity.commands:
            made += {
                "create": [f"New{entity.name}"],
                "update": [f"{entity.name}Changes"],
            }.get(command.name, [])
            does = f"{naming.class_name(command.name)}{entity.name}"
            made += [does, f"{does}Values"]
        yield from ((one, entity.name) for one in made)


def _classes(world: World, context: DescribedContext) -> None:
    made = dict(_classes_made(context))
    named = [("types", name) for name, of in context.types if of.kind in {"enum", "value"}]
    named += [("entities", entity.name) for entity in context.entities]
    for of, name in named:
        if name in made:
            message = f"a class of {made[name]} is called {name} in code"
            world.report((context.name, of, name), message, allowed="another name", at_key=True)


def _entities(world: World, context: DescribedContext) -> None:
    modules: dict[str, str] = {}
    paths: dict[str, str] = {}
    for name, _ in context.types:
        other = modules.setdefault(naming.snake(name), name)
        if other != name:
            path = (context.name, "types", name)
            world.report(path, f"the type {other} is called the same in code", at_key=True)
    for entity in context.entities:
        if naming.why_no_class(entity.name):
            continue
        path = (context.name, "entities", entity.name)
        other = modules.setdefault(naming.snake(entity.name), entity.name)
        if other != entity.name or entity.name in dict(context.types):
            world.report(path, f"{other} is called the same in code", at_key=True)
        other = paths.setdefault(entity.plural, entity.name)
        if other != entity.name:
            message = f"{other} has the path {entity.plural}, too; `plural` gives another"
            world.report(path, message, at_key=True)
        table = naming.table_of(entity.plural)
        if table in TABLES:
            message = f"no table can be called {table}; `plural` gives another name"
            world.report(path, message, at_key=True)
        classes: dict[str, str] = {}
        for command in entity.commands:
            same = classes.setdefault(naming.snake(naming.class_name(command.name)), command.name)
            if same != command.name:
                message = f"the command {same} is called the same in code"
                world.report((*path, "commands", command.name), message, at_key=True)


def _events(world: World, context: DescribedContext, events: Sequence[Event]) -> None:
    taken = {name: "a type" for name, _ in context.types}
    taken |= {entity.name: "an entity" for entity in context.entities}
    emitted: dict[str, str] = {}
    for event in events:
        path = (context.name, "entities", event.entity, "commands", event.commands[0], "emits")
        name = event.name.name
        if name in taken:
            world.report(path, f"{taken[name]} is called {name}, too")
        other = emitted.setdefault(name, event.entity)
        if other != event.entity:
            world.report(path, f"{other} emits {name}: an event is of one entity")
        keys = [one.name for one in event.fields] if event.former_of is None else []
        for key in keys:
            if keys.count(key) > 1:
                field = (context.name, "entities", event.entity, "fields", key)
                message = f"the event {name} has a key {key} of its own; call the field otherwise"
                if not any(one.path == field for one in world.mistakes):
                    world.report(field, message, at_key=True)
