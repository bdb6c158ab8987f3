"""Whether an event of a changed model still is what its readers know, and what was published."""

from __future__ import annotations

from dataclasses import dataclass
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


def broken_events(old: Model, new: Model) -> tuple[BrokenEvent, ...]:
    """Return what a changed model would publish under a version that was published otherwise."""
    before = {type_of(one): one for one in old.events}
    return tuple(
        BrokenEvent(event=type_of(one), why=why)
        for one in new.events
        if (known := before.get(type_of(one))) is not None
        for why in breaks(known, one)
    )


def type_of(event: Event) -> str:
    """Return its type on the wire."""
    return f"{event.context}.{event.name.name}.v{event.name.version}"


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
        yield from _retyped(name, before.type, after.type)
        if after.optional and not before.optional:
            yield f"{name} can be null now"
    for name, after in new.items():
        if name not in old and not after.optional:
            yield f"{name} has to be there, and older events do not have it"


def _retyped(name: str, old: Type, new: Type) -> Iterator[str]:
    if old.kind == "list" and new.kind == "list" and old.of is not None and new.of is not None:
        yield from _retyped(name, old.of, new.of)
    elif _TOLD_AS.get(old.kind, old.kind) != _TOLD_AS.get(new.kind, new.kind):
        yield f"{name} was {old.kind} and is {new.kind}"
    elif new.kind == "value":
        before, after = ({one.name: one for one in kind.fields} for kind in (old, new))
        yield from _parts(before, after, name)
