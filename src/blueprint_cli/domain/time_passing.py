"""Whether time alone can break what holds for a row that nobody changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprint_cli.domain.expressions import (
    And,
    Arithmetic,
    Call,
    Compare,
    Constant,
    Expression,
    Negative,
    Not,
    Or,
    children,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.domain.model import Guard, Model


def can_be_broken_by_time(condition: Expression) -> bool:
    """Whether a condition can hold for a row now and not hold for the same row later.

    ``starts_at > now`` can: it is a guard of a command, and no rule. ``measured_at <= now`` cannot:
    time only makes it truer. Where it is not clear from how ``now`` and ``today`` stand in it, it
    can.
    """
    return _falls(condition, holds=True)


def rules_that_time_breaks(model: Model) -> Iterator[tuple[tuple[str, ...], Guard]]:
    """Return the rules of a model that time alone can break, each with its path below contexts."""
    for context in model.contexts:
        for entity in context.entities:
            for rule in entity.rules:
                if rule.holds is not None and can_be_broken_by_time(rule.holds):
                    yield (context.name, "entities", entity.name, "rules", rule.code), rule


def _falls(condition: Expression, *, holds: bool) -> bool:
    """Whether it can cease to be true (or, without ``holds``, to be false) as time passes."""
    match condition:
        case Not(operand=operand):
            return _falls(operand, holds=not holds)
        case And(parts=parts) | Or(parts=parts):
            return any(_falls(one, holds=holds) for one in parts)
        case Compare(sign=sign, left=left, right=right):
            ways = _ways(right) | {-way for way in _ways(left)}
            if not ways:
                return False
            if sign in ("==", "!="):
                return True
            # Later the right side has moved up or down against the left one.
            falls = -1 if sign in ("<", "<=") else 1
            return (falls if holds else -falls) in ways
        case _:
            return bool(_ways(condition))


def _ways(value: Expression) -> set[int]:
    """Return how a value can move as time passes: up, down, both or, where it is empty, neither."""
    match value:
        case Call(function="now" | "today"):
            return {1}
        case Arithmetic(sign="-", left=left, right=right):
            return _ways(left) | {-way for way in _ways(right)}
        case Arithmetic(sign="+", left=left, right=right):
            return _ways(left) | _ways(right)
        case Arithmetic(sign="*", left=left, right=Constant(value=int() as factor)):
            return {way if factor > 0 else -way for way in _ways(left)}
        case Negative(operand=operand):
            return {-way for way in _ways(operand)}
        case _:
            return {1, -1} if any(_ways(one) for one in children(value)) else set()
