"""An expression as Python: a condition in either of its two readings, or a value.

What is calculated with nothing is unknown. `not_broken` is true where a condition is true or
unknown, which is how rules and a command's needs are read; `is_true` only where it is true. Both
follow Kleene's logic, in which a conjunction is false if one of its parts is, whatever the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping  # noqa: TC003 - a dataclass's fields
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, Literal

from blueprint_cli.domain.evaluation import Row, evaluate
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
    Sign,
    children,
    may_be_zero,
    type_of,
)
from blueprint_cli.domain.rewriting import OPPOSITE, gathered, turned

_NO_TIME: Final = datetime.min.replace(tzinfo=UTC)
_RISING: Final = ("<", "<=")
_FALLING: Final = (">", ">=")


def _known(path: tuple[str, ...]) -> str:
    return f"{'_'.join(path)}_is_known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """How the words of an expression are spelled where its text stands.

    ``row`` is what has the fields, empty where they are variables. ``me`` is the caller, ``me_id``
    and ``me_role`` what is asked of one; with ``caller`` there always is one. ``known`` gives the
    answer to ``known(x)`` a name. ``facts`` are conditions that hold where the text stands, and
    ``values`` what fields have there, for certain.
    """

    row: str = "self"
    now: str = "now"
    today: str = "today"
    me: str = "me"
    me_id: str = "me.id"
    me_role: str = "me.role"
    caller: bool = False
    known: Callable[[tuple[str, ...]], str] = _known
    facts: frozenset[str] = frozenset()
    values: Mapping[str, Any] = field(default_factory=dict)

    def spelled(self, path: tuple[str, ...]) -> str:
        """Spell a field, or a part of a value object."""
        return ".".join((self.row, *path) if self.row else path)


def not_broken(expression: Expression, spelling: Spelling) -> str:
    """Return Python for: the condition is true, or unknown."""
    return _text(_formula(expression, spelling, _NOT_FALSE), spelling.facts)


def is_true(expression: Expression, spelling: Spelling) -> str:
    """Return Python for: the condition is true, and not unknown."""
    return _text(_formula(expression, spelling, _TRUE), spelling.facts)


def value(expression: Expression, spelling: Spelling, *, scale: int | None = None) -> str:
    """Return Python for a value, which is None where it is unknown.

    Args:
        expression: the expression.
        spelling: how its words are spelled.
        scale: to how many digits after the point it is rounded; None where it is not.
    """
    kind = type_of(expression)
    if kind and kind.kind == "bool" and not isinstance(expression, Name | Constant | Call):
        holds = is_true(expression, spelling)
        otherwise = not_broken(expression, spelling)
        return (
            holds if holds == otherwise else f"True if {holds} else None if {otherwise} else False"
        )
    text = _term(expression, spelling, 0)
    there = _simple(_all(_guards(expression, spelling, with_itself=False)), spelling.facts)
    if there is False:
        return str(None)
    if scale is not None and text != str(None):
        text = f"round({text}, {scale})"
    return text if there is True else f"{text} if {_text(there)} else None"


def facts_of(expression: Expression, spelling: Spelling, *, unknown: bool) -> frozenset[str]:
    """Return what holds where the condition is true, or unknown, if that counts as true.

    A type checker knows as much, and takes it for a mistake if it is asked again.
    """
    reading = _Reading(of=True, unknown=unknown)
    found = _simple(_formula(expression, spelling, reading), spelling.facts)
    texts = _holding(found)
    for part in expression.parts if isinstance(expression, And) else (expression,):
        match part:
            case (
                Compare(sign="==", left=Name() as name, right=Me())
                | Compare(sign="==", left=Me(), right=Name() as name)
            ) if spelling.caller:
                # What equals the caller's id is there.
                guards = _guards(name, spelling)
                texts |= {one.text for one in guards if isinstance(one, _Atom)}
    return spelling.facts | texts


def _holding(formula: _Formula) -> frozenset[str]:
    """Return the texts of what holds for certain where a formula does."""
    match formula:
        case _Atom(text=text):
            return frozenset({text})
        case _Several(word=word, parts=parts):
            found = [_holding(one) for one in parts]
            return frozenset.union(*found) if word == "and" else frozenset.intersection(*found)
        case _:
            return frozenset()


@dataclass(frozen=True, slots=True)
class _Atom:
    """A condition without ``and`` and ``or``, and the one that holds where it does not.

    Where ``fact`` holds, ``plainer`` says the same.
    """

    text: str
    opposite: str
    fact: str = ""
    plainer: _Atom | None = None

    @property
    def negated(self) -> _Atom:
        """The opposite."""
        plainer = self.plainer.negated if self.plainer else None
        return _Atom(self.opposite, self.text, self.fact, plainer)


@dataclass(frozen=True, slots=True)
class _Several:
    """Conditions of which all hold, or any."""

    word: Literal["and", "or"]
    parts: tuple[_Formula, ...]


_Formula = _Atom | _Several | bool


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is asked of a condition: whether it is true or false, and what unknown counts as."""

    of: bool
    unknown: bool


_TRUE: Final = _Reading(of=True, unknown=False)
_NOT_FALSE: Final = _Reading(of=True, unknown=True)


def _formula(expression: Expression, spelling: Spelling, reading: _Reading) -> _Formula:
    """Return when a condition is as the reading asks."""
    match expression:
        case Not(operand=operand):
            return _formula(operand, spelling, _Reading(not reading.of, reading.unknown))
        case And(parts=parts) | Or(parts=parts):
            conjunction = isinstance(expression, And)
            word: Literal["and", "or"] = "and" if conjunction == reading.of else "or"
            several = gathered(parts, "!=" if conjunction else "==")
            chained = conjunction and reading.of
            return _Several(word, _merged(several, spelling, reading, chained=chained))
        case _:
            return _leaf(expression, spelling, reading)


def _merged(
    parts: list[Expression], spelling: Spelling, reading: _Reading, *, chained: bool
) -> tuple[_Formula, ...]:
    """Return the parts, comparisons that follow each other as one: ``a < b < c``."""
    found: list[_Formula] = []
    rest = list(parts)
    while rest:
        first = rest.pop(0)
        if chained and rest and _is_chain(first, rest[0], reading, spelling):
            found.append(_chain(first, rest.pop(0), spelling, reading))
        else:
            found.append(_formula(first, spelling, reading))
    return tuple(found)


def _is_chain(first: Expression, second: Expression, reading: _Reading, spelling: Spelling) -> bool:
    if not (isinstance(first, Compare) and isinstance(second, Compare)):
        return False
    guards = [set(_guards(one, spelling)) for one in (first, second)]
    alike = any({first.sign, second.sign} <= set(signs) for signs in (_RISING, _FALLING))
    if not alike or first.right != second.left:
        return False
    return not reading.unknown or guards[0] == guards[1]


def _chain(
    first: Expression, second: Expression, spelling: Spelling, reading: _Reading
) -> _Formula:
    assert isinstance(first, Compare)  # noqa: S101 - it is a chain
    assert isinstance(second, Compare)  # noqa: S101 - the same
    sides = [_term(one, spelling, 0) for one in (first.left, first.right, second.right)]
    text = f"{sides[0]} {first.sign} {sides[1]} {second.sign} {sides[2]}"
    guards = dict.fromkeys(_guards(first, spelling) + _guards(second, spelling))
    return _asked(_Atom(text, f"not ({text})"), tuple(guards), reading)


def _leaf(expression: Expression, spelling: Spelling, reading: _Reading) -> _Formula:
    """Return when a condition without parts is as the reading asks."""
    expression = turned(expression)
    if _is_certain(expression, spelling):
        found = evaluate(expression, Row(spelling.values, _NO_TIME))
        return reading.unknown if found is None else found == reading.of
    if isinstance(expression, IsNone):
        return _is_none(expression, spelling, reading)
    caller = _of_caller(expression, spelling)
    if caller is not None:
        return caller if reading.of else _negated(caller)
    atom = _atom(expression, spelling)
    asked = atom if reading.of else _negated(atom)
    return _asked(asked, _guards(expression, spelling), reading)


def _is_certain(expression: Expression, spelling: Spelling) -> bool:
    """Whether it speaks of fields alone that have certain values."""
    if isinstance(expression, Name):
        return expression.path[0] in spelling.values
    found = children(expression)
    return all(_is_certain(one, spelling) for one in found) if found else _is_constant(expression)


def _is_constant(expression: Expression) -> bool:
    return isinstance(expression, Constant)


def _asked(asked: _Formula, guards: tuple[_Formula, ...], reading: _Reading) -> _Formula:
    """Return what is asked of a condition that is known where its guards hold."""
    if reading.unknown:
        return _Several("or", (*(_negated(one) for one in guards), asked))
    return _Several("and", (*guards, asked))


def _atom(expression: Expression, spelling: Spelling) -> _Atom | bool:
    match expression:
        case Compare(sign=sign, left=left, right=Constant(value=bool() as wanted)):
            return _plain(left, spelling, holds=wanted == (sign == "=="))
        case Compare(sign=sign, left=left, right=right):
            sides = _term(left, spelling, 0), _term(right, spelling, 0)
            text = f"{sides[0]} {sign} {sides[1]}"
            return _Atom(text, f"{sides[0]} {OPPOSITE[sign]} {sides[1]}")
        case Among(operand=operand, values=values, negated=negated):
            texts = (f"{_term(operand, spelling, 0)} {one}" for one in _memberships(values))
            within, outside = texts
            return _Atom(outside, within) if negated else _Atom(within, outside)
        case Constant(value=constant):
            return bool(constant)
        case _:
            return _plain(expression, spelling, holds=True)


def _memberships(values: tuple[Constant, ...]) -> tuple[str, str]:
    texts = list(dict.fromkeys(_constant(one) for one in values))
    if len(texts) == 1:
        return f"== {texts[0]}", f"!= {texts[0]}"
    listed = f"({', '.join(texts)})"
    return f"in {listed}", f"not in {listed}"


def _plain(expression: Expression, spelling: Spelling, *, holds: bool) -> _Atom:
    text = _term(expression, spelling, _ATOM)
    return _Atom(text, f"not {text}") if holds else _Atom(f"not {text}", text)


def _is_none(expression: IsNone, spelling: Spelling, reading: _Reading) -> _Formula:
    """None is what has no value, and what is calculated of that: its guards tell."""
    if isinstance(expression.operand, Me):
        caller = _Atom(f"{spelling.me} is not None", f"{spelling.me} is None")
        there: _Formula = True if spelling.caller else caller
    else:
        there = _all(_guards(expression.operand, spelling))
    return there if expression.negated == reading.of else _negated(there)


def _of_caller(expression: Expression, spelling: Spelling) -> _Formula | None:
    """Return a comparison with the caller, which is never unknown; None where it is no such."""
    match expression:
        case Compare(sign=sign, left=left, right=Me() as me) if not isinstance(left, Me):
            return _with_caller(me, sign, left, spelling)
        case Compare(sign=sign, left=Me() as me, right=right):
            return _with_caller(me, sign, right, spelling)
        case Among(operand=Me() as me, values=values, negated=negated):
            found, opposite = _memberships(values)
            asked = _me(me, spelling)
            text = f"{asked} {opposite if negated else found}"
            return _guarded(
                _Atom(text, f"{asked} {found if negated else opposite}"), spelling, negated
            )
        case _:
            return None


def _with_caller(me: Me, sign: Sign, other: Expression, spelling: Spelling) -> _Formula:
    asked = _me(me, spelling)
    if _guards(other, spelling) and not spelling.caller:
        text = _term(other, spelling, 0)
        plainer = _Atom(f"{text} {sign} {asked}", f"{text} {OPPOSITE[sign]} {asked}")
        asked = f"({asked} if {spelling.me} else None)"
        return _Atom(
            f"{text} {sign} {asked}",
            f"{text} {OPPOSITE[sign]} {asked}",
            f"{spelling.me} is not None",
            plainer,
        )
    text = _term(other, spelling, 0)
    atom = _Atom(f"{asked} {sign} {text}", f"{asked} {OPPOSITE[sign]} {text}")
    return _guarded(atom, spelling, sign == "!=")


def _guarded(atom: _Atom, spelling: Spelling, negated: bool) -> _Formula:  # noqa: FBT001 - one of two texts
    if spelling.caller:
        return atom
    there = _Atom(f"{spelling.me} is not None", f"{spelling.me} is None")
    return _Several("or", (_negated(there), atom)) if negated else _Several("and", (there, atom))


def _me(me: Me, spelling: Spelling) -> str:
    return spelling.me_id if me.part == "id" else spelling.me_role


def _guards(
    expression: Expression, spelling: Spelling, *, with_itself: bool = True
) -> tuple[_Formula, ...]:
    """Return what has to hold so that an expression's value is known, in order.

    Args:
        expression: the expression.
        spelling: how its words are spelled.
        with_itself: whether a name may not be None, either; its text is None then.
    """
    match expression:
        case Name(path=path) if path[0] in spelling.values:
            there = evaluate(expression, Row(spelling.values, _NO_TIME)) is not None
            return () if there or not (with_itself or path[1:]) else (False,)
        case Name(may_be_none=paths, path=path):
            fields = [one for one in paths if with_itself or one != path]
            return tuple(
                _Atom(f"{spelling.spelled(one)} is not None", f"{spelling.spelled(one)} is None")
                for one in fields
            )
        case Me() if not spelling.caller:
            return (_Atom(f"{spelling.me} is not None", f"{spelling.me} is None"),)
        case Arithmetic(sign="/", right=divisor) if may_be_zero(divisor):
            text = _term(divisor, spelling, 0)
            below = _below(expression, spelling)
            return tuple(dict.fromkeys((*below, _Atom(f"{text} != 0", f"{text} == 0"))))
        case _:
            return _below(expression, spelling)


def _below(expression: Expression, spelling: Spelling) -> tuple[_Formula, ...]:
    found = (guard for one in children(expression) for guard in _guards(one, spelling))
    return tuple(dict.fromkeys(found))


_SUM, _PRODUCT, _SIGN, _ATOM = 1, 2, 3, 4
_STRENGTH: Final = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT}


def _term(  # noqa: PLR0911 - one for each kind
    expression: Expression, spelling: Spelling, strength: int
) -> str:
    """Return a value's text, in parentheses where what is around it binds more than it does."""
    match expression:
        case Name(path=path):
            return spelling.spelled(path)
        case Me():
            return _me(expression, spelling)
        case Constant():
            text = _constant(expression)
            return f"({text})" if text.startswith("-") and strength >= _SIGN else text
        case Call():
            return _call(expression, spelling)
        case Negative(operand=operand):
            text = f"-{_term(operand, spelling, _SIGN)}"
            return f"({text})" if strength >= _SIGN else text
        case Arithmetic(sign=sign, left=left, right=right):
            own = _STRENGTH[sign]
            first = _term(left, spelling, own)
            if sign == "/" and {_kind(left), _kind(right)} == {"int"}:
                first = f"Decimal({_term(left, spelling, 0)})"
            text = f"{first} {sign} {_term(right, spelling, own + 1)}"
            return f"({text})" if strength > own else text
        case _:
            text = is_true(expression, spelling)
            return f"({text})"


def _call(call: Call, spelling: Spelling) -> str:
    match call.function:
        case "now":
            return spelling.now
        case "today":
            return spelling.today
        case "len":
            return f"len({_term(call.arguments[0], spelling, 0)})"
        case "lower":
            return f"{_term(call.arguments[0], spelling, _ATOM)}.lower()"
        case "known":
            (name,) = call.arguments
            assert isinstance(name, Name)  # noqa: S101 - it takes a reference
            return spelling.known(name.path)
        case unit:
            return f"timedelta({unit}={_term(call.arguments[0], spelling, 0)})"


def _constant(constant: Constant) -> str:
    found = constant.value
    if isinstance(found, str):
        return quoted(found)
    if isinstance(found, Decimal):
        whole = found == found.to_integral_value() and abs(found) < 10**15
        return f"Decimal({int(found)})" if whole else f'Decimal("{found}")'
    return str(found)


def quoted(text: str) -> str:
    """Return a text as Python writes it, in double quotes."""
    inside = repr(f'"{text}')[2:-1].replace("\\'", "'")
    escaped = inside.replace('"', '\\"')
    return f'"{escaped}"'


def _kind(expression: Expression) -> str:
    found = type_of(expression)
    return found.kind if found else ""


def _all(parts: tuple[_Formula, ...]) -> _Formula:
    return _Several("and", parts)


def _negated(formula: _Formula) -> _Formula:
    match formula:
        case bool():
            return not formula
        case _Atom():
            return formula.negated
        case _Several(word=word, parts=parts):
            other: Literal["and", "or"] = "or" if word == "and" else "and"
            return _Several(other, tuple(_negated(one) for one in parts))


def _simple(formula: _Formula, facts: frozenset[str] = frozenset()) -> _Formula:
    """Leave out what is known from what stands before it.

    Args:
        formula: what is to be shorter.
        facts: texts of the atoms that hold where it is looked at.
    """
    match formula:
        case _Atom(fact=fact, plainer=plainer) if plainer is not None and fact in facts:
            return _simple(plainer, facts)
        case _Atom(text=text, opposite=opposite):
            return True if text in facts else False if opposite in facts else formula
        case _Several():
            return _shorter(formula, facts)
        case _:
            return formula


def _shorter(formula: _Several, facts: frozenset[str]) -> _Formula:
    every = formula.word == "and"
    found: list[_Formula] = []
    for part in formula.parts:
        one = _simple(part, facts)
        if isinstance(one, bool):
            if one != every:
                return one if not found else _joined(formula.word, [*found, one])
            continue
        below = one.parts if isinstance(one, _Several) and one.word == formula.word else (one,)
        for each in below:
            found.append(each)
            if isinstance(each, _Atom):
                facts |= {each.text if every else each.opposite}
    return _joined(formula.word, found)


def _joined(word: Literal["and", "or"], parts: list[_Formula]) -> _Formula:
    if any(one is (word == "or") for one in parts):
        return word == "or"
    rest = [one for one in parts if not isinstance(one, bool)]
    if not rest:
        return word == "and"
    return rest[0] if len(rest) == 1 else _Several(word, tuple(rest))


def _text(formula: _Formula, facts: frozenset[str] = frozenset()) -> str:
    found = _simple(formula, facts)
    if isinstance(found, bool):
        return str(found)
    if isinstance(found, _Atom):
        return found.text
    texts = [f"({_text(one)})" if isinstance(one, _Several) else _text(one) for one in found.parts]
    return f" {found.word} ".join(texts)
