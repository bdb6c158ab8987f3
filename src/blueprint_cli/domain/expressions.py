"""Expressions over a row: a total subset of Python, as a tree whose every node has its type."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from blueprint_cli.domain.model import Type

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

Sign = Literal["==", "!=", "<", "<=", ">", ">="]
Function = Literal["now", "today", "minutes", "hours", "days", "len", "lower", "known"]


@dataclass(frozen=True, slots=True)
class Name:
    """A field, or a part of a value object: ``("position", "lat")``.

    ``status``, ``id``, ``version``, ``created_at`` and ``updated_at`` are names, too.
    ``may_be_none`` are the paths that may be None, the outer one first: of a mandatory part of an
    optional value object it is ``(("position",),)``.
    """

    path: tuple[str, ...]
    type: Type
    may_be_none: tuple[tuple[str, ...], ...] = ()

    @property
    def nullable(self) -> bool:
        """Whether it, or the value object that it is in, may be None."""
        return bool(self.may_be_none)


@dataclass(frozen=True, slots=True)
class Me:
    """``me``, the caller's id, or ``me.role``; None without a login and in a reaction."""

    part: Literal["id", "role"]
    type: Type


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant."""

    value: str | int | Decimal | bool | None
    type: Type | None


@dataclass(frozen=True, slots=True)
class Call:
    """One of the functions."""

    function: Function
    arguments: tuple[Expression, ...]
    type: Type


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``left + right`` and its like."""

    sign: Literal["+", "-", "*", "/"]
    left: Expression
    right: Expression
    type: Type


@dataclass(frozen=True, slots=True)
class Negative:
    """``-operand``."""

    operand: Expression
    type: Type


@dataclass(frozen=True, slots=True)
class Compare:
    """One comparison; a chain of them is an `And`."""

    sign: Sign
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Among:
    """``operand in (…)`` or ``not in``, a tuple of constants."""

    operand: Expression
    values: tuple[Constant, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class IsNone:
    """``operand is None`` or ``is not None``; never unknown."""

    operand: Expression
    negated: bool


@dataclass(frozen=True, slots=True)
class And:
    """``and``."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """``or``."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``not operand``."""

    operand: Expression


Expression = (
    Name | Me | Constant | Call | Arithmetic | Negative | Compare | Among | IsNone | And | Or | Not
)

_BOOL: Final = Type(kind="bool")


def type_of(expression: Expression) -> Type | None:
    """Return an expression's type; None for None."""
    if isinstance(expression, Name | Me | Constant | Call | Arithmetic | Negative):
        return expression.type
    return _BOOL


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return what an expression is made of."""
    match expression:
        case Call(arguments=parts) | And(parts=parts) | Or(parts=parts):
            return parts
        case Arithmetic(left=left, right=right) | Compare(left=left, right=right):
            return (left, right)
        case Negative(operand=operand) | Not(operand=operand) | IsNone(operand=operand):
            return (operand,)
        case Among(operand=operand, values=values):
            return (operand, *values)
        case _:
            return ()


def given_where(expression: Expression, *, unknown: bool) -> frozenset[tuple[str, ...]]:
    """Return the paths that are not None where a condition is true, or unknown if that counts."""
    match expression:
        case And(parts=parts):
            found = (given_where(one, unknown=unknown) for one in parts)
            return frozenset.union(*found)
        case Or(parts=parts):
            return frozenset.intersection(*(given_where(one, unknown=unknown) for one in parts))
        case IsNone(operand=Name(path=path), negated=True):
            return frozenset({path})
        case Compare() | Among() if not unknown:
            sides = children(expression)
            if any(isinstance(one, Me) for one in sides):
                return frozenset()
            return frozenset(path for name in names_in(expression) for path in name.may_be_none)
        case _:
            return frozenset()


def names_in(expression: Expression) -> Iterator[Name]:
    """Yield the names that an expression reads, with repetitions."""
    if isinstance(expression, Name):
        yield expression
    for one in children(expression):
        yield from names_in(one)


def with_names(expression: Expression, names: Mapping[str, str]) -> Expression:
    """Return an expression that reads the same of something whose keys are called otherwise."""

    def path(one: tuple[str, ...]) -> tuple[str, ...]:
        return (names.get(one[0], one[0]), *one[1:])

    match expression:
        case Name():
            nothing = tuple(path(one) for one in expression.may_be_none)
            return replace(expression, path=path(expression.path), may_be_none=nothing)
        case Call():
            given = tuple(with_names(one, names) for one in expression.arguments)
            return replace(expression, arguments=given)
        case And() | Or():
            parts = tuple(with_names(one, names) for one in expression.parts)
            return replace(expression, parts=parts)
        case Arithmetic() | Compare():
            left, right = (with_names(one, names) for one in (expression.left, expression.right))
            return replace(expression, left=left, right=right)
        case Negative() | Not() | IsNone() | Among():
            return replace(expression, operand=with_names(expression.operand, names))
        case _:
            return expression


def calls(expression: Expression, *functions: str) -> bool:
    """Whether an expression calls one of some functions."""
    if isinstance(expression, Call) and expression.function in functions:
        return True
    return any(calls(one, *functions) for one in children(expression))


def asked_for(*expressions: Expression) -> Iterator[Name]:
    """Yield the references whose rows expressions ask another context for, with repetitions."""
    waiting = list(expressions)
    for one in waiting:
        if isinstance(one, Call) and one.function == "known" and isinstance(one.arguments[0], Name):
            yield one.arguments[0]
        waiting += children(one)


def may_be_zero(divisor: Expression) -> bool:
    """Whether a divisor's type allows that it is 0."""
    if isinstance(divisor, Constant):
        return divisor.value == 0
    if isinstance(divisor, Name):
        low, high = divisor.type.low, divisor.type.high
        return (low is None or low <= 0) and (high is None or high >= 0)
    return True
