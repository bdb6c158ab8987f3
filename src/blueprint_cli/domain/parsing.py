"""An expression's text as a tree whose types fit; it is parsed, and never run.

What is taken is a total subset of Python, so that the words are known and their meaning is as well;
`ast` parses it, and every node that is not named here is refused.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

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
    Me,
    Name,
    Negative,
    Not,
    Or,
    Sign,
    children,
    given_where,
    may_be_zero,
    type_of,
)
from blueprint_cli.domain.fields import TEXTS, why_not_value
from blueprint_cli.domain.mistakes import NotUnderstood
from blueprint_cli.domain.model import Field, Reference, Type
from blueprint_cli.domain.naming import did_you_mean
from blueprint_cli.domain.rewriting import speaks

if TYPE_CHECKING:
    from collections.abc import Mapping

USER: Final = Reference("identity", "User")
BOOL: Final = Type(kind="bool")
TEXT: Final = Type(kind="text")
INT: Final = Type(kind="int")
DECIMAL: Final = Type(kind="decimal")
DATE: Final = Type(kind="date")
DATETIME: Final = Type(kind="datetime")
DURATION: Final = Type(kind="duration")
WORDS: Final = ("now", "today", "me")
FUNCTIONS: Final = ("minutes", "hours", "days", "len", "lower", "known")
ALLOWED: Final = (
    "fields, constants, and or not in is None, == != < <= > >=, + - * /, "
    "now today me me.role minutes() hours() days() len() lower() known()"
)
_SIGNS: Final[dict[type[ast.cmpop], Sign]] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_ARITHMETIC: Final[dict[type[ast.operator], Literal["+", "-", "*", "/"]]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}
_PYTHON_WORDS: Final = {"true": "True", "false": "False", "null": "None", "none": "None"}
_HINTS: Final = {
    r"&&": "&& is written and",
    r"\|\|": "|| is written or",
    r"!(?!=)": "! is written not",
    r"<>": "<> is written !=",
    r"(?<![=<>!])=(?!=)": "= is written ==",
    r"(?i)\b(is null|is not null)\b": "null is written None",
}
# What the parser takes and warns of: '\\d', and numbers that go over into words.
_WARNED_OF: Final = re.compile(r"\\|\d[A-Za-z]")
_ORDERED: Final = ("text", "number", "date", "time", "datetime", "duration")


@dataclass(frozen=True, kw_only=True)
class Names:
    """What an expression may speak of.

    ``fields`` by name; ``owner`` is what has them, for messages. Of ``broken`` ones something else
    is wrong. ``context`` is the one whose references are always known; those ``by_hand`` cannot be
    asked. ``me``: whether there is a caller, and ``caller``: whether one is always logged in.
    ``known``: whether another context may be asked.
    """

    owner: str
    fields: Mapping[str, Name]
    broken: frozenset[str] = frozenset()
    context: str = ""
    by_hand: frozenset[str] = frozenset()
    roles: tuple[str, ...] = ()
    me: bool = False
    caller: bool = False
    known: bool = False

    def where(self, condition: Expression | None, *, unknown: bool = False) -> Names:
        """Return what may be spoken of where a condition is true, or unknown if that counts."""
        if condition is None:
            return self
        given = given_where(condition, unknown=unknown)
        fields = {
            name: replace(
                one, may_be_none=tuple(path for path in one.may_be_none if path not in given)
            )
            for name, one in self.fields.items()
        }
        return replace(self, fields=fields)


def read_condition(text: str, names: Names) -> Expression:
    """Read what holds or does not.

    Raises:
        NotUnderstood: where it does not parse, names what is not there, or its types do not fit.
    """
    reader = _Reader(text, names)
    found = reader.condition(reader.tree())
    if not speaks(found):
        raise NotUnderstood(f"{reader.shown} speaks of no field: it is always the same")
    return found


def read_value(text: str, names: Names, target: Field) -> Expression:
    """Read what a field is to become.

    Raises:
        NotUnderstood: as `read_condition`, or where it is no value of the field's.
    """
    reader = _Reader(text, names)
    found = reader.value(reader.tree())
    return reader.fitted(found, target)


def read_any(text: str, names: Names, type_: Type) -> Expression:
    """Read a value of a type that is never None, as a row's id.

    Raises:
        NotUnderstood: as `read_value`.
    """
    return read_value(text, names, Field(name="it", type=type_))


class _Reader:
    def __init__(self, text: str, names: Names) -> None:
        self.text = text.replace("\n", " ").strip()
        self.names = names
        self.shown = self.text if len(self.text) <= 60 else f"{self.text[:57]}..."  # noqa: PLR2004 - what fits into a message
        self._depth = 0

    def tree(self) -> ast.expr:
        if len(self.text) > limits.EXPRESSION:
            message = f"the expression has {len(self.text)} characters"
            raise NotUnderstood(message, f"at most {limits.EXPRESSION}")
        if not self.text:
            raise NotUnderstood("the expression is empty", ALLOWED)
        try:
            return _parsed(self.text)
        except SyntaxError as error:
            hint = _hint(self.text) or error.msg
            raise NotUnderstood(f"{self.shown} is no expression: {hint}", ALLOWED) from None
        except (RecursionError, MemoryError, ValueError):
            raise NotUnderstood(f"{self.shown} is no expression", ALLOWED) from None

    def condition(self, node: ast.expr) -> Expression:
        found = self.value(node)
        kind = type_of(found)
        if kind is None or kind.kind != "bool":
            raise NotUnderstood(f"{self._of(node)} is {_said(found)}, and no condition")
        return found

    def value(self, node: ast.expr) -> Expression:
        self._depth += 1
        if self._depth > limits.DEPTH:
            message = f"{self.shown} is nested too deeply"
            raise NotUnderstood(message, f"{limits.DEPTH} levels")
        found = self._one(node)
        self._depth -= 1
        return found

    def _one(self, node: ast.expr) -> Expression:  # noqa: PLR0911 - one for each kind of node
        match node:
            case ast.Name():
                return self._name(node)
            case ast.Attribute():
                return self._part(node)
            case ast.Constant():
                return self._constant(node)
            case ast.Call():
                return self._call(node)
            case ast.BoolOp():
                return self._junction(node)
            case ast.UnaryOp():
                return self._unary(node)
            case ast.BinOp():
                return self._arithmetic(node)
            case ast.Compare():
                return self._comparisons(node)
            case _:
                raise NotUnderstood(f"{self._of(node)} is not allowed", ALLOWED)

    def fitted(self, found: Expression, target: Field) -> Expression:
        """Return the value as one of the field's."""
        name, wanted = target.name, target.type
        if isinstance(found, Constant):
            return self._fitted_constant(found, target)
        given = type_of(found)
        if given is None or not _fits(given, wanted):
            raise NotUnderstood(f"{name} is {_a(wanted)}, {self.shown} {_said(found)}")
        if not target.optional and (why := self._why_unknown(found)):
            raise NotUnderstood(f"{name} is never None, and {why}")
        return found

    def _fitted_constant(self, found: Constant, target: Field) -> Constant:
        name, wanted, value = target.name, target.type, found.value
        if value is None:
            if target.optional:
                return replace(found, type=wanted)
            raise NotUnderstood(f"{name} is never None")
        assert found.type is not None  # noqa: S101 - of a constant that is not None
        if not (_fits(found.type, wanted) or (isinstance(value, str) and wanted.kind == "enum")):
            raise NotUnderstood(f"{name} is {_a(wanted)}, {self.shown} {_said(found)}")
        if why := why_not_value(value, wanted):
            raise NotUnderstood(f"{self.shown} {why}")
        if wanted.kind == "decimal" and isinstance(value, int):
            return Constant(Decimal(value), wanted)
        return replace(found, type=wanted)

    def _why_unknown(self, found: Expression) -> str:
        """Say of what a value may be calculated that is nothing; empty where it cannot be."""
        match found:
            case Name(may_be_none=paths) if paths:
                return f"{'.'.join(paths[-1])} may be"
            case Me() if not self.names.caller:
                return "me is, without a login"
            case IsNone() | Me():
                return ""
            case Compare(left=left, right=right) if isinstance(left, Me) or isinstance(right, Me):
                return ""
            case Arithmetic(sign="/", right=divisor) if may_be_zero(divisor):
                return f"{self.shown} has no value where it divides by 0"
            case _:
                return next(filter(None, map(self._why_unknown, children(found))), "")

    def _name(self, node: ast.Name) -> Expression:
        name = node.id
        if name == "now":
            return Call("now", (), DATETIME)
        if name == "today":
            return Call("today", (), DATE)
        if name == "me":
            return self._me("id")
        if name in self.names.fields:
            return self.names.fields[name]
        if name in self.names.broken:
            raise NotUnderstood("")
        if name in _PYTHON_WORDS:
            raise NotUnderstood(f"there is no {name}; did you mean {_PYTHON_WORDS[name]}?")
        if name in FUNCTIONS:
            raise NotUnderstood(f"{name} takes what it is of: {name}(…)")
        known = (*self.names.fields, *sorted(self.names.broken), *WORDS, *FUNCTIONS)
        hint = did_you_mean(name, known)
        if name == "status":
            hint = ": it has no `states`"
        raise NotUnderstood(
            f"{self.names.owner} has no field {name}{hint}", ", ".join(self.names.fields)
        )

    def _me(self, part: Literal["id", "role"]) -> Me:
        if not self.names.me:
            raise NotUnderstood("me is nobody here: nobody calls")
        if part == "id":
            return Me("id", Type(kind="ref", target=USER))
        return Me("role", TEXT)

    def _part(self, node: ast.Attribute) -> Expression:
        if isinstance(node.value, ast.Name) and node.value.id == "me":
            if node.attr == "role":
                return self._me("role")
            raise NotUnderstood(f"me has no {node.attr}", "me is the caller's id, me.role the role")
        whole = self.value(node.value)
        if not isinstance(whole, Name) or whole.type.kind != "value":
            raise NotUnderstood(f"{self._of(node.value)} is {_said(whole)}, and has no {node.attr}")
        parts = {one.name: one for one in whole.type.fields}
        if node.attr not in parts:
            hint = did_you_mean(node.attr, parts)
            raise NotUnderstood(
                f"{self._of(node.value)} has no {node.attr}{hint}", ", ".join(parts)
            )
        part = parts[node.attr]
        path = (*whole.path, node.attr)
        own = (path,) if part.optional else ()
        return Name(path, part.type, (*whole.may_be_none, *own))

    def _constant(self, node: ast.Constant) -> Constant:
        match node.value:
            case bool() as value:
                return Constant(value, BOOL)
            case None:
                return Constant(None, None)
            case str() as value:
                return Constant(value, TEXT)
            case int() as value:
                if abs(value) > limits.INT_HIGH:
                    raise NotUnderstood(f"{self._of(node)} has more than 64 bits")
                return Constant(value, INT)
            case float():
                return Constant(self._decimal(node), DECIMAL)
            case _:
                raise NotUnderstood(f"{self._of(node)} is not allowed", ALLOWED)

    def _decimal(self, node: ast.Constant) -> Decimal:
        value = Decimal(self._source(node).replace("_", ""))
        digits = len(value.as_tuple().digits)
        if digits > limits.DIGITS or abs(value.adjusted()) > limits.DIGITS:
            raise NotUnderstood(f"{self._of(node)} has more than {limits.DIGITS} digits")
        return value

    def _call(self, node: ast.Call) -> Expression:
        if not isinstance(node.func, ast.Name):
            raise NotUnderstood(f"{self._of(node)} is not allowed", ALLOWED)
        name = node.func.id
        if name in WORDS:
            raise NotUnderstood(f"{name} is no function; write {name}")
        if name not in FUNCTIONS:
            hint = did_you_mean(name, FUNCTIONS)
            raise NotUnderstood(f"there is no function {name}{hint}", ", ".join(FUNCTIONS))
        if len(node.args) != 1 or node.keywords:
            raise NotUnderstood(f"{name} takes one value")
        argument = self.value(node.args[0])
        kind = _category(argument)
        match name:
            case "len" if kind in ("text", "list"):
                return Call("len", (argument,), INT)
            case "lower" if kind == "text":
                return Call("lower", (argument,), TEXT)
            case "minutes" | "hours" | "days" if getattr(type_of(argument), "kind", "") == "int":
                return Call(name, (argument,), DURATION)
            case "known":
                return self._known(node.args[0], argument)
        takes = {"len": "a text or a list", "lower": "a text"}.get(name, "an int")
        raise NotUnderstood(f"{name} takes {takes}, {self._of(node.args[0])} is {_said(argument)}")

    def _known(self, node: ast.expr, argument: Expression) -> Call:
        target = argument.type.target if isinstance(argument, Name) else None
        if not isinstance(argument, Name) or argument.type.kind != "ref" or target is None:
            raise NotUnderstood(f"known takes a reference, {self._of(node)} is {_said(argument)}")
        if target.context == self.names.context:
            raise NotUnderstood(
                f"{self._of(node)} refers to a row of its own context, which is always known"
            )
        if target.context in self.names.by_hand:
            raise NotUnderstood(
                f"{target.context} is written by its owner: it cannot be asked what it knows"
            )
        if not self.names.known:
            raise NotUnderstood("another context is asked in a command's needs alone")
        return Call("known", (argument,), BOOL)

    def _junction(self, node: ast.BoolOp) -> Expression:
        parts = tuple(self.condition(one) for one in node.values)
        return And(parts) if isinstance(node.op, ast.And) else Or(parts)

    def _unary(self, node: ast.UnaryOp) -> Expression:
        if isinstance(node.op, ast.Not):
            return Not(self.condition(node.operand))
        if not isinstance(node.op, ast.USub):
            raise NotUnderstood(f"{self._of(node)} is not allowed", ALLOWED)
        operand = self.value(node.operand)
        kind = type_of(operand)
        if kind is None or _category(operand) not in ("number", "duration"):
            raise NotUnderstood(f"{self._of(node.operand)} is {_said(operand)}, and has no minus")
        if isinstance(operand, Constant) and isinstance(operand.value, int | Decimal):
            return Constant(-operand.value, operand.type)
        return Negative(operand, kind)

    def _arithmetic(self, node: ast.BinOp) -> Expression:
        sign = _ARITHMETIC.get(type(node.op))
        if sign is None:
            raise NotUnderstood(f"{self._of(node)} is not allowed", ALLOWED)
        left, right = self.value(node.left), self.value(node.right)
        found = _result(sign, left, right)
        if found is None:
            raise NotUnderstood(
                f"{self._of(node)} cannot be calculated: "
                f"{self._of(node.left)} is {_said(left)}, {self._of(node.right)} {_said(right)}"
            )
        if sign == "/" and isinstance(right, Constant) and right.value == 0:
            raise NotUnderstood(f"{self._of(node)} divides by 0")
        return Arithmetic(sign, left, right, found)

    def _comparisons(self, node: ast.Compare) -> Expression:
        sides = [node.left, *node.comparators]
        found = tuple(
            self._comparison(operator, left, right)
            for operator, (left, right) in zip(node.ops, pairwise(sides), strict=True)
        )
        return found[0] if len(found) == 1 else And(found)

    def _comparison(self, operator: ast.cmpop, first: ast.expr, second: ast.expr) -> Expression:
        if isinstance(operator, ast.In | ast.NotIn):
            return self._among(first, second, negated=isinstance(operator, ast.NotIn))
        if isinstance(operator, ast.Is | ast.IsNot):
            return self._is_none(first, second, negated=isinstance(operator, ast.IsNot))
        left, right = self.value(first), self.value(second)
        sign = _SIGNS[type(operator)]
        for side, other in ((left, second), (right, first)):
            if isinstance(side, Constant) and side.value is None:
                raise NotUnderstood("nothing is compared with None", f"{self._of(other)} is None")
        if isinstance(left, Constant) and isinstance(right, Constant):
            raise NotUnderstood(f"{self._of(first)} and {self._of(second)} are both constants")
        left, right = (
            self._alike(left, right, first, second),
            self._alike(right, left, second, first),
        )
        if why := self._why_not_compared(sign, left, right):
            raise NotUnderstood(f"{self._of(first)} {why}")
        if _is_condition(left) or _is_condition(right):
            return _same_truth(left, right, alike=sign == "==")
        return Compare(sign, left, right)

    def _is_none(self, first: ast.expr, second: ast.expr, *, negated: bool) -> IsNone:
        operand = self.value(first)
        if not isinstance(second, ast.Constant) or second.value is not None:
            raise NotUnderstood(f"is {self._of(second)} is not allowed", "is None, is not None")
        if isinstance(operand, Constant) or _is_condition(operand):
            raise NotUnderstood(f"{self._of(first)} is never None")
        return IsNone(operand, negated)

    def _why_not_compared(self, sign: Sign, left: Expression, right: Expression) -> str:
        kind = _category(left)
        if left == right:
            return "is compared with itself"
        if any(_is_condition(one) and _size(one) > limits.COMPARED for one in (left, right)):
            return f"is compared with a condition, or is one, of more than {limits.COMPARED} parts"
        if kind in ("list", "json", "value"):
            return f"is {_said(left)}, which is not compared"
        if sign not in ("==", "!=") and kind not in _ORDERED:
            return f"is {_said(left)}, which has no order: == or !="
        return ""

    def _alike(
        self, one: Expression, other: Expression, node: ast.expr, beside: ast.expr
    ) -> Expression:
        """Return one side of a comparison, a constant as a value of the other side's type."""
        mine, theirs = type_of(one), type_of(other)
        if isinstance(one, Constant) and theirs is not None:
            return self._constant_like(one, other, theirs, node, beside)
        if isinstance(other, Constant):
            return one
        if mine is None or theirs is None or not _comparable(mine, theirs):
            raise NotUnderstood(
                f"{self._of(node)} is {_said(one)}, {self._of(beside)} {_said(other)}"
            )
        return one

    def _constant_like(
        self, one: Constant, other: Expression, theirs: Type, node: ast.expr, beside: ast.expr
    ) -> Constant:
        shown = self._of(node)
        if isinstance(other, Me) and other.part == "role" and isinstance(one.value, str):
            if one.value not in self.names.roles:
                hint = did_you_mean(one.value, self.names.roles)
                raise NotUnderstood(
                    f"there is no role {one.value}{hint}", ", ".join(self.names.roles)
                )
            return one
        if theirs.kind == "enum" and isinstance(one.value, str):
            if one.value not in theirs.values:
                hint = did_you_mean(one.value, theirs.values)
                message = f"{self._of(beside)} is never {shown}{hint}"
                raise NotUnderstood(message, ", ".join(theirs.values))
            return replace(one, type=theirs)
        if one.type is None or _kind(one.type) != _kind(theirs):
            raise NotUnderstood(f"{self._of(beside)} is {_said(other)}, {shown} {_said(one)}")
        return one

    def _among(self, first: ast.expr, second: ast.expr, *, negated: bool) -> Expression:
        operand = self.value(first)
        constants = isinstance(second, ast.Tuple) and all(
            isinstance(one, ast.Constant | ast.UnaryOp) for one in second.elts
        )
        if not isinstance(second, ast.Tuple) or not constants or not second.elts:
            single = isinstance(second, ast.Constant)
            allowed = f"in ({self._of(second)},)" if single else "in ('one', 'two')"
            raise NotUnderstood("in takes a tuple of constants", allowed)
        if isinstance(operand, Constant) or _is_condition(operand):
            raise NotUnderstood(
                f"{self._of(first)} is {_said(operand)}, and no field", "field in (…)"
            )
        kind = type_of(operand)
        assert kind is not None  # noqa: S101 - only a constant has none
        values = []
        for node in second.elts:
            value = self.value(node)
            if not isinstance(value, Constant) or value.value is None:
                raise NotUnderstood("in takes a tuple of constants", "in ('one', 'two')")
            values.append(self._constant_like(value, operand, kind, node, first))
        return Among(operand, tuple(values), negated)

    def _source(self, node: ast.expr) -> str:
        # Columns are counted in bytes.
        found = self.text.encode("utf-8", "replace")[node.col_offset : node.end_col_offset]
        return found.decode("utf-8", "replace")

    def _of(self, node: ast.expr) -> str:
        text = self._source(node)
        return text if len(text) <= 40 else f"{text[:37]}..."  # noqa: PLR2004 - what fits into a message


@lru_cache(1024)
def _parsed(text: str) -> ast.expr:
    if not _WARNED_OF.search(text):
        return ast.parse(text, mode="eval").body
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text, mode="eval").body


def _hint(text: str) -> str:
    """Return what other languages write there, and Python does not."""
    outside = re.sub(r"'[^']*'|\"[^\"]*\"", "", text)
    return next((hint for sign, hint in _HINTS.items() if re.search(sign, outside)), "")


def _is_condition(found: Expression) -> bool:
    """Whether it is true or false, and no field or constant that is."""
    return _category(found) == "bool" and not isinstance(found, Name | Constant)


def _same_truth(left: Expression, right: Expression, *, alike: bool) -> Expression:
    """Return that both conditions hold or neither does, or that one alone does.

    Written out, so that what is unknown stays unknown in Python and in SQL.
    """
    if isinstance(left, Constant):
        left, right = right, left
    if isinstance(right, Constant):
        return left if right.value is alike else Not(left)
    if alike:
        return Or((And((left, right)), And((Not(left), Not(right)))))
    return Or((And((left, Not(right))), And((Not(left), right))))


def _size(found: Expression) -> int:
    return 1 + sum(map(_size, children(found)))


def _kind(type_: Type) -> str:
    """Return what can be compared with its like: texts, numbers, ids and the kinds themselves."""
    if type_.kind in TEXTS:
        return "text"
    if type_.kind in ("int", "decimal"):
        return "number"
    return "id" if type_.kind in ("uuid", "ref") else type_.kind


def _category(found: Expression) -> str:
    kind = type_of(found)
    return _kind(kind) if kind else ""


def _comparable(one: Type, other: Type) -> bool:
    if _kind(one) != _kind(other):
        return False
    if _kind(one) == "id":
        return one.target is None or other.target is None or one.target == other.target
    return one.kind != "enum" or set(one.values) == set(other.values)


def _fits(given: Type, wanted: Type) -> bool:
    """Whether a value of the one type is one of the other, but for its range."""
    if wanted.kind in ("list", "value", "json"):
        return _shape(given) == _shape(wanted)
    if given.kind == "decimal" and wanted.kind == "int":
        return False
    if given.kind == "enum" and wanted.kind == "enum":
        return set(given.values) <= set(wanted.values)
    if given.kind == "enum" and wanted.kind == "text":
        return True
    return _comparable(given, wanted)


def _shape(type_: Type) -> object:
    """Return what a type is, without its names."""
    of = _shape(type_.of) if type_.of else None
    fields = tuple((one.name, one.optional, _shape(one.type)) for one in type_.fields)
    return (_kind(type_), type_.target, type_.values, of, fields)


def _result(  # noqa: PLR0911 - one for each pair of types
    sign: str, left: Expression, right: Expression
) -> Type | None:
    """Return the type of what is calculated; None where it cannot be."""
    one, other = _category(left), _category(right)
    if one == other == "number":
        kinds = {getattr(type_of(side), "kind", "") for side in (left, right)}
        return DECIMAL if sign == "/" or "decimal" in kinds else INT
    match one, sign, other:
        case ("datetime", "-", "datetime") | ("date", "-", "date"):
            return DURATION
        case ("datetime", "+" | "-", "duration") | ("duration", "+", "datetime"):
            return DATETIME
        case ("date", "+" | "-", "duration") if _whole_days(right):
            return DATE
        case ("duration", "+", "date") if _whole_days(left):
            return DATE
        case ("duration", "+" | "-", "duration"):
            return DURATION
        case ("duration", "*", "number") if getattr(type_of(right), "kind", "") == "int":
            return DURATION
        case ("number", "*", "duration") if getattr(type_of(left), "kind", "") == "int":
            return DURATION
    return None


def _whole_days(found: Expression) -> bool:
    match found:
        case Call(function="days"):
            return True
        case Negative(operand=operand):
            return _whole_days(operand)
        case Arithmetic(sign="+" | "-", left=left, right=right):
            return _whole_days(left) and _whole_days(right)
        case _:
            return False


def _a(type_: Type) -> str:
    if type_.kind == "ref" and type_.target:
        return f"a reference to {type_.target.context}.{type_.target.entity}"
    name = {"value": "value object"}.get(type_.kind, type_.kind)
    name = type_.name or ("number" if type_.kind in ("int", "decimal") else name)
    return f"{'an' if name[0] in 'aeioAEIO' else 'a'} {name}"


def _said(found: Expression) -> str:
    kind = type_of(found)
    return _a(kind) if kind else "None"
