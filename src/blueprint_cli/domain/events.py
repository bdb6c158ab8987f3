"""Events that described contexts publish, and every key of their data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.domain.former_events import of_former_context, with_former
from blueprint_cli.domain.model import Event, EventField, EventName, Reference, Type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.domain.model import Command, DescribedContext, Entity

VERSION: Final = EventField(name="version", type=Type(kind="int", low=1))
AT: Final = EventField(name="at", type=Type(kind="datetime"))


def events_of(context: DescribedContext) -> Iterator[Event]:
    """Return a context's events, in the order of the commands that emit them first.

    After each stand those that are published beside it under former names and versions. While the
    context has a former name, each of them is published under that, too.
    """
    for entity in context.entities:
        emitted: dict[EventName, list[Command]] = {}
        for command in entity.commands:
            if command.emits:
                emitted.setdefault(command.emits, []).append(command)
        for name, commands in emitted.items():
            event = Event(
                context=context.name,
                entity=entity.name,
                name=name,
                commands=tuple(one.name for one in commands),
                fields=tuple(_fields(entity, commands)),
            )
            told = tuple(with_former(event, commands))
            yield from told
            yield from (of_former_context(one, context.was) for one in told if context.was)


def _fields(entity: Entity, commands: list[Command]) -> Iterator[EventField]:
    target = Reference(entity.context, entity.name)
    yield EventField(name="id", type=Type(kind="uuid", target=target))
    if entity.states:
        yield EventField(name="status", type=Type(kind="enum", values=entity.states))
    yield VERSION
    yield AT
    always = [entity.owner] if entity.owner else []
    always += [one.name for one in entity.references if one.name != entity.owner]
    changed = [name for one in commands for name in (*one.takes, *(field for field, _ in one.sets))]
    for name in dict.fromkeys((*always, *changed)):
        field = entity.by_name[name]
        if not field.secret:
            yield EventField(name=name, type=field.type, optional=field.optional)
