"""What became of a model's names: which of them another model has no more, or calls otherwise."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from blueprint_cli.domain.model import DescribedContext, Entity, Field, Model, Type

What = Literal[
    "context", "entity", "field", "command", "state", "code", "type", "part", "value", "event"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A name of the old model that the new one has no more.

    ``context`` and ``of`` say where the old model has it: ``of`` is the entity of a field, a
    command, a state or a rule's, guard's or ``unique``'s code, and the type of a value
    object's ``part`` or an enumeration's ``value``. ``now`` is what it is called now; empty where
    it was removed.
    """

    what: What
    context: str
    of: str = ""
    name: str
    now: str = ""

    @property
    def place(self) -> str:
        """Its name with what it is in: ``clinic.Doctor.room``."""
        parts = (self.context, self.of, self.name) if self.what != "context" else (self.name,)
        return ".".join(filter(None, parts))


class _Named(Protocol):
    """What has a name, and may have had another one."""

    @property
    def name(self) -> str: ...

    @property
    def was(self) -> str: ...


T = TypeVar("T", bound=_Named)


def pairs(old: Sequence[T], new: Sequence[T]) -> list[tuple[T | None, T | None]]:
    """Return what became of each: in the order of the new ones, then what was removed.

    ``was`` is believed where the old model has that name.
    """
    before = {one.name: one for one in old}
    found: list[tuple[T | None, T | None]] = []
    taken: set[str] = set()
    for one in new:
        name = one.name
        if name not in before and one.was in before.keys() - taken:
            name = one.was
        taken.add(name)
        found.append((before.get(name), one))
    return [*found, *((one, None) for one in old if one.name not in taken)]


def changes_between(old: Model, new: Model) -> tuple[Gone, ...]:
    """Return the names that are gone; of what was removed, not also each name within it."""
    return tuple(_of_contexts(old, new))


def perhaps_renamed(old: Model, new: Model) -> tuple[Gone, ...]:
    """Return what is gone where one new thing alone is like it, and no ``was`` says it is that.

    A context is like one of the same entities, an entity like one of the same fields, a field like
    one of the same type.
    """
    return tuple(_alike_in(old, new))


def _alike_in(old: Model, new: Model) -> Iterator[Gone]:
    for before, after in pairs(old.contexts, new.contexts):
        if before is None or after is None:
            continue
        for entity, now in pairs(before.entities, after.entities):
            if entity is not None and now is not None:
                for one, like in _alike(pairs(entity.fields, now.fields), _same_type):
                    yield Gone(
                        what="field", context=before.name, of=entity.name, name=one, now=like
                    )
        for one, like in _alike(pairs(before.entities, after.entities), _same_fields):
            yield Gone(what="entity", context=before.name, name=one, now=like)
    for one, like in _alike(pairs(old.contexts, new.contexts), _same_entities):
        yield Gone(what="context", context=one, name=one, now=like)


def _alike(
    found: Sequence[tuple[T | None, T | None]], same: Callable[[T, T], bool]
) -> list[tuple[str, str]]:
    """Return the names of what is gone and of what is new and like it, each like no other."""
    gone = [before for before, after in found if before is not None and after is None]
    added = [after for before, after in found if before is None and after is not None]
    likes = [(one.name, other.name) for one in gone for other in added if same(one, other)]
    times = Counter(name for like in likes for name in like)
    return [like for like in likes if times[like[0]] == times[like[1]] == 1]


def _same_type(one: Field, other: Field) -> bool:
    return one.type == other.type and one.optional == other.optional


def _same_fields(one: Entity, other: Entity) -> bool:
    return [each.name for each in one.fields] == [each.name for each in other.fields]


def _same_entities(one: DescribedContext, other: DescribedContext) -> bool:
    names = [each.name for each in one.entities]
    return bool(names) and names == [each.name for each in other.entities]


def _of_contexts(old: Model, new: Model) -> Iterator[Gone]:
    for before, after in pairs(old.contexts, new.contexts):
        if before is None:
            continue
        if after is None or before.name != after.name:
            now = after.name if after else ""
            yield Gone(what="context", context=before.name, name=before.name, now=now)
        if after is not None:
            yield from _of_entities(before, after)
            yield from _of_types(before, after)
            kept = {one.name for one in new.events if one.context == after.name}
            gone = [one.name for one in old.events if one.context == before.name]
            for event in dict.fromkeys(one.name for one in gone if one not in kept):
                yield Gone(what="event", context=before.name, name=event)


def _of_entities(old: DescribedContext, new: DescribedContext) -> Iterator[Gone]:
    for before, after in pairs(old.entities, new.entities):
        if before is None:
            continue
        if after is None or before.name != after.name:
            now = after.name if after else ""
            yield Gone(what="entity", context=old.name, name=before.name, now=now)
        if after is not None:
            yield from _within(before, after)


def _within(old: Entity, new: Entity) -> Iterator[Gone]:
    yield from _of_fields("field", old.context, old.name, old.fields, new.fields)
    lists: list[tuple[What, Iterable[str], Iterable[str]]] = [
        ("command", (one.name for one in old.commands), (one.name for one in new.commands)),
        ("state", old.states, new.states),
        ("code", _codes(old), _codes(new)),
    ]
    for what, names, kept in lists:
        left = set(kept)
        for name in dict.fromkeys(names):
            if name not in left:
                yield Gone(what=what, context=old.context, of=old.name, name=name)


def _codes(entity: Entity) -> Iterator[str]:
    yield from (one.code for one in entity.rules)
    yield from (one.code for one in entity.unique)
    yield from (need.code for command in entity.commands for need in command.needs)


def _of_fields(
    what: What, context: str, of: str, old: Sequence[Field], new: Sequence[Field]
) -> Iterator[Gone]:
    for before, after in pairs(old, new):
        if before is not None and (after is None or before.name != after.name):
            now = after.name if after else ""
            yield Gone(what=what, context=context, of=of, name=before.name, now=now)


def _of_types(old: DescribedContext, new: DescribedContext) -> Iterator[Gone]:
    kept = dict(new.types)
    for name, kind in old.types:
        if name in kept:
            yield from _within_type(old.name, name, kind, kept[name])
        else:
            yield Gone(what="type", context=old.name, name=name)


def _within_type(context: str, name: str, old: Type, new: Type) -> Iterator[Gone]:
    for value in old.values:
        if value not in new.values:
            yield Gone(what="value", context=context, of=name, name=value)
    yield from _of_fields("part", context, name, old.fields, new.fields)
