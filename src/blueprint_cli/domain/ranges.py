"""Between which bounds the numbers of an expression lie, and with how many digits."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from blueprint_cli.domain import limits
from blueprint_cli.domain.expressions import (
    Arithmetic,
    Call,
    Constant,
    Expression,
    Name,
    Negative,
    type_of,
)

INT: Final = (limits.INT_LOW, limits.INT_HIGH)


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the greatest value, and the digits after the point."""

    low: Decimal
    high: Decimal
    scale: int = 0

    @property
    def digits(self) -> int:
        """Digits in all that a value of it can have."""
        most = max(abs(self.low), abs(self.high))
        return max(most.adjusted() + 1, 0) + self.scale

    def within(self, low: int, high: int) -> bool:
        """Whether all of its values are within bounds."""
        return low <= self.low and self.high <= high


def range_of(expression: Expression) -> Range | None:
    """Return an expression's range; None where it is no number, or divides."""
    match expression:
        case Constant(value=int() | Decimal() as value) if not isinstance(value, bool):
            exponent = Decimal(value).as_tuple().exponent
            return Range(
                Decimal(value),
                Decimal(value),
                max(-exponent, 0) if isinstance(exponent, int) else 0,
            )
        case Name():
            return _of_name(expression)
        case Call(function="len", arguments=(argument,)):
            kind = type_of(argument)
            high = kind.high if kind and kind.high is not None else limits.TEXT
            return Range(Decimal(0), Decimal(high))
        case Negative(operand=operand):
            found = range_of(operand)
            return found and Range(-found.high, -found.low, found.scale)
        case Arithmetic(left=left, right=right):
            return _of_both(expression.sign, range_of(left), range_of(right))
        case _:
            return None


def _of_name(name: Name) -> Range | None:
    kind = name.type
    if kind.kind == "int":
        low = INT[0] if kind.low is None else kind.low
        high = INT[1] if kind.high is None else kind.high
        return Range(Decimal(low), Decimal(high))
    if kind.kind == "decimal" and kind.digits:
        most = (Decimal(10) ** kind.digits - 1).scaleb(-kind.scale)
        low = -most if kind.low is None else kind.low
        high = most if kind.high is None else kind.high
        return Range(Decimal(low), Decimal(high), kind.scale)
    return None


def _of_both(sign: str, left: Range | None, right: Range | None) -> Range | None:
    if left is None or right is None:
        return None
    match sign:
        case "+":
            ends = [left.low + right.low, left.high + right.high]
            return Range(ends[0], ends[1], max(left.scale, right.scale))
        case "-":
            ends = [left.low - right.high, left.high - right.low]
            return Range(ends[0], ends[1], max(left.scale, right.scale))
        case "*":
            ends = [
                one * other for one in (left.low, left.high) for other in (right.low, right.high)
            ]
            return Range(min(ends), max(ends), left.scale + right.scale)
        case _:
            return None
