"""Values of the black-box suite's rows as Python: literals, and rows and users that are there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property, partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from blueprint_cli.domain import ready_made
from blueprint_cli.domain.examples import values as plausible
from blueprint_cli.domain.examples.search import Search
from blueprint_cli.domain.examples.steps import OWNER_ID, Actor, Step, actor_of
from blueprint_cli.domain.examples.texts import matching, places
from blueprint_cli.templates.described.known import asked_in
from blueprint_cli.templates.described.literals import json_py, units
from blueprint_cli.templates.described.words import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from blueprint_cli.domain.expressions import Expression
    from blueprint_cli.domain.model import Field, Reference, Type, Unique
    from blueprint_cli.templates.described.black_box import BlackBox

Value = Any
_LETTERS: Final = 12
_NUMBERS: Final = 2_000_000_000
# Where a rule lets no such number pass.
_SMALLER: Final = (1_000_000, 10_000)
_MORE: Final = 1_000
_DAYS: Final = 3_000
# As many rows as a suite may make of one kind.
_ENOUGH: Final = 2_000
# With fewer values, rows would soon have the same.
_FEW: Final = 50
# How far spans are from each other, and how often.
_APART: Final = 7
_SHIFTS: Final = 1_000
_UNITS: Final[dict[str, Value]] = {
    "int": 1,
    "date": timedelta(days=1),
    "datetime": timedelta(days=1),
}
_A_USER: Final = "people[STRANGER].id"
_A_NEWCOMER: Final = "people.newcomer().id"
_NEWCOMER_ID: Final = UUID(int=0x00000000_0000_7000_8000_0000000020FE)
_NO_ROW: Final = "str(uuid4())"
MONDAY: Final = "MONDAY"


@dataclass(frozen=True)
class Drawn:
    """How a value is made that no other row has, samples of it, and how many there are."""

    py: str
    samples: tuple[Value, ...]
    choices: int = _ENOUGH


@dataclass(frozen=True)
class Spelled:
    """Values of an entity's fields."""

    box: BlackBox

    # References

    @cached_property
    def _asked(self) -> frozenset[str]:
        """The references of which others are asked whether they are known."""
        commands = self.box.entity.commands
        return frozenset(name.path[0] for command in commands for name in asked_in(command))

    def made_anew(self, field: Field) -> bool:
        """Whether a reference is to a row of a described context that is made for it."""
        target = field.type.target
        if target is None:
            return False
        if target.context == self.box.entity.context:
            return True
        return field.name in self._asked and target.context not in ready_made.CONTEXTS

    @cached_property
    def _alone(self) -> frozenset[str]:
        """The fields whose values not every row may have."""
        entity = self.box.entity
        several = {name for one in entity.unique for name in one.fields}
        return frozenset(several | {one.name for one in entity.fields if one.unique})

    @cached_property
    def _emailed(self) -> frozenset[str]:
        return frozenset(
            one.to
            for one in self.box.view.context.model.reactions
            if one.is_email and one.publisher == self.box.entity.context
        )

    def _reference(self, field: Field, value: UUID, owner: str) -> str:  # noqa: PLR0911 - one for each kind of row
        target, roles = field.type.target, self.box.roles
        people: dict[UUID | None, str] = {
            actor_of(role, roles).id: f'people["{role}"].id' for role in ("admin", *roles)
        }
        people |= {OWNER_ID: owner, _NEWCOMER_ID: _A_NEWCOMER}
        if value in people:
            return people[value]
        assert target is not None  # noqa: S101 - of a reference
        if twin := self._twin(field.name, value):
            return f'row["{twin}"]'
        if target.context == self.box.entity.context:
            return self.new_row(target)
        asked = field.name in self._asked
        if asked and value != plausible.plain(field):
            return _NO_ROW
        if target == ready_made.USER:
            if field.name not in self._alone:
                return _A_USER
            real = asked or field.name in self._emailed or field.name == self.box.owner
            return _A_NEWCOMER if real else _NO_ROW
        if not asked:
            return _NO_ROW
        product = 'create_product(people["admin"])["id"]'
        if target == ready_made.PRODUCT:
            return product
        if target == ready_made.ORDER:
            return f'place(people[USER], ({product}, 1))["id"]'
        return self.new_row(target)

    def _twin(self, name: str, value: Value) -> str:
        """Return the other reference to the same row; empty where there is none."""
        twins = (
            one.name
            for one in self.box.entity.references
            if one.name != name and one.type.target != ready_made.USER
        )
        fields = self.box.entity.by_name
        return next((one for one in twins if plausible.plain(fields[one]) == value), "")

    def has_twins(self, given: Mapping[str, Any]) -> bool:
        """Whether one of some values is the row, or the user, that another reference is to."""
        return any(
            self._twin(name, value) or self._is_anothers(name, value)
            for name, value in given.items()
        )

    def _is_anothers(self, name: str, value: Value) -> bool:
        """Whether a reference is to the user of another one, where each row has somebody new."""
        fields = self.box.entity.by_name
        if fields[name].type.target != ready_made.USER:
            return False
        others = (one.name for one in self.box.entity.references if one.name != name)
        return any(
            plausible.plain(fields[one]) == value and bool({one, name} & self._alone)
            for one in others
        )

    def is_a_stranger(self, field: Field, value: object) -> bool:
        """Whether a reference is to the user who has nothing to do with a row."""
        if field.type.target != ready_made.USER or not isinstance(value, UUID):
            return False
        return self._reference(field, value, "") == _A_USER

    def with_newcomers(self, given: Mapping[str, Value], *, but: Actor) -> dict[str, Value]:
        """Return values with somebody new for each user but one whom rows may not share."""
        others = self._of_roles - {but.id}
        return {
            name: _NEWCOMER_ID if name in self._alone and value in others else value
            for name, value in given.items()
        }

    def rows_for(self, field: Field) -> tuple[Reference, ...]:
        """Return what has to be there for a field's plain value."""
        if field.type.target is not None:
            return (field.type.target,) if self.made_anew(field) else ()
        mine = self.box.entity.context
        return tuple(one for one in field.type.targets(always=True) if one.context == mine)

    def naming(self, target: Reference, field: Field, value: Value) -> str:
        """Return a field's value, in which what refers to an entity refers to ``request.row``."""

        def row(of: Reference, id_: UUID) -> str | None:
            return 'request.row["id"]' if of == target else self._row_within(of, id_)

        return f'{{"{field.name}": {self._json(field.type, value, row)}}}'

    def _row_within(self, target: Reference, _: UUID) -> str | None:
        return self.new_row(target) if target.context == self.box.entity.context else None

    def new_row(self, target: Reference) -> str:
        """Return the id of a row that is made for a reference."""
        other = self.box.of(target)
        assert other is not None  # noqa: S101 - described ones alone are made
        return f'{other.called_from(self.box.home_module).new}(people)["id"]'

    # What differs from row to row

    def varies(self, name: str) -> bool:
        """Whether no two rows have the same, where nobody says what they have."""
        drawn = name in self.drawn or name in self.shifted or self._varies(name)
        return drawn or (name == self.box.owner and self.owner_anew)

    def _varies(self, name: str) -> bool:
        base, field = self.box.base, self.box.entity.by_name.get(name)
        if base is None or field is None or field.type.kind != "ref":
            return False
        value = base.get((0, name))
        if value is None or name == self.box.owner:
            return False
        return not self._reference(field, value, "").startswith("people[")

    @cached_property
    def drawn(self) -> dict[str, Drawn]:
        """The fields of which each row is given another value."""
        found: dict[str, Drawn] = {}
        entity = self.box.entity
        for one in entity.fields:
            drawn = self._draw(one) if one.unique and not self._varies(one.name) else None
            if drawn is not None and drawn.choices >= _FEW:
                found[one.name] = drawn
        for unique in entity.unique:
            if any(name in found or self._varies(name) for name in unique.fields):
                continue
            draws = {name: self._draw(entity.by_name[name]) for name in unique.fields}
            can = {name: drawn for name, drawn in draws.items() if drawn is not None}
            if math.prod(one.choices for one in can.values()) < _FEW or not can:
                continue
            most = max(can, key=lambda name: min(can[name].choices, _ENOUGH))
            if can[most].choices >= _FEW:
                found[most] = can[most]
            elif not self._moved(unique):
                found |= can
        return found

    @cached_property
    def shifted(self) -> tuple[str, ...]:
        """The ends of spans that no row may share with another, whatever else they have."""
        found: dict[tuple[int, str], Value] = {}
        for unique in self.box.entity.unique:
            if not any(one in self.drawn or self._varies(one) for one in unique.fields):
                found |= self._moved(unique, found)
        return tuple(name for _, name in found)

    def _moved(
        self, unique: Unique, others: Mapping[tuple[int, str], Value] | None = None
    ) -> dict[tuple[int, str], Value]:
        """Return the ends of a span as far away as they get; none where they stay."""
        base, create, owned = self.box.base, self.box.create, self.box.takes_owner
        names = unique.span or ()
        if (
            base is None
            or create is None
            or not names
            or (owned and self.box.owner in unique.fields)
        ):
            return {}
        values = [base.get((0, name)) for name in names]
        unit = _UNITS.get(self.box.entity.by_name[names[0]].type.kind)
        if unit is None or None in values:
            return {}
        moved = {
            (0, name): value + _APART * _SHIFTS * unit
            for name, value in zip(names, values, strict=True)
        }
        fields = self.box.entity.by_name
        search = Search(self.box.entity, (Step(create, self.box.creator),), for_a_while=True)
        allowed = all(plausible.allowed(fields[name], moved[0, name]) for name in names)
        if not allowed or not search.is_as_asked({**base, **(others or {}), **moved}, None):
            return {}
        return moved

    @cached_property
    def is_one_alone(self) -> bool:
        """Whether no second row can be made: it would have what only one may have."""
        base = self.box.base or {}
        moved = {*self.drawn, *self.shifted}
        return any(
            self.box.owner not in fields
            and all(base.get((0, name)) is not None for name in fields)
            and not any(name in moved or self._varies(name) for name in fields)
            for fields in self.of_one_row(lambda _: False)
        )

    def of_one_row(self, holds: Callable[[Expression], bool]) -> list[tuple[str, ...]]:
        """Return the fields in which no two rows may agree: of a span its beginning.

        ``holds``: whether the condition under which they may not does.
        """
        entity = self.box.entity
        single: list[tuple[str, ...]] = [(one.name,) for one in entity.fields if one.unique]
        return single + [
            (*one.fields, *(one.span or ())[:1])
            for one in entity.unique
            if one.where is None or holds(one.where)
        ]

    @cached_property
    def owner_anew(self) -> bool:
        """Whether each row has to belong to another user, and can."""
        return self.box.takes_owner and self.one_for_each_owner

    @cached_property
    def one_for_each_owner(self) -> bool:
        """Whether there can be one row of each user, of those that can be made."""
        name = self.box.owner
        if not name:
            return False
        alone: list[tuple[str, ...]] = [(name,)] if self.box.entity.by_name[name].unique else []
        alone += [one.fields for one in self.box.entity.unique if name in one.fields]
        return any(
            not any(one in self.drawn or self._varies(one) for one in fields) for fields in alone
        )

    @staticmethod
    def is_scarce(field: Field) -> bool:
        """Whether a field that no two rows may share has too few values for them."""
        if not field.unique or field.type.kind == "ref":
            return False
        return all(one.choices < _FEW for one in _drawn(field.type))

    def late(
        self, given: Mapping[str, Value], passes: Callable[[str, Value], bool]
    ) -> dict[str, Drawn]:
        """Return how what a command gives is drawn, where no two rows may share it.

        Of fields that a new row is not given. ``passes``: whether the command takes a value.
        """
        found = {}
        for name, value in given.items():
            field = self.box.entity.by_name[name]
            if value is None or self.varies(name) or not self._is_alone(field):
                continue
            for drawn in _drawn(field.type):
                samples = [one for one in drawn.samples if plausible.allowed(field, one)]
                if len(samples) == len(drawn.samples) and all(passes(name, one) for one in samples):
                    found[name] = drawn
                    break
        return found

    def _is_alone(self, field: Field) -> bool:
        """Whether no two rows may share it, whatever else they have."""
        return field.unique or any(
            field.name in one.fields and not any(map(self.varies, one.fields))
            for one in self.box.entity.unique
        )

    def _draw(self, field: Field) -> Drawn | None:
        base, create = self.box.base, self.box.create
        if base is None or create is None or base.get((0, field.name)) is None:
            return None
        search = Search(self.box.entity, (Step(create, self.box.creator),), for_a_while=True)
        for drawn in _drawn(field.type):
            if all(
                plausible.allowed(field, value)
                and search.is_as_asked({**base, (0, field.name): value}, None)
                for value in drawn.samples
            ):
                return drawn
        return None

    # Values

    def sayable(self, given: Mapping[str, Any]) -> bool:
        """Whether values can be given from outside of the function that makes a row."""
        anew = self.owner_anew and OWNER_ID in given.values()
        # There is one user of each role.
        once = any(
            isinstance(value, UUID) and value in self._of_roles and self._in_one_row(name)
            for name, value in given.items()
        )
        return not (anew or once or self.has_twins(given))

    @cached_property
    def _of_roles(self) -> frozenset[Value]:
        roles = ("admin", *self.box.roles)
        return frozenset(actor_of(role, self.box.roles).id for role in roles)

    def _in_one_row(self, name: str) -> bool:
        """Whether one row alone can name somebody."""
        entity = self.box.entity
        return entity.by_name[name].unique or any(
            not any(self.varies(other) for other in (*one.fields, *(one.span or ())))
            for one in entity.unique
            if name in one.fields and one.where is None
        )

    def mapping(self, given: Mapping[str, Any], *, since: str | None = None) -> str:
        """Return values, as they are, as a dictionary; times since what is said, or as usual."""
        items = [
            f'"{name}": {self.value(name, value, since=since)}' for name, value in given.items()
        ]
        return f"{{{', '.join(items)}}}"

    def items(
        self,
        given: Mapping[str, Any],
        owner: str = "people[USER].id",
        fixed: frozenset[str] = frozenset(),
        late: Mapping[str, Drawn] | None = None,
    ) -> list[str]:
        """Return values as items of a dictionary; of some fields each row has another.

        The values of those that are ``fixed`` stay as they are; ``late`` are fields that a new row
        is not given.
        """
        drawn = {**self.drawn, **(late or {})}
        whole = set(self.shifted) <= given.keys()
        return [
            f'"{name}": {self._shifted(name, value)}'
            if name in self.shifted
            else f'"{name}": {drawn[name].py}'
            if name in drawn and value is not None and name not in fixed
            else f'"{name}": {self.value(name, value, owner)}'
            for name, value in given.items()
            if whole or name not in self.shifted
        ]

    def shifts(self, given: Mapping[str, Any]) -> str:
        """Return the line that says how far a span is moved; empty where none is."""
        if not self.shifted or not set(self.shifted) <= given.keys():
            return ""
        return f"after = {_APART} * drawn_number(1, {_SHIFTS})"

    def _shifted(self, name: str, value: Value) -> str:
        said = self.value(name, value)
        kind = self.box.entity.by_name[name].type.kind
        if kind == "int":
            return f"{said} + after"
        days = (value - plausible.NOW if kind == "datetime" else value - plausible.NOW.date()).days
        since = f"{MONDAY}, " if self.box.since_monday else ""
        if kind == "date":
            return f"day({days} + after{f', {MONDAY}' if since else ''})"
        rest = units(value - plausible.NOW - timedelta(days=days))
        return f"moment({since}days={days} + after{f', {rest}' if rest else ''})"

    def value(
        self, name: str, value: Value, owner: str = "people[USER].id", since: str | None = None
    ) -> str:
        """Return a field's value."""
        field = self.box.entity.by_name[name]
        if value is not None and field.type.kind == "ref":
            return self._reference(field, value, owner)
        return self._json(field.type, value, self._row_within, since)

    def _json(
        self,
        kind: Type,
        value: Value,
        row: Callable[[Reference, UUID], str | None],
        since: str | None = None,
    ) -> str:
        if since is None:
            since = MONDAY if self.box.since_monday else ""
        return json_py(kind, value, partial(_moment, since=since), row)


def _moment(kind: Type, value: Value, since: str) -> str:
    """Return a date, or one with a time, as it is since what is said."""
    if kind.kind == "date":
        days = (value - plausible.NOW.date()).days
        return f"day({', '.join(filter(None, (f'{days}' if days or since else '', since)))})"
    return f"moment({', '.join(filter(None, (since, units(value - plausible.NOW))))})"


def _drawn(kind: Type) -> list[Drawn]:  # noqa: PLR0911 - one for each type
    """Return how values of a type can be drawn, the most ordinary way first."""
    low, high = plausible.bounds(kind)
    match kind.kind:
        case "text" if kind.pattern:
            found = places(kind.pattern, low, _LETTERS * 100 if high is None else high)
            texts = tuple(
                matching(kind.pattern, low, 4000 if high is None else high, number)
                for number in (0, 1)
            )
            choices = math.prod(map(len, found or ()))
            return [Drawn(f"drawn({_places(found)})", texts, choices)] if found else []
        case "text":
            longest = _LETTERS if high is None else min(high, _LETTERS)
            lengths = dict.fromkeys(max(low, min(longest, one)) for one in (longest, 9, 6, 4))
            letters = (one for one in lengths if one)
            return [Drawn(f"letters({one})", ("a" * one,), 26**one) for one in letters]
        case "email":
            return [Drawn('f"{letters(12)}@example.com"', ("someone@example.com",))]
        case "url":
            return [Drawn('f"https://example.com/{letters(12)}"', ("https://example.com/a",))]
        case "uuid":
            return [Drawn(_NO_ROW, ())]
        case "int":
            least = 1 if low <= 1 <= high else low
            ends = dict.fromkeys(min(high, max(least, one)) for one in (_NUMBERS, *_SMALLER))
            spans = [(least, most) for most in ends]
            # Where a rule wants more than another field has.
            spans += [(_MORE, most) for most in ends if most > 2 * _MORE]
            return [
                Drawn(f"drawn_number({first}, {last})", (first, last), last - first + 1)
                for first, last in spans
            ]
        case "decimal":
            least = 1 if low <= 1 <= high else int(low) + 1
            most = min(int(high), _NUMBERS)
            end = f".{'0' * kind.scale}" if kind.scale else ""
            samples = tuple(
                Decimal(one).quantize(Decimal(1).scaleb(-kind.scale)) for one in (least, most)
            )
            return (
                [Drawn(f'f"{{drawn_number({least}, {most})}}{end}"', samples, most - least + 1)]
                if least < most
                else []
            )
        case "date" | "datetime":
            now = plausible.NOW if kind.kind == "datetime" else plausible.NOW.date()
            begin, end = ("moment(days=", ")") if kind.kind == "datetime" else ("day(", ")")
            return [
                Drawn(
                    f"{begin}drawn_number({first}, {last}){end}",
                    (now + timedelta(days=first), now + timedelta(days=last)),
                )
                for first, last in ((1, _DAYS), (-_DAYS, -1))
            ]
        case _:
            return []


def _places(characters: list[str]) -> str:
    found = []
    for one, group in groupby(characters):
        times = len(list(group))
        found.append(quoted(one) if times == 1 else f"*{times} * [{quoted(one)}]")
    return ", ".join(found)
