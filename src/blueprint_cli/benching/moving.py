"""Bodies like those of an entity's examples that no two rows share what is unique in."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.domain.examples.texts import matching

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from blueprint_cli.domain.model import Entity, Field

WEEK: Final = dt.timedelta(days=7)
# Beyond it the calendar of programs ends, in the year 9999.
MOST_WEEKS: Final = 300_000
# And before it MySQL's, in the year 1000.
MOST_WEEKS_EARLIER: Final = 50_000
TIMES: Final = frozenset({"date", "datetime"})
# That a text's number has room for.
MOST_ROWS: Final = 999_999
ENDING: Final = re.compile(r"[0-9]{1,9}$")
NUMBERS: Final = frozenset({"int", "decimal"})


class Moves:
    """How what an example has becomes what no other row has, for one number after the other.

    Times move by whole weeks, so that days of the week and hours stay, and by so many that no
    example comes to where another one was; numbers likewise, a text gets a number of its own, and
    an id another one, where one row alone may have them. ``first`` is what each number counts from.
    With ``earlier`` times move the other way: what a domain wants to have happened already.
    """

    def __init__(self, entity: Entity, bodies: Sequence[Mapping[str, Any]], first: int = 0) -> None:
        self.first = first
        self.earlier = False
        self._entity = entity
        self._examples = len(bodies)
        self._unique = set(_unique(entity))
        times = [
            dt.date.fromisoformat(value[:10])
            for value in _values(entity, bodies, TIMES)
            if isinstance(value, str)
        ]
        self._weeks = 1 + (max(times) - min(times)) // WEEK if times else 1
        self._apart = {
            name: _apart([one[name] for one in bodies if one.get(name) is not None])
            for name in self._unique
            if entity.by_name[name].type.kind in NUMBERS
        }
        self._last = {
            name: max((int(_ending(str(one.get(name)))) for one in bodies), default=0)
            for name in self._unique
        }

    def of(self, name: str, value: Any, number: int) -> Any:  # noqa: ANN401 - JSON is of any type
        """Return what the row of that number has where an example has a value."""
        field = self._entity.by_name.get(name)
        number += self.first
        if field is None or value is None:
            return value
        if field.type.kind in TIMES:
            most = MOST_WEEKS_EARLIER if self.earlier else MOST_WEEKS
            moved = number % max(1, most // self._weeks) * self._weeks * WEEK
            read = dt.date if field.type.kind == "date" else dt.datetime
            return (read.fromisoformat(value) + (-moved if self.earlier else moved)).isoformat()
        return self._of_its_own(field, value, number) if name in self._unique else value

    def _of_its_own(self, field: Field, value: Any, number: int) -> Any:  # noqa: ANN401 - JSON is of any type
        match field.type.kind:
            case "text":
                return self._text(field, value, number)
            case "email":
                return re.sub("@", f".{number}@", value, count=1)
            case "url":
                return f"{value}{'&' if '?' in value else '?'}number={number}"
            case "uuid":
                return str(uuid.uuid5(uuid.UUID(value), str(number)))
            case "int" | "decimal" as kind:
                moved = _within(field, Decimal(value) + number * self._apart[field.name])
                return int(moved) if kind == "int" else str(moved)
            case _:
                return value

    def _text(self, field: Field, value: str, number: int) -> str:
        if _has_room(field, value):
            return _numbered(value, number + self._last[field.name], _most(field))
        low, pattern = int(field.type.low or 0), field.type.pattern
        # Examples are mostly the first texts that a pattern matches.
        return matching(pattern, low, _most(field), self._examples + number) or value


def _unique(entity: Entity) -> Iterable[str]:
    """Yield the fields of which no two rows have the same, by themselves or with others.

    Where times are among those, these differ already, and the others stay as they are.
    """
    yield from (one.name for one in entity.fields if one.unique)
    for one in entity.unique:
        names = [name for name in one.fields if name in entity.by_name]
        if not one.span and not any(entity.by_name[name].type.kind in TIMES for name in names):
            yield from names


def _values(
    entity: Entity, bodies: Iterable[Mapping[str, Any]], kinds: frozenset[str]
) -> Iterable[Any]:
    for body in bodies:
        for name, value in body.items():
            if name in entity.by_name and entity.by_name[name].type.kind in kinds:
                yield value


def _apart(values: Sequence[Any]) -> int:
    """Return one more than lies between the least and the most."""
    numbers = [Decimal(value) for value in values]
    return 1 + int(max(numbers) - min(numbers)) if numbers else 1


def _within(field: Field, value: Decimal) -> Decimal:
    """Begin again at the least where it would be more than the field takes."""
    low, high = field.type.low, field.type.high
    if high is None or value <= high:
        return value
    least = Decimal(low or 0)
    return least + (value - least) % (Decimal(high) - least + 1)


def _most(field: Field) -> int:
    return int(field.type.high or 200)


def _has_room(field: Field, text: str) -> bool:
    """Whether a text's pattern matches it with the number of any row."""
    numbered = _numbered(text, MOST_ROWS, _most(field))
    return not field.type.pattern or re.fullmatch(field.type.pattern, numbered) is not None


def _ending(text: str) -> str:
    ending = ENDING.search(text)
    return ending[0] if ending else "0"


def _numbered(text: str, number: int, most: int) -> str:
    """Put a number in the place of a text's last digits, as long as these were, or letters."""
    digits = str(number)
    if (ending := ENDING.search(text)) is not None:
        digits = digits.zfill(len(ending[0]))
        return text[: ending.start()][: most - len(digits)] + digits
    return f"{text[: most - len(digits) - 1]} {digits}"
