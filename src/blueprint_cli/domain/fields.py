"""The words of a field: ``text(5..20) /^[0-9]+$/ optional = '0'``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, cast

from blueprint_cli.domain import limits
from blueprint_cli.domain.mistakes import NotUnderstood
from blueprint_cli.domain.model import Field, Reference, Type
from blueprint_cli.domain.naming import did_you_mean, why_no_name
from blueprint_cli.domain.patterns import read_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from blueprint_cli.domain.model import Kind

TYPES: Final = (
    *("text", "int", "decimal", "bool", "date", "time", "datetime", "duration"),
    *("uuid", "email", "url", "json", "ref"),
)
WORDS: Final = ("optional", "unique", "once", "secret", "was")
WITH_RANGE: Final = ("text", "int", "decimal")
TEXTS: Final = ("text", "email", "url")
ALLOWED: Final = (
    "a type, then any of optional, unique, once, secret, was(old), a range, a /pattern/, = default"
)
_TOKEN: Final = re.compile(
    r"(?P<pattern>/(?:[^/\\]|\\.)*/)"
    r"|=\s*(?P<default>'[^']*'|\"[^\"]*\"|\S+)"
    r"|(?P<range>\(?\s*-?\d*(?:\.\d+)?\.\.-?\d*(?:\.\d+)?\s*\)?)(?!\S)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)(?P<arguments>\([^()]*\))?"
)
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")
COMPUTED: Final = "; fields that are calculated come later"
_TIMES: Final = ("now", "today")
_DURATION: Final = re.compile(
    r"P(?=[0-9T])(\d+W|(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d{1,6})?S)?)?)"
)


class Scope(Protocol):
    """What a field's words may name besides the types that every model has."""

    def own_type(self, name: str) -> Type:
        """Return one of the context's own types, or raise NotUnderstood."""

    def target(self, name: str) -> Reference:
        """Return the entity that ``Loan`` or ``orders.Order`` means, or raise NotUnderstood."""


class _Token(NamedTuple):
    kind: str
    text: str
    arguments: str | None = None


@dataclass(slots=True)
class _Words:
    """What the words said, before it is looked at."""

    head: _Token
    target: str = ""
    ranges: list[str] = field(default_factory=list)
    pattern: str | None = None
    default: str | None = None
    was: str = ""
    words: set[str] = field(default_factory=set)


def read_field(name: str, text: str, scope: Scope) -> Field:
    """Read a field's words.

    Raises:
        NotUnderstood: where they are no such thing, or contradict each other.
    """
    said = _words(text)
    type_ = _type(said, scope)
    made = Field(
        name=name,
        type=type_,
        optional="optional" in said.words,
        unique="unique" in said.words,
        once="once" in said.words,
        secret="secret" in said.words,
        was=said.was,
    )
    if made.unique and type_.kind in ("json", "list", "value"):
        raise NotUnderstood(f"{_a(type_)} cannot be unique")
    if said.default is None:
        return made
    return replace(made, has_default=True, default=_default(said.default, type_))


def read_type(text: str, scope: Scope) -> Type:
    """Read the words of a context's own type: a type, its range and its pattern.

    Raises:
        NotUnderstood: where they are no such thing, or hold words that belong to a field.
    """
    said = _words(text)
    if said.words or said.was or said.default is not None:
        word = next(iter(sorted(said.words)), "was" if said.was else "= default")
        raise NotUnderstood(f"{word} belongs to a field, not to a type")
    return _type(said, scope)


@lru_cache(4096)
def _words(text: str) -> _Words:
    """Return what the words say; nobody changes it afterwards."""
    if len(text) > limits.WORDS:
        raise NotUnderstood(f"it has {len(text)} characters", f"at most {limits.WORDS}")
    tokens = list(_tokens(text))
    if not tokens or tokens[0].kind not in ("word", "list"):
        raise NotUnderstood("it does not begin with a type", ALLOWED)
    said = _Words(tokens[0])
    rest = tokens[1:]
    if said.head.text == "ref":
        if not rest or rest[0].kind != "word" or rest[0].text in WORDS:
            raise NotUnderstood("ref says to what: ref Entity, or ref other.Entity")
        said.target = rest.pop(0).text
    elif (
        rest
        and rest[0].kind == "word"
        and rest[0].text not in (*WORDS, "was")
        and (hint := did_you_mean(said.head.text, ("ref",)))
    ):
        # No other type is followed by a name, so that is what was meant.
        raise NotUnderstood(f"there is no type {said.head.text}{hint}")
    if said.head.arguments is not None and said.head.text != "decimal":
        said.ranges.append(said.head.arguments)
    for token in rest:
        _take(said, token)
    return said


def _take(said: _Words, token: _Token) -> None:
    match token.kind:
        case "range":
            said.ranges.append(token.text)
        case "pattern" if said.pattern is None:
            said.pattern = token.text[1:-1].replace("\\/", "/")
        case "default" if said.default is None:
            said.default = token.text
        case "word" if token.text == "was":
            said.was = token.arguments or ""
            if why := why_no_name(said.was):
                raise NotUnderstood(f"was says the former name, as was(old); {why}")
        case "word" if token.text in WORDS and token.arguments is None:
            if token.text in said.words:
                raise NotUnderstood(f"{token.text} stands twice")
            said.words.add(token.text)
        case "word":
            raise NotUnderstood(
                f"there is no word {token.text}{did_you_mean(token.text, WORDS)}", ALLOWED
            )
        case _:
            raise NotUnderstood(f"a second {token.kind} stands here: {token.text}", ALLOWED)


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text)
    while at < end:
        if text[at].isspace():
            at += 1
        elif text[at] == "[":
            close = _closing(text, at)
            yield _Token("list", text[at + 1 : close])
            at = close + 1
            if bounds := re.compile(r"\([^()]*\)").match(text, at):
                yield _Token("range", bounds[0])
                at = bounds.end()
        elif found := _TOKEN.match(text, at):
            kind = str(found.lastgroup)
            arguments = found["arguments"]
            kind = "word" if kind == "arguments" else kind
            yield _Token(kind, found[kind], arguments[1:-1] if arguments else None)
            at = found.end()
        else:
            raise NotUnderstood(_unreadable(text, at), ALLOWED)


def _closing(text: str, at: int) -> int:
    """Return where the list ends that begins there; brackets of a pattern do not count."""
    in_pattern = False
    depth = 0
    place = at
    while place < len(text):
        sign = text[place]
        if sign == "\\":
            place += 1
        elif sign == "/":
            in_pattern = not in_pattern
        elif not in_pattern and sign in "[]":
            depth += 1 if sign == "[" else -1
            if not depth:
                return place
        place += 1
    raise NotUnderstood("a list needs its ]: [text(1..40)]")


def _unreadable(text: str, at: int) -> str:
    rest = text[at:]
    if "=" in text[:at]:
        return f"the default {text[:at].partition('=')[2].strip()} is followed by {rest}{COMPUTED}"
    if rest[0] == "?":
        return "? means nothing here; a field that may be absent has the word optional"
    if rest[0] == "(" and ")" not in rest:
        return f"{text} lacks its ): a comma ends a value within {{}}; write decimal(12.2)"
    if rest[0] == "/":
        return "a pattern ends with /, and a / within it is written \\/"
    return f"cannot be read from here: {rest[:20]}"


def _type(said: _Words, scope: Scope) -> Type:
    head = said.head
    if head.kind == "list":
        made = Type(kind="list", of=_item(head.text, scope))
    elif head.text == "ref":
        made = Type(kind="ref", target=scope.target(said.target))
    elif head.text == "decimal":
        made = _decimal(head.arguments)
    elif head.text in TYPES:
        made = Type(kind=cast("Kind", head.text))
    else:
        made = scope.own_type(head.text)
    made = _ranged(made, said)
    return made if said.pattern is None else _with_pattern(made, said.pattern)


def _ranged(made: Type, said: _Words) -> Type:
    if not said.ranges:
        is_list = said.head.kind == "list"
        return replace(made, high=limits.ITEMS_BY_DEFAULT) if is_list else made
    if len(said.ranges) > 1:
        raise NotUnderstood(f"a second range stands here: {said.ranges[1]}", "one range")
    if made.name or made.kind not in (*WITH_RANGE, "list"):
        raise NotUnderstood(
            f"{_a(made)} has no range", "a range after text, int, decimal or a list"
        )
    return _with_range(made, said.ranges[0])


def _item(text: str, scope: Scope) -> Type:
    item = read_type(text, scope)
    if item.kind in ("list", "json"):
        raise NotUnderstood(f"a list holds no {item.kind}")
    return item


def _decimal(arguments: str | None) -> Type:
    found = re.fullmatch(r"\s*(\d{1,4})\s*([.,])\s*(\d{1,4})\s*", arguments or "")
    if not found:
        raise NotUnderstood("decimal says its digits in all, and after the point", "decimal(12.2)")
    digits, scale = int(found[1]), int(found[3])
    if found[2] == ",":
        raise NotUnderstood(
            f"decimal({arguments}) has a comma; did you mean decimal({digits}.{scale})?"
        )
    if not 1 <= digits <= limits.DIGITS or scale > digits:
        raise NotUnderstood(
            f"decimal({arguments}) cannot be",
            f"1 to {limits.DIGITS} digits in all, no more of them after the point",
        )
    return Type(kind="decimal", digits=digits, scale=scale)


def _with_pattern(made: Type, pattern: str) -> Type:
    if made.kind != "text" or made.name:
        raise NotUnderstood(f"{_a(made)} has no pattern", "a /pattern/ after text")
    longest = None if made.high is None else int(made.high)
    return replace(made, pattern=read_pattern(pattern, longest))


def _with_range(made: Type, text: str) -> Type:
    low, high = _bounds(text)
    ends = [one for one in (low, high) if one is not None]
    least, most = _limits(made)
    if made.kind != "decimal" and any(one != int(one) for one in ends):
        raise NotUnderstood(f"the range {text} holds no whole numbers")
    if made.kind == "decimal" and any(one != round(one, made.scale) for one in ends):
        raise NotUnderstood(f"the range {text} has more than {made.scale} digits after the point")
    if any(not least <= one <= most for one in ends):
        raise NotUnderstood(f"the range {text} is outside of what it can be", f"{least}..{most}")
    if low is not None and high is not None and low > high:
        raise NotUnderstood(f"the range {text} ends before it begins", f"{high}..{low}")
    if made.kind == "list" and high is None:
        high = max(Decimal(limits.ITEMS_BY_DEFAULT), low or Decimal(0))
    if made.kind == "decimal":
        return replace(made, low=low, high=high)
    whole = [None if one is None else int(one) for one in (low, high)]
    return replace(made, low=whole[0], high=whole[1])


def _limits(made: Type) -> tuple[Decimal, Decimal]:
    match made.kind:
        case "decimal":
            most = (Decimal(10) ** made.digits - 1).scaleb(-made.scale)
            return -most, most
        case "int":
            return Decimal(limits.INT_LOW), Decimal(limits.INT_HIGH)
        case "list":
            return Decimal(0), Decimal(limits.ITEMS)
        case _:
            return Decimal(0), Decimal(limits.TEXT)


def _bounds(text: str) -> tuple[Decimal | None, Decimal | None]:
    inside = text.strip().removeprefix("(").removesuffix(")").strip()
    low, dots, high = inside.partition("..")
    ends = [one.strip() for one in (low, high)]
    numbers = all(not one or _NUMBER.fullmatch(one) for one in ends)
    if not dots or not numbers or not any(ends):
        nearest = f"; did you mean ..{inside}?" if _NUMBER.fullmatch(inside) else ""
        raise NotUnderstood(f"({inside}) is no range{nearest}", "low..high, low.. or ..high")
    first, last = (Decimal(one) if one else None for one in ends)
    return first, last


Default = str | int | Decimal | bool | tuple[()] | None


def _default(text: str, type_: Type) -> Default:
    quoted = len(text) > 1 and text[0] in "'\"" and text[-1] == text[0]
    plain = text[1:-1] if quoted else text
    value: Default
    match type_.kind:
        case "text" | "email" | "url":
            if not quoted and not re.fullmatch(r"\w+", text):
                raise NotUnderstood(f"the default {text} is a text, and wants quotes: = 'text'")
            value = plain
        case "enum":
            value = plain
        case "bool":
            value = _bool(text)
        case "int" | "decimal":
            value = _number(text, type_)
        case "date" | "time" | "datetime" | "duration":
            value = _time(plain, type_)
        case "list" if text == "[]":
            value = ()
        case "list":
            raise NotUnderstood(f"the default {text} cannot be", "[]")
        case _:
            raise NotUnderstood(f"{_a(type_)} has no default")
    if why := why_not_value(value, type_):
        raise NotUnderstood(f"the default {text} {why}")
    return value


def _bool(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise NotUnderstood(f"the default {text} is no bool", "true or false")
    return text.lower() == "true"


def _number(text: str, type_: Type) -> int | Decimal:
    if not _NUMBER.fullmatch(text):
        raise NotUnderstood(f"the default {text} is no {type_.kind}{COMPUTED}")
    if type_.kind == "int":
        if "." in text:
            raise NotUnderstood(f"the default {text} is no int")
        return int(text)
    return Decimal(text)


def _time(text: str, type_: Type) -> str:
    if type_.kind == "duration":
        if not _DURATION.fullmatch(text):
            raise NotUnderstood(f"the default {text} is no duration", "ISO 8601, as PT30M or P7D")
        return text
    kinds: dict[str, Callable[[str], date | time]] = {
        "date": date.fromisoformat,
        "time": time.fromisoformat,
        "datetime": datetime.fromisoformat,
    }
    read = kinds[type_.kind]
    try:
        value = read(text)
    except ValueError:
        hint = "; what is calculated stands in `sets` of create" if text in _TIMES else ""
        raise NotUnderstood(f"the default {text} is no {type_.kind}{hint}", "ISO 8601") from None
    if isinstance(value, datetime) and value.tzinfo is None:
        raise NotUnderstood(f"the default {text} has no time zone", f"{text}Z")
    return text


def why_not_value(value: Default, type_: Type) -> str:  # noqa: PLR0911 - one for each kind
    """Say why a constant is no value of a type whose kind it has; empty where it is one."""
    match value:
        case bool() | None:
            return ""
        case str() if type_.kind == "enum":
            if value in type_.values:
                return ""
            return f"is no {type_.name or 'value'}{did_you_mean(value, type_.values)}"
        case str() if type_.kind in TEXTS:
            if type_.pattern and not re.fullmatch(type_.pattern, value):
                return f"does not match /{type_.pattern}/"
            return _why_outside(len(value), type_, f"has {len(value)} characters")
        case tuple():
            return _why_outside(0, type_, "has no items")
        case int() | Decimal():
            if type_.kind == "decimal" and round(Decimal(value), type_.scale) != value:
                return f"has more than {type_.scale} digits after the point"
            least, most = _limits(type_)
            if not least <= value <= most:
                return f"is not within {least}..{most}"
            return _why_outside(value, type_, "is outside")
        case _:
            return ""


def _why_outside(value: int | Decimal, type_: Type, what: str) -> str:
    low, high = type_.low, type_.high
    if (low is None or low <= value) and (high is None or value <= high):
        return ""
    shown = ["" if end is None else str(end) for end in (low, high)]
    return f"{what}, and the range is {'..'.join(shown)}"


def _a(type_: Type) -> str:
    name = type_.name or type_.kind
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
