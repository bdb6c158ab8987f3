"""Rows to try a project with: found by the search, in the order in which they can be made."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from blueprint_cli.domain import ready_made
from blueprint_cli.domain.examples import values as plausible
from blueprint_cli.domain.examples.search import Search
from blueprint_cli.domain.examples.steps import OWNER_ID, Actor, Step, Values, who_may
from blueprint_cli.domain.model import Reference
from blueprint_cli.domain.naming import kebab
from blueprint_cli.templates.described.literals import json_py, units
from blueprint_cli.templates.described.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprint_cli.domain.evaluation import Value
    from blueprint_cli.domain.model import Command, Entity, Field, Model, Type

EACH: Final = 3
"""How many rows of an entity."""
# They are made at any time of a week, and what is planned is planned for later ones.
_WEEK: Final = timedelta(days=7)
_IDS: Final = 0x00000000_0000_7000_8000_000000100000


@dataclass(frozen=True, slots=True)
class SeedRow:
    """A row: its name among them, where it is made, by which user, and its body as Python."""

    name: str
    path: str
    by: str
    body: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _SeedSearch(Search):
    """A search that begins where it is told to, and knows all that stands there."""

    begin: Values = field(default_factory=dict)

    @cached_property
    def known(self) -> frozenset[Any]:
        """Every id that it begins with, and whoever makes the row."""
        ids = {one for one in self.begin.values() if isinstance(one, UUID)}
        return frozenset({OWNER_ID, *ids, *(step.actor.id for step in self.steps)})

    def begun(self) -> Values | None:
        """Return what it is told to begin with."""
        return dict(self.begin)


@dataclass
class Seeds:
    """The rows of a model, and the users who make them, by name with their roles."""

    model: Model
    users: dict[str, str] = field(default_factory=dict)
    _ids: dict[UUID, str] = field(default_factory=dict)
    _made: dict[Reference, list[UUID]] = field(default_factory=dict)

    @cached_property
    def rows(self) -> tuple[SeedRow, ...]:
        """Every row, after those that it refers to."""
        return tuple(row for entity in self._in_order() for row in self._rows_of(entity))

    def have(self, call: str) -> bool:
        """Whether a value of them is a call, or one inside of it."""
        called = re.compile(rf"(?:^|[\[ ]){re.escape(call)}")
        return any(called.search(value) for row in self.rows for _, value in row.body)

    def _in_order(self) -> list[Entity]:
        entities = {
            Reference(one.name, entity.name): entity
            for one in self.model.contexts
            for entity in one.entities
        }
        placed: dict[Reference, Entity] = {}
        begun: set[Reference] = set()

        def place(of: Reference) -> None:
            if of in begun or of not in entities:
                return
            begun.add(of)
            for one in entities[of].fields:
                for target in one.type.targets():
                    place(target)
            placed[of] = entities[of]

        for of in entities:
            place(of)
        return list(placed.values())

    def _rows_of(self, entity: Entity) -> Iterator[SeedRow]:
        create = next((one for one in entity.commands if one.name == "create"), None)
        if create is None:
            return
        seen: set[tuple[object, ...]] = set()
        made = self._made.setdefault(Reference(entity.context, entity.name), [])
        for number in range(EACH):
            actor = self._creator(entity, create, number)
            if actor is None:
                return
            fields = [one for one in entity.fields if one.name in create.takes]
            begin = {(0, one.name): self._value(entity, one, number) for one in fields}
            if any(begin[0, one.name] is None and not one.optional for one in fields):
                return
            search = _SeedSearch(
                entity,
                (Step(create, actor),),
                for_a_while=True,
                how_long=_WEEK,
                most=100,
                begin=begin,
            )
            found = search.passing()
            if found is None:
                return
            if any(self._is_missing(entity, one, found[0, one.name]) for one in fields):
                continue
            row = search.played(found).rows[0]
            taken = set(_taken(entity, row))
            if taken & seen:
                continue
            seen |= taken
            self.users.setdefault(actor.name, actor.role)
            id_ = UUID(int=_IDS + len(self._ids))
            name = f"{self._named(entity)} {len(made) + 1}"
            self._ids[id_] = f'Row("{name}")'
            made.append(id_)
            yield SeedRow(
                name,
                f"/v1/{kebab(entity.context)}/{entity.plural}",
                actor.name,
                tuple(
                    (one.name, self._literal(one, found[0, one.name]))
                    for one in fields
                    if found[0, one.name] is not None
                ),
            )

    def _creator(self, entity: Entity, create: Command, number: int) -> Actor | None:
        """Return who makes a row: somebody else each time where nobody may have two."""
        actor = who_may(create.by, self.model.roles)
        if actor is None or number == 0 or entity.owner in create.takes or not _is_own(entity):
            return actor
        name = f"{actor.name}-{number + 1}"
        return Actor(name, actor.role, self._user(name, actor.role))

    def _is_missing(self, entity: Entity, one: Field, value: Value) -> bool:
        """Whether a value is to refer to a row of the context, and to none that is made."""
        target = one.type.target
        inside = target is not None and target.context == entity.context
        return inside and value is not None and value not in self._ids

    def _user(self, name: str, role: str = "user") -> UUID:
        """Return the id that stands for a user."""
        if name not in self.users:
            self.users[name] = role
            self._ids[UUID(int=_IDS + len(self._ids))] = f'User("{name}")'
        return next(id_ for id_, said in self._ids.items() if said == f'User("{name}")')

    @cached_property
    def _names(self) -> Counter[str]:
        return Counter(
            words(one.name) for context in self.model.contexts for one in context.entities
        )

    def _named(self, entity: Entity) -> str:
        name = words(entity.name)
        return name if self._names[name] == 1 else f"{words(entity.context)} {name}"

    def _value(self, entity: Entity, one: Field, number: int) -> Value:
        kind = one.type
        match kind.kind:
            case "ref":
                return self._id(entity, one, number)
            case "enum":
                return kind.values[number % len(kind.values)]
            case "date" | "datetime":
                same = [other for other in entity.fields if other.type.kind == kind.kind]
                return plausible.plain(one, 0, same.index(one)) + _WEEK * (2 + number)
            case "list" | "value" if any(kind.targets()):
                return plausible.referring(kind, one.name, number, self._row_of)
            case _:
                return plausible.plain(one, number)

    def _row_of(self, target: Reference, name: str, number: int) -> UUID | None:
        """Return the id of one of the rows that are made, or of a user; None where none is."""
        if target == ready_made.USER:
            return self._user(f"{name.replace('_', '-')}-{number + 1}")
        made = self._made.get(target, [])
        return made[number % len(made)] if made else None

    def _id(self, entity: Entity, one: Field, number: int) -> UUID | None:
        target = one.type.target
        if one.name == entity.owner and (number == 0 or not _is_own(entity)):
            self.users.setdefault("owner", "user")
            self._ids[OWNER_ID] = 'User("owner")'
            return OWNER_ID
        if target is None or target == Reference(entity.context, entity.name):
            return None
        # Where two references are to rows of one kind, those are two rows; users have other names.
        alike = [other.name for other in entity.references if other.type.target == target]
        place = 0 if target == ready_made.USER else alike.index(one.name)
        return self._row_of(target, one.name, number + place)

    def _literal(self, one: Field, value: Value) -> str:
        if isinstance(value, UUID) and value in self._ids:
            return self._ids[value]
        return json_py(one.type, value, _moment, lambda _, id_: self._ids.get(id_))


def _moment(kind: Type, value: Value) -> str:
    """Return a date, or one with a time, as it is from noon on."""
    if kind.kind == "date":
        return f"day({(value - plausible.NOW.date()).days})"
    return f"at({units(value - plausible.NOW)})"


def _is_own(entity: Entity) -> bool:
    """Whether each row has to belong to another user."""
    owner = entity.owner
    alone = [one.fields for one in entity.unique if one.span is None]
    return bool(owner) and (entity.by_name[owner].unique or (owner,) in alone)


def _taken(entity: Entity, row: Mapping[str, Value]) -> Iterator[tuple[object, ...]]:
    """Yield what no other row may have: of a span its beginning, as rows are weeks apart."""
    for one in entity.fields:
        if one.unique and row[one.name] is not None:
            yield one.name, repr(row[one.name])
    for unique in entity.unique:
        names = (*unique.fields, *(unique.span or ())[:1])
        yield unique.code, *(repr(row[name]) for name in names)
