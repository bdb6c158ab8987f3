"""An expression as PostgreSQL, for a CHECK or a partial index.

SQL's logic has the same three values, so that one text serves both: a CHECK takes unknown for
fulfilled, a WHERE for not fulfilled. Where PostgreSQL would mean another thing than Python, or fail
where Python does not, there is no text: division (Python's decimals have 28 digits), ``lower``
(beyond ASCII it depends on the database's locale), numbers that do not fit, and parts of a value
object, which is one column.
"""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - a dataclass's field
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from blueprint_cli.domain import limits
from blueprint_cli.domain.expressions import (
    Among,
    And,
    Arithmetic,
    Call,
    Compare,
    Constant,
    Expression,
    IsNone,
    Name,
    Negative,
    Not,
    Or,
    type_of,
)
from blueprint_cli.domain.fields import TEXTS
from blueprint_cli.domain.ranges import INT, range_of
from blueprint_cli.domain.rewriting import OPPOSITE, calculated, gathered, speaks, turned

# Words that PostgreSQL does not take for a column's name, or not everywhere, without quotes.
KEYWORDS: Final = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit
    boolean both case cast char character check coalesce collate collation column concurrently
    constraint create cross current_catalog current_date current_role current_schema current_time
    current_timestamp current_user dec decimal default deferrable desc distinct do else end except
    exists extract false fetch float for foreign freeze from full grant greatest group grouping
    having ilike in initially inner inout int integer intersect interval into is isnull join json
    json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar
    json_serialize json_table json_value lateral leading least left like limit localtime
    localtimestamp merge_action national natural nchar none normalize not notnull null nullif
    numeric offset on only or order out outer overlaps overlay placing position precision primary
    real references returning right row select session_user setof similar smallint some substring
    symmetric system_user table tablesample then time timestamp to trailing treat trim true union
    unique user using values varchar variadic verbose when where window with xmlattributes
    xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize
    xmltable
    """.split()  # noqa: SIM905 - as a list it takes a hundred lines
)
# Up to here PostgreSQL multiplies an interval exactly, which it does in double precision.
_EXACT: Final = 2**53
# Days that can be added to any date without leaving what PostgreSQL can hold.
_DAYS: Final = 3_000_000
_UNITS: Final = {"minutes": ("1 minute", 60), "hours": ("1 hour", 3600), "days": ("1 day", 86400)}
_SIGNS: Final = {"==": "=", "!=": "<>"}
_OR, _AND, _NOT, _COMPARED, _SUM, _PRODUCT, _ZONE, _SIGN, _ATOM = range(1, 10)


def identifier(name: str) -> str:
    """Return a column's name as PostgreSQL takes it: in quotes where it is a word of SQL."""
    return f'"{name}"' if name in KEYWORDS else name


@dataclass(frozen=True, slots=True)
class Columns:
    """How columns are spelled.

    ``column`` gives the name of a field's, in quotes where it needs them. ``length`` is the
    function that counts a list's items, empty where there is none.
    """

    column: Callable[[str], str] = identifier
    length: str = ""


PLAIN: Final = Columns()


class _NoText(Exception):  # noqa: N818 - it ends the rendering, and is no error
    """PostgreSQL cannot say it, or means another thing by it."""


def sql_text(expression: Expression, columns: Columns = PLAIN) -> str | None:
    """Return a condition as PostgreSQL; None where it speaks of more than columns, or has no text.

    An int's column is a bigint, a decimal's numeric, a duration's interval, a reference's and a
    uuid's uuid, an enumeration's text; a datetime's is timestamptz. All of it is immutable.
    """
    try:
        return _Writer(columns).condition(expression, 0, holds=True)
    except _NoText:
        return None


@dataclass(frozen=True, slots=True)
class _Writer:
    columns: Columns

    def condition(  # noqa: PLR0911 - one for each kind
        self, found: Expression, strength: int, *, holds: bool
    ) -> str:
        """Return when a condition is true, or when it is false."""
        match found:
            case Not(operand=operand):
                return self.condition(operand, strength, holds=not holds)
            case And(parts=parts) | Or(parts=parts):
                conjunction = isinstance(found, And)
                word, own = (" AND ", _AND) if conjunction == holds else (" OR ", _OR)
                several = gathered(parts, "!=" if conjunction else "==")
                texts = [self.condition(one, own + 1, holds=holds) for one in several]
                text = word.join(texts)
                return f"({text})" if strength and len(texts) > 1 else text
            case Compare() if _is_bool(found):
                return self._truth(found, holds=holds)
            case Compare():
                return self._compare(found, holds=holds)
            case Among(operand=operand, values=values, negated=negated):
                return self._among(operand, values, within=negated != holds)
            case IsNone(operand=operand, negated=negated):
                word = "IS NOT NULL" if negated == holds else "IS NULL"
                return f"{self._nullable(operand)} {word}"
            case _ if not speaks(found):
                return str(calculated(found) is holds).upper()
            case _:
                text = self.term(found, _NOT)
                return text if holds else f"NOT {text}"

    def _truth(self, found: Compare, *, holds: bool) -> str:
        """Return a comparison of two fields that are true or false, or of one with a constant."""
        one = turned(found)
        assert isinstance(one, Compare)  # noqa: S101 - it was one
        equal = (one.sign == "==") == holds
        if isinstance(one.right, Constant):
            return self.condition(one.left, _NOT, holds=equal == one.right.value)
        sign = "=" if equal else "<>"
        return f"{self.term(one.left, _COMPARED)} {sign} {self.term(one.right, _COMPARED)}"

    def _compare(self, found: Compare, *, holds: bool) -> str:
        one = turned(found)
        assert isinstance(one, Compare)  # noqa: S101 - it was one
        sign = one.sign if holds else OPPOSITE[one.sign]
        shown = _SIGNS.get(sign, sign)
        left, right = self._sides(one)
        kind = type_of(one.left)
        if kind and kind.kind in TEXTS and sign not in _SIGNS:
            left = f'{left} COLLATE "C"'
        return f"{left} {shown} {right}"

    def _sides(self, found: Compare) -> tuple[str, str]:
        left, right = found.left, found.right
        if _is_days(left) and not speaks(right):
            whole, rest = divmod(_duration(right), timedelta(days=1))
            if not rest:
                return self._days_between(left), str(whole)
        if any(isinstance(one, Arithmetic) and _kind(one) == "datetime" for one in (left, right)):
            return self._in_utc(left, _COMPARED + 1), self._in_utc(right, _COMPARED + 1)
        return self.term(left, _COMPARED + 1), self.term(right, _COMPARED + 1)

    def _among(self, operand: Expression, values: tuple[Constant, ...], *, within: bool) -> str:
        texts = list(dict.fromkeys(_constant(one.value) for one in values))
        text = self.term(operand, _COMPARED + 1)
        if len(texts) == 1:
            return f"{text} {'=' if within else '<>'} {texts[0]}"
        return f"{text} {'IN' if within else 'NOT IN'} ({', '.join(texts)})"

    def _nullable(self, operand: Expression) -> str:
        if isinstance(operand, Name):
            return self._column(operand)
        return self.term(operand, _ATOM)

    def _column(self, name: Name) -> str:
        if len(name.path) > 1:
            raise _NoText
        return self.columns.column(name.path[0])

    def term(self, found: Expression, strength: int) -> str:
        """Return a value, in parentheses where what is around it binds more than it does."""
        if not speaks(found):
            text = _constant(calculated(found))
            return f"({text})" if text.startswith("-") and strength > _SUM else text
        match found:
            case Name(type=kind) if kind.kind not in ("value", "list", "json"):
                return self._column(found)
            case Call(function="len", arguments=(argument,)):
                return self._length(argument)
            case Call(function="minutes" | "hours" | "days"):
                return _in(self._unit(found), _PRODUCT, strength)
            case Negative(operand=operand):
                self._look_at(found)
                return _in(f"-{self.term(operand, _SIGN + 1)}", _SIGN, strength)
            case Arithmetic():
                return self._calculated(found, strength)
            case _:
                raise _NoText

    def _length(self, argument: Expression) -> str:
        kind = type_of(argument)
        if isinstance(argument, Name) and kind and kind.kind == "list":
            if not self.columns.length:
                raise _NoText
            return f"{self.columns.length}({self._column(argument)})"
        return f"char_length({self.term(argument, 0)})"

    def _unit(self, call: Call) -> str:
        """Return so many minutes, hours or days."""
        (number,) = call.arguments
        text, seconds = _UNITS[call.function]
        found = range_of(number)
        most = _EXACT // (seconds * 1_000_000)
        if found is None or not found.within(-most, most):
            raise _NoText
        return f"{self.term(number, _PRODUCT)} * interval '{text}'"

    def _calculated(self, found: Arithmetic, strength: int) -> str:
        kind = _kind(found)
        if kind in ("int", "decimal"):
            self._look_at(found)
            own = _PRODUCT if found.sign == "*" else _SUM
            left = self.term(found.left, own)
            if kind == "int" and not _fits(found):
                left = f"{self.term(found.left, _ATOM)}::numeric"
            return _in(f"{left} {found.sign} {self.term(found.right, own + 1)}", own, strength)
        if kind == "datetime":
            return _in(f"{self._in_utc(found, _ZONE + 1)} AT TIME ZONE 'UTC'", _ZONE, strength)
        if kind == "date":
            return _in(self._date(found), _SUM, strength)
        if _is_days(found):
            text = f"({self._days_between(found)}) * interval '1 day'"
            return _in(text, _PRODUCT, strength)
        if found.sign == "*":
            raise _NoText
        sides = self.term(found.left, _SUM), self.term(found.right, _SUM + 1)
        return _in(f"{sides[0]} {found.sign} {sides[1]}", _SUM, strength)

    def _look_at(self, found: Arithmetic | Negative) -> None:
        """Refuse numbers of more digits than Python's decimals calculate with."""
        if _kind(found) == "duration":
            return
        known = range_of(found)
        if known is None:
            raise _NoText
        if _kind(found) == "decimal" and known.digits > limits.DIGITS:
            raise _NoText
        if isinstance(found, Negative) and _kind(found) == "int" and not known.within(*INT):
            raise _NoText

    def _in_utc(self, found: Expression, strength: int) -> str:
        """Return a datetime as a timestamp in UTC: so days have 24 hours in every time zone."""
        if not isinstance(found, Arithmetic):
            return _in(f"{self.term(found, _ZONE + 1)} AT TIME ZONE 'UTC'", _ZONE, strength)
        sides = [
            self._in_utc(one, _SUM + place)
            if _kind(one) == "datetime"
            else self.term(one, _SUM + place)
            for place, one in enumerate((found.left, found.right))
        ]
        return _in(f"{sides[0]} {found.sign} {sides[1]}", _SUM, strength)

    def _date(self, found: Arithmetic) -> str:
        date, days = found.left, found.right
        if _kind(date) != "date":
            date, days = days, date
        return f"{self.term(date, _SUM)} {found.sign} {self._whole_days(days, _SUM + 1)}"

    def _whole_days(self, found: Expression, strength: int) -> str:
        if not speaks(found):
            text = str(_duration(found).days)
            return f"({text})" if text.startswith("-") else text
        match found:
            case Call(function="days", arguments=(number,)):
                known = range_of(number)
                if known is None or not known.within(-_DAYS, _DAYS):
                    raise _NoText
                return f"{self.term(number, _ATOM)}::integer"
            case Negative(operand=operand):
                return _in(f"-{self._whole_days(operand, _SIGN + 1)}", _SIGN, strength)
            case Arithmetic(sign=sign, left=left, right=right):
                sides = self._whole_days(left, _SUM), self._whole_days(right, _SUM + 1)
                return _in(f"{sides[0]} {sign} {sides[1]}", _SUM, strength)
            case _:
                raise _NoText

    def _days_between(self, found: Expression) -> str:
        assert isinstance(found, Arithmetic)  # noqa: S101 - it is the difference of two dates
        return f"{self.term(found.left, _SUM)} - {self.term(found.right, _SUM + 1)}"


def _in(text: str, own: int, strength: int) -> str:
    return f"({text})" if strength > own else text


def _kind(found: Expression) -> str:
    kind = type_of(found)
    return kind.kind if kind else ""


def _is_bool(found: Compare) -> bool:
    return "bool" in (_kind(found.left), _kind(found.right))


def _is_days(found: Expression) -> bool:
    return (
        isinstance(found, Arithmetic)
        and found.sign == "-"
        and _kind(found.left) == _kind(found.right) == "date"
    )


def _fits(found: Expression) -> bool:
    known = range_of(found)
    return known is not None and known.within(*INT)


def _duration(found: Expression) -> timedelta:
    value = calculated(found)
    if not isinstance(value, timedelta):
        raise _NoText
    return value


def _constant(value: object) -> str:
    match value:
        case bool():
            return str(value).upper()
        case str():
            doubled = value.replace("'", "''")
            return f"'{doubled}'"
        case Decimal():
            return format(value, "f")
        case int():
            return str(value)
        case timedelta():
            return f"interval '{_interval(value)}'"
        case _:
            raise _NoText


def _interval(value: timedelta) -> str:
    """Return the greatest unit of which there are whole ones: ``90 minutes``."""
    seconds = value // timedelta(seconds=1)
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds % size == 0:
            number = seconds // size
            return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
    return f"{seconds} seconds"
