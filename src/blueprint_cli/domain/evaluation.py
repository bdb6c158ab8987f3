"""What an expression is for one row: the meaning that Python's and PostgreSQL's texts have."""

from __future__ import annotations

import operator
from collections.abc import Mapping  # noqa: TC003 - a dataclass's field
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.domain.expressions import (
    Among,
    And,
    Arithmetic,
    Call,
    Compare,
    Constant,
    Expression,
    IsNone,
    Me,
    Name,
    Negative,
    Not,
    Or,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Value = Any
_COMPARED: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CALCULATED: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


@dataclass(frozen=True, slots=True)
class Row:
    """What an expression is asked of.

    ``values`` by field, those of a value object in a mapping; ``now`` is in UTC. ``me`` is the
    caller's id and role. ``known``: the ids that other contexts know.
    """

    values: Mapping[str, Value]
    now: datetime
    me: tuple[Value, str] | None = None
    known: frozenset[Value] = field(default_factory=frozenset)


def evaluate(expression: Expression, row: Row) -> Value:  # noqa: C901, PLR0911, PLR0912 - one for each kind
    """Return an expression's value; None where it is unknown.

    Raises:
        OverflowError: where a date or a duration would be out of what Python can hold.
    """
    match expression:
        case Name(path=path):
            return _field(path, row)
        case Me(part=part):
            return None if row.me is None else row.me[0 if part == "id" else 1]
        case Constant(value=value):
            return value
        case Call():
            return _call(expression, row)
        case Negative(operand=operand):
            value = evaluate(operand, row)
            return None if value is None else -value
        case Arithmetic(sign=sign, left=left, right=right):
            return _calculated(sign, evaluate(left, row), evaluate(right, row))
        case Compare(sign=sign, left=left, right=right):
            sides = evaluate(left, row), evaluate(right, row)
            about_caller = isinstance(left, Me) or isinstance(right, Me)
            return None if None in sides and not about_caller else _COMPARED[sign](*sides)
        case Among(operand=operand, values=values, negated=negated):
            value = evaluate(operand, row)
            if value is None and not isinstance(operand, Me):
                return None
            return (value in [one.value for one in values]) != negated
        case IsNone(operand=operand, negated=negated):
            return (evaluate(operand, row) is None) != negated
        case Not(operand=operand):
            value = evaluate(operand, row)
            return None if value is None else not value
        case And(parts=parts):
            return _junction([evaluate(one, row) for one in parts], decides=False)
        case Or(parts=parts):
            return _junction([evaluate(one, row) for one in parts], decides=True)


def _junction(values: list[bool | None], *, decides: bool) -> bool | None:
    if decides in values:
        return decides
    return None if None in values else not decides


def _field(path: tuple[str, ...], row: Row) -> Value:
    found: Value = row.values
    for part in path:
        if found is None:
            return None
        found = found[part]
    return found


def _calculated(sign: str, left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    if sign != "/":
        return _CALCULATED[sign](left, right)
    return None if right == 0 else Decimal(left) / right


def _call(call: Call, row: Row) -> Value:  # noqa: PLR0911 - one for each function
    if call.function == "now":
        return row.now
    if call.function == "today":
        return row.now.date()
    value = evaluate(call.arguments[0], row)
    if value is None:
        return None
    match call.function:
        case "len":
            return len(value)
        case "lower":
            return value.lower()
        case "known":
            return value in row.known
        case unit:
            return timedelta(**{unit: value})
