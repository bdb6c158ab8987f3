"""Expressions over a row: a total subset of Python, as a tree whose every node has its type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from decimal import Decimal

    from blueprint_cli.domain.model import Type

Sign = Literal["==", "!=", "<", "<=", ">", ">="]
Function = Literal["now", "today", "minutes", "hours", "days", "len", "lower", "known"]


@dataclass(frozen=True, slots=True)
class Name:
    """A field, or a part of a value object: ``("position", "lat")``.

    ``status``, ``id``, ``version``, ``created_at`` and ``updated_at`` are names, too. ``nullable``:
    it, or the value object that it is in, may be None.
    """

    path: tuple[str, ...]
    type: Type
    nullable: bool


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
