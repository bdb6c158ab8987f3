"""The search: breadth first over single changes of values, each towards what is asked for."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.domain.evaluation import Row, Value, evaluate
from blueprint_cli.domain.examples import values as plausible
from blueprint_cli.domain.examples.steps import (
    INVALID,
    OWNER_ID,
    WRONG_STATE,
    Played,
    Refusal,
    Step,
    Values,
    play,
    span_holds,
)
from blueprint_cli.domain.expressions import (
    Among,
    Call,
    Compare,
    Constant,
    IsNone,
    Me,
    Name,
    children,
)
from blueprint_cli.domain.model import Reference
from blueprint_cli.domain.ready_made import USER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from blueprint_cli.domain.expressions import Expression
    from blueprint_cli.domain.model import Entity, Field

MOST_PLAYS: Final = 1_500
"""After how many tries the search gives up."""
# Within which a black-box test is over.
_WHILE: Final = timedelta(hours=1)
_CLOCK: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - to calculate with times of a day


@dataclass(frozen=True, slots=True)
class Broken:
    """What is asked for where a rule or a guard is to be broken: in which step, and which."""

    step: int
    code: str
    holds: Expression


@dataclass(frozen=True)
class Search:
    """Values for steps, the first of which makes the row.

    ``for_a_while``: what is found holds for ``how_long`` from `NOW` on, not only then. ``most``:
    after how many tries it gives up. ``absent`` are optional fields that nothing is given.
    """

    entity: Entity
    steps: tuple[Step, ...]
    for_a_while: bool = False
    number: int = 0
    most: int = MOST_PLAYS
    how_long: timedelta = _WHILE
    absent: frozenset[str] = frozenset()

    @property
    def moments(self) -> tuple[datetime, ...]:
        """When what is found has to hold."""
        return (plausible.NOW, plausible.NOW + self.how_long)[: 1 + self.for_a_while]

    @property
    def known(self) -> frozenset[Any]:
        """The ids that other contexts know."""
        ids = {plausible.plain(one, self.number) for one in self.entity.references}
        actors = {step.actor.id for step in self.steps if step.actor.id is not None}
        return frozenset(ids | actors | {OWNER_ID})

    def begun(self) -> Values | None:
        """Return plausible values of everything that is taken; None where a field has none."""
        places: dict[str, int] = {}
        found: Values = {}
        for one in self.entity.fields:
            place = places.get(one.type.kind, 0)
            places[one.type.kind] = place + 1
            for at, step in enumerate(self.steps):
                if one.name not in step.command.takes:
                    continue
                value = plausible.plain(one, self.number + at, place)
                if one.type.kind == "ref":
                    value = self._id_for(one)
                elif at and one.type.kind in {"date", "datetime", "int", "decimal"}:
                    value = plausible.plain(one, self.number, place)
                if value is None and not one.optional:
                    return None
                found[at, one.name] = None if one.name in self.absent else value
        return found

    def _id_for(self, field: Field) -> UUID | None:
        if field.name == self.entity.owner:
            return OWNER_ID
        itself = Reference(self.entity.context, self.entity.name)
        if field.type.target == itself and field.optional:
            return None
        found: UUID | None = plausible.plain(field, self.number)
        return found

    def passing(
        self, begin: Values | None = None, *, fixed: tuple[int, str] | None = None
    ) -> Values | None:
        """Return values with which no step is refused; None where none are found.

        The value that is ``fixed`` stays as it is.
        """
        return self._found(begin or self.begun(), None, fixed)

    def breaking(self, broken: Broken, begin: Values | None = None) -> Values | None:
        """Return values with which the one thing is broken and nothing before it."""
        return self._found(begin or self.passing(), broken)

    def played(self, values: Values) -> Played:
        """Return what becomes of a row, at `NOW`."""
        return play(self.entity, self.steps, values, plausible.NOW, self.known)

    def is_as_asked(self, values: Values, broken: Broken | None) -> bool:
        """Whether it is so whenever it is asked for."""
        return self._unlike(values, broken) is None

    def _unlike(self, values: Values, broken: Broken | None) -> Refusal | None:
        """Return what is not as asked; None where all is."""
        for now in self.moments:
            try:
                played = play(self.entity, self.steps, values, now, self.known)
            except (OverflowError, ArithmeticError):
                return Refusal(0, INVALID)
            refusal = played.refusal
            if broken is None:
                if refusal is not None:
                    return refusal
            elif refusal is None or (refusal.step, refusal.code) != (broken.step, broken.code):
                if refusal is None or refusal.step > broken.step or _later(self, refusal, broken):
                    row = played.rows[broken.step] if refusal is None else refusal.row
                    return Refusal(broken.step, broken.code, broken.holds, row)
                return refusal
        return None

    def _found(
        self,
        begin: Values | None,
        broken: Broken | None,
        fixed: tuple[int, str] | None = None,
    ) -> Values | None:
        if begin is None:
            return None
        seen = {_key(begin)}
        queue = deque([begin])
        plays = 0
        while queue and plays < self.most:
            values = queue.popleft()
            plays += 1
            unlike = self._unlike(values, broken)
            if unlike is None:
                return values
            for changed in self._changed(values, unlike):
                if fixed is not None and changed[fixed] != values[fixed]:
                    continue
                if (key := _key(changed)) not in seen:
                    seen.add(key)
                    queue.append(changed)
                    # What is as asked is found without looking at all that came before it.
                    plays += 1
                    if self.is_as_asked(changed, broken):
                        return changed
                    if plays >= self.most:
                        break
        return None

    def _changed(self, values: Values, refusal: Refusal) -> Iterator[Values]:
        if refusal.holds is None or refusal.code == WRONG_STATE:
            return
        variables = self.variables(refusal.holds, refusal.step)
        # A command is given a row that there is, rather than one made with what it is given.
        variables.sort(key=lambda one: -one[1] * self._is_reference(one[0]))
        for path, place in variables:
            field = self.entity.by_name[path[0]]
            for value in self._candidates(refusal, field, path):
                if path[0] in self.absent and value is not None:
                    continue
                if plausible.allowed(field, value):
                    yield {**values, (place, path[0]): value}

    def _is_reference(self, path: tuple[str, ...]) -> bool:
        return self.entity.by_name[path[0]].type.kind == "ref"

    def variables(self, holds: Expression, step: int) -> list[tuple[tuple[str, ...], int]]:
        """Return what can be changed of what an expression speaks of: paths, and where taken."""
        found: dict[tuple[tuple[str, ...], int], None] = {}
        for name in names(holds):
            for path, place in self._sources(name.path, step, 0):
                found[path, place] = None
        return list(found)

    def _sources(
        self, path: tuple[str, ...], step: int, depth: int
    ) -> Iterator[tuple[tuple[str, ...], int]]:
        for place in range(step, -1, -1):
            command = self.steps[place].command
            sets = dict(command.sets)
            if path[0] in sets and depth < 3:  # noqa: PLR2004 - chains are short
                for name in names(sets[path[0]]):
                    yield from self._sources(name.path, place, depth + 1)
                itself = path[0] in {name.path[0] for name in names(sets[path[0]])}
                # A guard looks at the row before anything is set.
                if not itself and (place < step or depth):
                    return
            if path[0] in command.takes:
                yield path, place
                return

    def _candidates(self, refusal: Refusal, field: Field, path: tuple[str, ...]) -> Iterator[Any]:
        assert refusal.holds is not None  # noqa: S101 - asked only of those
        at = _at(refusal.row, path) if path[0] in refusal.row else None
        part = _part(field, path)
        row = refusal.row
        found: list[Any] = []
        for one in leaves(refusal.holds):
            found += _solutions(one, row, self, refusal.step, part, path, at)
        if len(path) == 1:
            found += plausible.others(field)
        else:
            found += plausible.others(part)
        if part.type.kind == "ref":
            users = self.steps if part.type.target == USER else ()
            found += [*(step.actor.id for step in users), plausible.UNKNOWN]
        for value in found:
            if value is not None or part.optional:
                if len(path) == 1:
                    yield value
                else:
                    whole = dict(row.get(path[0]) or plausible.plain(field))
                    whole[path[1]] = value
                    yield whole
        if len(path) > 1 and field.optional:
            yield None
        if len(path) > 1:
            yield plausible.plain(field)


def _later(search: Search, refusal: Refusal, broken: Broken) -> bool:
    """Whether a refusal comes after another of the same step: then it is in no one's way."""
    if refusal.step != broken.step:
        return refusal.step > broken.step
    order = [WRONG_STATE]
    order += [guard.code for guard in search.steps[broken.step].command.needs]
    order += [INVALID, *(guard.code for guard in search.entity.rules)]
    if refusal.code not in order or broken.code not in order:
        return False
    return order.index(refusal.code) > order.index(broken.code)


def names(expression: Expression) -> list[Name]:
    """Return the fields that an expression speaks of, each once."""
    found: dict[tuple[str, ...], Name] = {}
    stack = [expression]
    while stack:
        one = stack.pop()
        if isinstance(one, Name):
            found.setdefault(one.path, one)
        stack += children(one)
    return list(found.values())[::-1]


def leaves(expression: Expression) -> Iterator[Expression]:
    """Yield the comparisons and the like that it is made of."""
    if isinstance(expression, Compare | Among | IsNone | Call):
        yield expression
    else:
        for child in children(expression):
            yield from leaves(child)


def _part(field: Field, path: tuple[str, ...]) -> Field:
    for name in path[1:]:
        field = next(one for one in field.type.fields if one.name == name)
    return field


def _at(row: Mapping[str, Any], path: tuple[str, ...]) -> Value:
    found: Value = row
    for name in path:
        if found is None:
            return None
        found = found[name]
    return found


def _with(row: Mapping[str, Any], path: tuple[str, ...], value: Value) -> dict[str, Any]:
    if len(path) == 1:
        return {**row, path[0]: value}
    return {**row, path[0]: _with(row[path[0]], path[1:], value)}


def _solutions(  # noqa: PLR0913, PLR0917 - all that is known of the place
    leaf: Expression,
    row: Mapping[str, Any],
    search: Search,
    step: int,
    part: Field,
    path: tuple[str, ...],
    at: Value,
) -> Iterator[Any]:
    """Yield values with which both sides of a comparison are equal, or just differ."""
    if isinstance(leaf, Among):
        for one in leaf.values:
            yield from _as_of(part, one.value)
        return
    if not isinstance(leaf, Compare):
        return
    for side in (leaf.left, leaf.right):
        if isinstance(side, Constant):
            yield from _as_of(part, side.value)
        of_role = part.type.kind in {"text", "enum"}
        if (
            isinstance(side, Me)
            and (part.type.kind == "ref" or of_role)
            and search.steps[step].actor.me
        ):
            actor = search.steps[step].actor
            yield actor.id if side.part == "id" else actor.role
    if at is None:
        return
    me = search.steps[step].actor.me
    for moment in search.moments:
        yield from _equal_sides(leaf, Row(row, moment, me, search.known), part, path, at)


def _as_of(part: Field, value: Value) -> Iterator[Any]:
    unit = plausible.unit_of(part.type)
    if part.type.kind in {"int", "decimal"} and isinstance(value, int | Decimal):
        number = Decimal(value)
        for one in (number, number - unit, number + unit):
            yield int(one) if part.type.kind == "int" else one.quantize(unit)
    elif (part.type.kind in {"text", "email", "url", "enum"} and isinstance(value, str)) or type(
        value
    ).__name__ in {"datetime", "date", "time", "timedelta"}:
        yield value
    elif part.type.kind == "text" and isinstance(value, int):
        yield from (plausible.sized(part.type, part.name, max(0, value + by)) for by in (0, -1, 1))


def _equal_sides(  # noqa: C901 - one for each type
    leaf: Compare, asked: Row, part: Field, path: tuple[str, ...], at: Value
) -> Iterator[Any]:
    kind = part.type.kind
    try:
        left, right = evaluate(leaf.left, asked), evaluate(leaf.right, asked)
    except (OverflowError, ArithmeticError):
        return
    if kind in {"text", "list"} and isinstance(left, int) and isinstance(right, int):
        for length in _around(len(at), left - right):
            yield plausible.sized(part.type, part.name, length)
        return
    if kind == "time":
        for other in (left, right):
            if isinstance(other, time):
                yield from (_later_in_day(other, minutes) for minutes in (0, 1, -1, 60, -60))
        return
    unit = plausible.unit_of(part.type)
    if unit is None:
        yield from (other for other in (left, right) if type(other) is type(at))
        return
    try:
        moved = Row(_with(asked.values, path, at + unit), asked.now, asked.me, asked.known)
        difference = left - right
        change = (evaluate(leaf.left, moved) - evaluate(leaf.right, moved)) - difference
        if not change:
            return
        steps = round(Decimal(_number(difference)) / Decimal(_number(change)))
        middle = at - steps * unit
        for by in (0, 1, -1):
            yield middle + by * unit
    except (TypeError, OverflowError, ArithmeticError):
        return


def _number(value: Value) -> Value:
    return value // timedelta(microseconds=1) if isinstance(value, timedelta) else value


def _around(length: int, difference: int) -> tuple[int, ...]:
    # The length counts on the left or on the right.
    return tuple(
        max(0, one + by) for one in (length - difference, length + difference) for by in (0, 1, -1)
    )


def _later_in_day(value: time, minutes: int) -> time:
    return (datetime.combine(_CLOCK, value) + timedelta(minutes=minutes)).time()


def _key(values: Values) -> tuple[object, ...]:
    """Return what tells values apart; those of value objects and lists cannot be hashed."""
    return tuple(
        (key, repr(value) if isinstance(value, dict | tuple) else value)
        for key, value in values.items()
    )


def broken_span(entity: Entity, span: tuple[str, str], step: int) -> Broken:
    """Return what to look for where a span is to end before it begins."""
    return Broken(step, INVALID, span_holds(entity, span))
