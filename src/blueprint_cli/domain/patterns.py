r"""Patterns of texts: the part of regular expressions that means one thing and is never slow.

Python's `re` tries one way after another, and for ``(a+)+`` there are 2ⁿ. So a pattern is refused
where a text of the allowed length could be read in too many ways: where what is repeated or chosen
may also be what follows it. What has one way is taken whatever its length, as
``[a-z]+(-[a-z]+)*``; what has several is taken for texts that are short enough, as
``.+@.+\..+`` for 250 characters. (XML Schema asks for such expressions everywhere: Brüggemann-Klein
and Wood, One-unambiguous regular languages, 1998.)

Backreferences, looking ahead or behind, flags and lazy repetition are refused: PostgreSQL, JSON
Schema and Python would not agree. ``\d``, ``\w`` and ``\s`` mean ASCII, and are written out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from blueprint_cli.domain import limits
from blueprint_cli.domain.mistakes import NotUnderstood

LENGTH: Final = 200
REPEATED: Final = 1_000
DEPTH: Final = 10
# Ways times characters: what `re` goes through in half a second.
STEPS: Final = 20_000_000
ALLOWED: Final = r"letters, [classes], . \d \w \s, (groups), | and ? * + {2} {2,5}"

_Span = tuple[int, int]
_LAST: Final = 0x10FFFF
_WRITTEN_OUT: Final = {"d": "0-9", "w": "A-Za-z0-9_", "s": r" \t\n\r\f\v"}
_CLASSES: Final[dict[str, tuple[_Span, ...]]] = {
    "d": ((48, 57),),
    "w": ((48, 57), (65, 90), (95, 95), (97, 122)),
    "s": ((9, 13), (32, 32)),
}
_CONTROL: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_SIGNS: Final = r"\^$.|?*+()[]{}/"
_QUANTITY: Final = re.compile(r"\{(\d{1,4})(?:(,)(\d{1,4})?)?\}")


@lru_cache(1024)
def read_pattern(pattern: str, longest: int | None) -> str:
    """Return a pattern that a whole text has to match, as it is written into code.

    Args:
        pattern: what stands between the slashes; ``^`` and ``$`` around it say nothing new.
        longest: the most characters of a text, None where there is no bound.

    Raises:
        NotUnderstood: where it is none, or no part of what is allowed, or could be slow.
    """
    if len(pattern) > LENGTH:
        raise NotUnderstood(f"the pattern has {len(pattern)} characters", f"at most {LENGTH}")
    pattern = pattern.removeprefix("^")
    if re.search(r"(?<!\\)(\\\\)*\$\Z", pattern):
        pattern = pattern[:-1]
    reader = _Reader(pattern)
    found = reader.read()
    length = limits.TEXT if longest is None else longest
    if _ways(found, (), length) * length > STEPS:
        shorter = "" if longest and longest < LENGTH else ", or a smaller bound for the text"
        raise NotUnderstood(
            f"/{pattern}/ could take very long: a text can be read in too many ways",
            f"after a repetition or a choice, another character than it may have itself{shorter}",
        )
    return "".join(reader.written)


@dataclass(frozen=True, slots=True)
class _Chars:
    spans: tuple[_Span, ...]


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Repeated:
    part: _Node
    low: int
    high: int | None


_Node = _Chars | _Sequence | _Choice | _Repeated


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        # The pattern, with what is not the same everywhere written out.
        self.written: list[str] = []

    def read(self) -> _Node:
        found = self._choice()
        if self.at < len(self.text):
            raise self._error("a ( is missing before )")
        try:
            re.compile("".join(self.written))
        except (re.error, RecursionError, OverflowError) as error:
            raise self._error(str(error)) from None
        return found

    def _error(self, why: str) -> NotUnderstood:
        return NotUnderstood(f"/{self.text}/ is no pattern: {why}", ALLOWED)

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _take(self, text: str) -> bool:
        if not self.text.startswith(text, self.at):
            return False
        self.at += len(text)
        self.written.append(text)
        return True

    def _choice(self) -> _Node:
        parts = [self._sequence()]
        while self._take("|"):
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else _Choice(tuple(parts))

    def _sequence(self) -> _Node:
        parts: list[_Node] = []
        while (sign := self._next()) and sign not in "|)":
            parts.append(self._repeated(self._one()))
        return parts[0] if len(parts) == 1 else _Sequence(tuple(parts))

    def _repeated(self, part: _Node) -> _Node:
        low, high = self._quantity()
        if (low, high) == (1, 1):
            return part
        if self._next() in ("?", "+", "*") and self._next():
            raise self._error(f"{self._next()} after a repetition")
        if high != 1 and _may_be_empty(part):
            raise self._error("what may be empty is repeated")
        return _Repeated(part, low, high)

    def _quantity(self) -> tuple[int, int | None]:
        for sign, bounds in {"?": (0, 1), "*": (0, None), "+": (1, None)}.items():
            if self._take(sign):
                return bounds
        if self._next() != "{":
            return 1, 1
        found = _QUANTITY.match(self.text, self.at)
        if not found:
            raise self._error("{ is no repetition; a brace itself is \\{")
        self._take(found[0])
        low = int(found[1])
        high = low if not found[2] else int(found[3]) if found[3] else None
        if max(low, high or 0) > REPEATED or (high is not None and high < max(low, 1)):
            raise self._error(f"{found[0]} cannot be")
        return low, high

    def _one(self) -> _Node:
        sign = self._next()
        if sign == "(":
            return self._group()
        if sign == "[":
            return _Chars(self._class())
        if sign == "\\":
            return _Chars(self._escaped(in_class=False))
        if sign in "^$":
            raise self._error(f"{sign} stands within; the whole text is matched")
        if sign in "?*+{":
            raise self._error(f"nothing is repeated by {sign}")
        self._take(sign)
        if sign == ".":
            return _Chars(_others(((10, 10),)))
        return _Chars(((ord(sign), ord(sign)),))

    def _group(self) -> _Node:
        if not self._take("(?:"):
            self._take("(")
            if self._next() == "?":
                raise self._error("(? begins what is not allowed, but for (?:")
        self.depth += 1
        if self.depth > DEPTH:
            raise self._error("it is nested too deeply")
        found = self._choice()
        if not self._take(")"):
            raise self._error("a ) is missing")
        self.depth -= 1
        return found

    def _class(self) -> tuple[_Span, ...]:
        self._take("[")
        negated = self._take("^")
        spans: list[_Span] = []
        while self._next() != "]":
            if not self._next():
                raise self._error("a ] is missing")
            spans += self._span()
        self._take("]")
        if not spans:
            raise self._error("[] holds nothing")
        return _others(tuple(spans)) if negated else tuple(spans)

    def _span(self) -> tuple[_Span, ...]:
        first = self._in_class()
        after = self.text[self.at + 1 : self.at + 2]
        if self._next() != "-" or after in ("]", ""):
            return first
        self._take("-")
        last = self._in_class()
        single = all(len(one) == 1 and one[0][0] == one[0][1] for one in (first, last))
        if not single or first[0][0] > last[0][0]:
            raise self._error("a range in [] goes from a character to a later one")
        return ((first[0][0], last[0][0]),)

    def _in_class(self) -> tuple[_Span, ...]:
        sign = self._next()
        if sign == "\\":
            return self._escaped(in_class=True)
        if sign == "[" or (sign in "&|~" and self.text[self.at + 1 : self.at + 2] == sign):
            raise self._error(f"{sign} in [] is written \\{sign}")
        self._take(sign)
        return ((ord(sign), ord(sign)),)

    def _escaped(self, *, in_class: bool) -> tuple[_Span, ...]:
        sign = self.text[self.at + 1 : self.at + 2]
        if sign.lower() in _CLASSES:
            if sign.isupper() and in_class:
                raise self._error(f"\\{sign} in []")
            inside = _WRITTEN_OUT[sign.lower()]
            self.at += 2
            self.written.append(
                inside if in_class else f"[{'^' if sign.isupper() else ''}{inside}]"
            )
            spans = _CLASSES[sign.lower()]
            return _others(spans) if sign.isupper() else spans
        if sign in _CONTROL or (sign and not sign.isalnum() and sign.isascii()):
            self.at += 2
            plain = not in_class and sign not in _CONTROL and sign not in _SIGNS
            self.written.append(sign if plain else f"\\{sign}")
            found = ord(_CONTROL.get(sign, sign))
            return ((found, found),)
        raise self._error(f"\\{sign} is not allowed")


def _others(spans: tuple[_Span, ...]) -> tuple[_Span, ...]:
    """Return every character that is in none of the spans."""
    found: list[_Span] = []
    at = 0
    for low, high in sorted(spans):
        if low > at:
            found.append((at, low - 1))
        at = max(at, high + 1)
    if at <= _LAST:
        found.append((at, _LAST))
    return tuple(found)


def _overlap(ones: tuple[_Span, ...], others: tuple[_Span, ...]) -> bool:
    return any(low <= last and first <= high for low, high in ones for first, last in others)


def _may_be_empty(node: _Node) -> bool:
    match node:
        case _Chars():
            return False
        case _Sequence(parts=parts):
            return all(map(_may_be_empty, parts))
        case _Choice(parts=parts):
            return any(map(_may_be_empty, parts))
        case _Repeated(part=part, low=low):
            return low == 0 or _may_be_empty(part)


def _first(node: _Node) -> tuple[_Span, ...]:
    """Return the characters that it can begin with."""
    match node:
        case _Chars(spans=spans):
            return spans
        case _Choice(parts=parts):
            return tuple(span for one in parts for span in _first(one))
        case _Repeated(part=part):
            return _first(part)
        case _Sequence(parts=parts):
            found: list[_Span] = []
            for one in parts:
                found += _first(one)
                if not _may_be_empty(one):
                    break
            return tuple(found)


def _ways(node: _Node, follow: tuple[_Span, ...], longest: int) -> int:
    """Return in how many ways a text can be read at most, no more than ``STEPS`` and one.

    Args:
        node: what reads it.
        follow: the characters that can come after it.
        longest: the most characters of a text.
    """
    match node:
        case _Chars():
            return 1
        case _Sequence(parts=parts):
            found = 1
            for one in reversed(parts):
                found = min(found * _ways(one, follow, longest), STEPS + 1)
                begins = _first(one)
                follow = (*begins, *follow) if _may_be_empty(one) else begins
            return found
        case _Choice(parts=parts):
            return _ways_of_choice(parts, follow, longest)
        case _Repeated():
            return _ways_of_repetition(node, follow, longest)


def _ways_of_choice(parts: tuple[_Node, ...], follow: tuple[_Span, ...], longest: int) -> int:
    ways = [_ways(one, follow, longest) for one in parts]
    before: tuple[_Span, ...] = ()
    for one in parts:
        begins = (*_first(one), *(follow if _may_be_empty(one) else ()))
        if _overlap(begins, before):
            return min(sum(ways), STEPS + 1)
        before = (*before, *begins)
    return max(ways)


def _ways_of_repetition(node: _Repeated, follow: tuple[_Span, ...], longest: int) -> int:
    begins = _first(node.part)
    high = longest if node.high is None else min(node.high, longest)
    inner = _ways(node.part, (*begins, *follow) if high > 1 else follow, longest)
    ends = high - node.low + 1 if _overlap(begins, follow) and high > node.low else 1
    each = 1
    for _ in range(high if inner > 1 else 0):
        each *= inner
        if each > STEPS:
            return STEPS + 1
    return min(each * ends, STEPS + 1)
