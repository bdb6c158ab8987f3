"""Giving events later versions where a changed model would break their readers.

What was published goes on beside it, as `FormerEvent`, where its data follow from those of today:
a key that is called otherwise now, keys that are new, another name of the event. A key that is gone
has no value any more, and one of another type none that its readers know: there, nothing is raised.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from blueprint_cli.domain import shape
from blueprint_cli.domain.changes import pairs
from blueprint_cli.domain.edits import Put, Remove
from blueprint_cli.domain.event_changes import breaks, full_name, retyped
from blueprint_cli.domain.model import EventName, FormerEvent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from blueprint_cli.domain.edits import Edit
    from blueprint_cli.domain.mistakes import Path
    from blueprint_cli.domain.model import Entity, Event, Model


@dataclass(frozen=True, slots=True, kw_only=True)
class _Raised:
    """An event of the new model, the name that it gets, and what is published beside it."""

    event: Event
    name: EventName
    former: tuple[FormerEvent, ...]


def raising(contexts: Mapping[str, Any], old: Model, new: Model) -> list[Edit]:
    """Return the edits that give events of the new model later versions, and end former ones.

    ``contexts`` is what the new model was read from. A former event ends with the ``was`` that it
    needs: when that was taken out of the description, nobody is to know the former name any more.
    """
    edits: list[Edit] = []
    for entity, before in _entities(old, new):
        raised = list(_of_entity(old, new, before, entity))
        edits += _written(contexts, entity, raised)
        for one in raised:
            edits += _moved_reactions(contexts, one)
    return edits


def _entities(old: Model, new: Model) -> Iterator[tuple[Entity, Entity]]:
    """Yield the entities that both have: as it is, and as it was."""
    for was, context in pairs(old.contexts, new.contexts):
        if was is not None and context is not None:
            for before, entity in pairs(was.entities, context.entities):
                if before is not None and entity is not None:
                    yield entity, before


def _of_entity(old: Model, new: Model, before: Entity, entity: Entity) -> Iterator[_Raised]:
    known = {one.name: one for one in old.events if one.context == before.context}
    published = {one.name: one for one in new.events if one.context == entity.context}
    emitted = {one.name: one.emits for one in before.commands}
    for event in published.values():
        if event.entity != entity.name or event.former_of is not None:
            continue
        stated = _stated(entity, event)
        former = {one.name: one for one in stated if not _is_over(one, before, entity)}
        name = event.name
        lost = {told for one in event.commands if (told := emitted.get(one)) is not None}
        lost -= published.keys()
        was = known.get(name)
        if was is not None and was.former_of is None and any(breaks(was, event)):
            lost.add(name)
        for one in (*former, *sorted(lost, key=lambda told: (told.name, told.version))):
            follows = _following(known[one], event, before, entity) if one in known else None
            if follows is not None:
                former[one] = follows
                if one == event.name:
                    name = EventName(one.name, _latest(one, known, published) + 1)
        if name != event.name or tuple(former.values()) != stated:
            yield _Raised(event=event, name=name, former=tuple(former.values()))


def _stated(entity: Entity, event: Event) -> tuple[FormerEvent, ...]:
    """Return what the description says is published beside an event."""
    formers = {
        former.name: former
        for one in entity.commands
        if one.name in event.commands
        for former in one.former
    }
    return tuple(formers.values())


def _latest(name: EventName, *events: Mapping[EventName, Event]) -> int:
    return max(one.version for each in events for one in each if one.name == name.name)


def _is_over(former: FormerEvent, before: Entity, entity: Entity) -> bool:
    """Whether a former event was there because of a ``was`` that was taken out."""
    if before.was and not entity.was and former.name.name.startswith(before.was):
        return True
    over = {
        field.name
        for was, field in pairs(before.fields, entity.fields)
        if was is not None and field is not None and was.was and not field.was
    }
    return any(held in over for _, held in former.keys)


def _following(was: Event, event: Event, before: Entity, entity: Entity) -> FormerEvent | None:
    """Return how an earlier event follows from one of today; None where it does not."""
    named = pairs(before.fields, entity.fields)
    now = {one.name: field.name for one, field in named if one is not None and field is not None}
    fields = {one.name: one for one in event.fields}
    keys: dict[str, str] = {}
    for one in was.fields:
        held = one.holds or one.name
        key = now.get(held, held)
        after = fields.get(key)
        if after is None or (after.optional and not one.optional):
            return None
        if any(retyped(one.name, one.type, after.type)):
            return None
        keys[one.name] = key
    new = fields.keys() - set(keys.values())
    return FormerEvent(
        name=was.name,
        keys=tuple((key, held) for key, held in keys.items() if key != held),
        left_out=tuple(
            one.name
            for one in event.fields
            if one.name in new and (not one.optional or one.name in keys)
        ),
    )


def _written(contexts: Mapping[str, Any], entity: Entity, raised: list[_Raised]) -> Iterator[Edit]:
    """Yield the edits of an entity's commands; they are written out where they were not."""
    path: Path = (entity.context, "entities", entity.name, "commands")
    raw = shape.mapping(contexts.get(entity.context)).get("entities")
    said = shape.mapping(shape.mapping(shape.mapping(raw).get(entity.name)).get("commands"))
    given: dict[str, dict[str, Any]] = {one.name: {} for one in entity.commands}
    for one in raised:
        for number, command in enumerate(one.event.commands):
            there = shape.mapping(said.get(command))
            values: dict[str, Any] = {}
            if one.name != one.event.name:
                values["emits"] = _text(one.name)
            if one.former and number == 0:
                values["former"] = {_text(it.name, first=True): _keys(it) for it in one.former}
            elif "former" in there:
                yield Remove((*path, command, "former"))
            if not said:
                given[command] = values
            elif not there and values:
                yield Put((*path, command), values)
            else:
                yield from (Put((*path, command, key), value) for key, value in values.items())
    if raised and not said:
        yield Put(path, given)


def _keys(former: FormerEvent) -> dict[str, str | None]:
    return {**dict(former.keys), **dict.fromkeys(former.left_out)}


def _text(name: EventName, *, first: bool = False) -> str:
    return f"{name.name}.v{name.version}" if first or name.version > 1 else name.name


def _moved_reactions(contexts: Mapping[str, Any], raised: _Raised) -> Iterator[Edit]:
    """Let reactions to what an event was called react to what it is called."""
    before, after = full_name(raised.event), full_name(replace(raised.event, name=raised.name))
    for context, described in contexts.items():
        for at, one in enumerate(shape.listed(shape.mapping(described).get("reactions"))):
            if before != after and _event_of(shape.mapping(one)) == before:
                yield Put((context, "reactions", at, "when"), after)


def _event_of(reaction: Mapping[str, Any]) -> str:
    return shape.text(reaction.get("when")).removesuffix(".v1")
