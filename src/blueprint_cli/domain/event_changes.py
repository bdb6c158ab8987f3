"""Whether an event of a changed model still is what its readers know, and what was published."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprint_cli.domain.model import Event, EventField, Field, Kind, Model, Type

# What is text, or a UUID, in a contract: an enumeration may grow.
_TOLD_AS: Final[dict[Kind, Kind]] = {"enum": "text", "email": "text", "url": "text", "ref": "uuid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenEvent:
    """An event that older readers cannot read any more, or that readers of today could not read.

    ``event`` is its type: ``clinic.AppointmentBooked.v1``.
    """

    event: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedEvent:
    """An event that is published beside what it was until now, each by its type."""

    event: str
    beside: str


def broken_events(old: Model, new: Model) -> tuple[BrokenEvent, ...]:
    """Return what a changed model would publish otherwise under the same version, or no more."""
    before = {type_of(one): one for one in old.events}
    after = {type_of(one) for one in new.events}
    broken = [
        BrokenEvent(event=type_of(one), why=why)
        for one in new.events
        if (known := before.get(type_of(one))) is not None
        for why in breaks(known, one)
    ]
    ended = (one for one in before if one not in after)
    return (*broken, *(BrokenEvent(event=one, why="is not published any more") for one in ended))


def raised_events(old: Model, new: Model) -> tuple[RaisedEvent, ...]:
    """Return what a changed model publishes beside an event and did not yet."""
    before = {type_of(one) for one in old.events if one.former_of is not None}
    return tuple(
        RaisedEvent(
            event=type_of(replace(one, name=one.former_of, context=one.publisher)),
            beside=type_of(one),
        )
        for one in new.events
        if one.former_of is not None and type_of(one) not in before
    )


def type_of(event: Event) -> str:
    """Return its type on the wire."""
    return f"{event.context}.{event.name.name}.v{event.name.version}"


def full_name(event: Event) -> str:
    """Return what a description calls it: the first version is not said."""
    version = f".v{event.name.version}" if event.name.version > 1 else ""
    return f"{event.context}.{event.name.name}{version}"


def breaks(old: Event, new: Event) -> Iterator[str]:
    """Say what whoever reads an event cannot read any more, or misses in older ones."""
    return _parts(
        {one.name: one for one in old.fields}, {one.name: one for one in new.fields}, "its data"
    )


def _parts(
    old: Mapping[str, EventField | Field], new: Mapping[str, EventField | Field], of: str
) -> Iterator[str]:
    for name, before in old.items():
        after = new.get(name)
        if after is None:
            yield f"{name} is gone from {of}"
            continue
        yield from retyped(name, before.type, after.type)
        if after.optional and not before.optional:
            yield f"{name} can be null now"
    for name, after in new.items():
        if name not in old and not after.optional:
            yield f"{name} has to be there, and older events do not have it"


def retyped(name: str, old: Type, new: Type) -> Iterator[str]:
    """Say what whoever reads a key cannot read any more, because its type is another."""
    if old.kind == "list" and new.kind == "list" and old.of is not None and new.of is not None:
        yield from retyped(name, old.of, new.of)
    elif _TOLD_AS.get(old.kind, old.kind) != _TOLD_AS.get(new.kind, new.kind):
        yield f"{name} was {old.kind} and is {new.kind}"
    elif new.kind == "value":
        before, after = ({one.name: one for one in kind.fields} for kind in (old, new))
        yield from _parts(before, after, name)
