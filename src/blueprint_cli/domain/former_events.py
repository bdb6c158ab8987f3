"""Events under names and versions that they had, which are published beside those of today."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from blueprint_cli.domain import naming, shape
from blueprint_cli.domain.model import EventName, FormerEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from blueprint_cli.domain.mistakes import Path
    from blueprint_cli.domain.model import Command, DescribedContext, Event
    from blueprint_cli.domain.world import World

EVENT: Final = re.compile(r"(?P<name>[^.]+)(?:\.v(?P<version>[1-9]\d{0,3}))?")
FORMER_ALLOWED: Final = "a name with its version: AppointmentBooked.v1"
# What every event has, and no change of an entity takes out of it.
_ALWAYS: Final = ("id", "version", "at")


def event_name(text: str) -> EventName | None:
    """Return the event that a text names; None where it is no such name."""
    found = EVENT.fullmatch(text)
    if not found or naming.why_no_class(found["name"]):
        return None
    return EventName(found["name"], int(found["version"] or 1))


def read_former(world: World, path: Path, raw: object) -> tuple[FormerEvent, ...]:
    """Return what a command's ``former`` says."""
    found = []
    for text, keys in shape.mapping(raw).items():
        name = event_name(text)
        if name is None:
            message = f"is {text}, and no event can be called that"
            world.report((*path, text), message, allowed=FORMER_ALLOWED, at_key=True)
            continue
        said = shape.mapping(keys).items()
        found.append(
            FormerEvent(
                name=name,
                keys=tuple((key, held) for key, held in said if isinstance(held, str)),
                left_out=tuple(key for key, held in said if held is None),
            )
        )
    return tuple(found)


def with_former(event: Event, commands: Iterable[Command]) -> Iterator[Event]:
    """Yield an event, then what its commands publish beside it."""
    yield event
    formers = {one.name: one for command in commands for one in command.former}
    for former in formers.values():
        names = {held: key for key, held in former.keys}
        yield replace(
            event,
            name=former.name,
            former_of=event.name,
            fields=tuple(
                replace(one, name=names.get(one.name, one.name), holds=one.name)
                for one in event.fields
                if one.name not in former.left_out
            ),
        )


def of_former_context(event: Event, was: str) -> Event:
    """Return an event as it is published under the name that its context had."""
    return replace(
        event,
        context=was,
        now=event.context,
        former_of=event.former_of or event.name,
        fields=tuple(replace(one, holds=one.holds or one.name) for one in event.fields),
    )


def look_at_former(
    world: World, contexts: Iterable[DescribedContext], events: Iterable[Event]
) -> None:
    """Report former events that are events of today, and keys that today's do not have."""
    today = {(one.context, one.name): one for one in events if one.former_of is None}
    for context in contexts:
        published: dict[EventName, EventName] = {}
        for entity in context.entities:
            for command in entity.commands:
                path = (context.name, "entities", entity.name, "commands", command.name, "former")
                if command.former and command.emits is None:
                    message = f"{command.name} emits nothing beside which it could be published"
                    world.report(path, message, at_key=True)
                    continue
                for one in command.former:
                    assert command.emits is not None  # noqa: S101 - looked at above
                    here = (*path, *_written(world, path, one.name))
                    other = published.setdefault(one.name, command.emits)
                    if (context.name, one.name) in today or other != command.emits:
                        message = f"{one.name.name}.v{one.name.version} is emitted by a command"
                        world.report(here, message, at_key=True)
                    else:
                        _look_at_keys(world, here, one, today[context.name, command.emits])


def _written(world: World, path: Path, name: EventName) -> list[str]:
    """Return the key as it is written: the first version may be left out."""
    raw: object = world.contexts
    for part in path:
        raw = shape.mapping(raw).get(str(part))
    return [key for key in shape.mapping(raw) if event_name(key) == name][:1]


def _look_at_keys(world: World, path: Path, former: FormerEvent, event: Event) -> None:
    known = [one.name for one in event.fields if one.name not in _ALWAYS]
    renamed = {held: key for key, held in former.keys}
    names = [renamed.get(one.name, one.name) for one in event.fields]
    for key, held in (*former.keys, *((key, key) for key in former.left_out)):
        here = (*path, key)
        if held not in known:
            hint = naming.did_you_mean(held, known)
            message = f"{event.name.name} has no {held}{hint}"
            world.report(here, message, allowed=", ".join(known), at_key=held == key)
        elif key != held and names.count(key) > 1:
            world.report(here, f"{key} would stand twice in its data", at_key=True)
