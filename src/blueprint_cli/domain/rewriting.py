"""The same expression in fewer words: what both texts, Python's and PostgreSQL's, begin with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from blueprint_cli.domain.evaluation import Row, evaluate
from blueprint_cli.domain.expressions import (
    Among,
    Call,
    Compare,
    Constant,
    Expression,
    Me,
    Name,
    Sign,
    children,
)

if TYPE_CHECKING:
    from decimal import Decimal

OPPOSITE: Final[dict[Sign, Sign]] = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
}
_MIRRORED: Final[dict[Sign, Sign]] = {
    "==": "==",
    "!=": "!=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}
_NOTHING: Final = Row({}, datetime.min.replace(tzinfo=UTC))


def turned(part: Expression) -> Expression:
    """Put a constant to the right of what it is compared with."""
    if isinstance(part, Compare) and isinstance(part.left, Constant):
        return Compare(_MIRRORED[part.sign], part.right, part.left)
    return part


def gathered(parts: tuple[Expression, ...], sign: Sign) -> list[Expression]:
    """Make one of comparisons of the same thing with several constants: ``in`` or ``not in``.

    Args:
        parts: what stands between ``or``, or between ``and``.
        sign: ``==`` for the former, ``!=`` for the latter.
    """
    found: list[Expression] = []
    places: dict[Expression, int] = {}
    for each in parts:
        constant = _compared_with(each, sign)
        if constant is None:
            found.append(each)
            continue
        left, value = constant
        place = places.setdefault(left, len(found))
        if place == len(found):
            found.append(Compare(sign, left, value))
            continue
        there = found[place]
        values = there.values if isinstance(there, Among) else _right(there)
        found[place] = Among(left, (*values, value), sign == "!=")
    return found


def _compared_with(part: Expression, sign: Sign) -> tuple[Expression, Constant] | None:
    found = turned(part)
    if not isinstance(found, Compare) or found.sign != sign:
        return None
    right = found.right
    if not isinstance(right, Constant) or isinstance(right.value, bool):
        return None
    return found.left, right


def _right(part: Expression) -> tuple[Constant, ...]:
    found = part.right if isinstance(part, Compare) else None
    return (found,) if isinstance(found, Constant) else ()


def speaks(expression: Expression) -> bool:
    """Whether it speaks of a row, of the caller or of the time, and is not always the same."""
    if isinstance(expression, Name | Me) or (
        isinstance(expression, Call) and not expression.arguments
    ):
        return True
    return any(speaks(one) for one in children(expression))


def calculated(expression: Expression) -> str | int | Decimal | bool | timedelta | None:
    """Return the value of an expression that speaks of nothing."""
    found: str | int | Decimal | bool | timedelta | None = evaluate(expression, _NOTHING)
    return found
