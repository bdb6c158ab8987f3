"""Texts that a pattern matches, shortest first, the same for the same number."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIGITS: Final = "0123456789"
_LOWER: Final = "abcdefghijklmnopqrstuvwxyz"
_CLASSES: Final = {"d": _DIGITS, "w": _LOWER + _DIGITS, "s": " "}
_PRINTABLE: Final = _LOWER + _LOWER.upper() + _DIGITS + " -_.:/+@#"
_ESCAPED: Final = {"t": "\t", "n": "\n"}
_MOST: Final = 40
_MANY: Final = 10**9


@dataclass(frozen=True, slots=True)
class _Slot:
    """A place in a text: which characters it may be, and how often it stands there."""

    characters: str
    least: int = 1
    most: int = 1


class _NotReadError(Exception):
    """A part of a pattern that is not read here."""


def matching(pattern: str, low: int, high: int, number: int = 0) -> str | None:
    """Return a text that a pattern matches as a whole, or None where none is found.

    ``low`` and ``high`` bound its length; another ``number`` gives another text where there is one.
    """
    try:
        slots = _Reader(pattern).read()
    except (_NotReadError, IndexError, ValueError):
        return None
    placed = _with_choice(slots, low, high, number)
    text = "".join(_numbered(placed, number)) if placed is not None else None
    if text is None or not low <= len(text) <= high or not re.fullmatch(pattern, text):
        return None
    return text


def _with_choice(slots: Sequence[_Slot], low: int, high: int, number: int) -> list[str] | None:
    """Return the characters of each place of a text so long that there are more than ``number``."""
    found = _lengthened(slots, low, high)
    length = 0 if found is None else len(found)
    while found is not None and math.prod(map(len, found)) <= number and length < high:
        longer = _lengthened(slots, length + 1, high)
        if longer is None:
            break
        found, length = longer, len(longer)
    return found


def places(pattern: str, low: int, high: int) -> list[str] | None:
    """Return what each character of such a text may be; None where none is found."""
    if matching(pattern, low, high) is None:
        return None
    return _with_choice(_Reader(pattern).read(), low, high, _MANY)


def _lengthened(slots: Sequence[_Slot], low: int, high: int) -> list[str] | None:
    """Return the characters of each place: as few as there can be of at least ``low``."""
    counts = [slot.least for slot in slots]
    for index in reversed(range(len(slots))):
        lacking = max(low, 1) - sum(counts)
        if lacking > 0:
            counts[index] += min(lacking, slots[index].most - counts[index])
    if not low <= sum(counts) <= high:
        return None
    return [
        slot.characters for slot, count in zip(slots, counts, strict=True) for _ in range(count)
    ]


def _numbered(placed: Sequence[str], number: int) -> list[str]:
    """Count in the places that have a choice, the last one first."""
    chosen = []
    for characters in reversed(placed):
        number, at = divmod(number, len(characters))
        chosen.append(characters[at])
    return chosen[::-1]


class _Reader:
    """Reads literals, classes, groups, the first of alternatives, and how often each stands."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def read(self) -> list[_Slot]:
        """Return the places of a text."""
        slots = self._alternative()
        if self._at < len(self._pattern):
            raise _NotReadError
        return slots

    @property
    def _next(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self) -> str:
        character = self._pattern[self._at]
        self._at += 1
        return character

    def _alternative(self) -> list[_Slot]:
        first = self._sequence()
        while self._next == "|":
            self._take()
            self._sequence()
        return first

    def _sequence(self) -> list[_Slot]:
        slots: list[_Slot] = []
        while self._next not in {"", "|", ")"}:
            slots += self._repeated(self._atom())
        return slots

    def _atom(self) -> list[_Slot]:
        character = self._take()
        match character:
            case "^" | "$":
                return []
            case "(":
                return self._group()
            case "[":
                return [_Slot(self._class())]
            case ".":
                return [_Slot(_PRINTABLE)]
            case "\\":
                return [_Slot(self._escape())]
            case "*" | "+" | "?":
                raise _NotReadError
            case _:
                return [_Slot(character)]

    def _group(self) -> list[_Slot]:
        if self._next == "?":
            self._take()
            if self._take() != ":":
                raise _NotReadError
        slots = self._alternative()
        if self._take() != ")":
            raise _NotReadError
        return slots

    def _escape(self) -> str:
        character = self._take()
        if character.isalpha() and character not in _CLASSES and character not in _ESCAPED:
            raise _NotReadError
        return _CLASSES.get(character) or _ESCAPED.get(character, character)

    def _class(self) -> str:
        negated = self._next == "^"
        if negated:
            self._take()
        found = ""
        while self._next != "]" or not found:
            one = self._take()
            one = self._escape() if one == "\\" else one
            if self._next == "-" and self._pattern[self._at + 1] != "]" and len(one) == 1:
                self._take()
                last = self._take()
                one = "".join(map(chr, range(ord(one), ord(last) + 1)))
            found += one
        self._take()
        if negated:
            return "".join(one for one in _PRINTABLE if one not in found)
        # Digits and letters are read more easily than what stands around them.
        plain = [one for one in found if one.isalnum()]
        return "".join(dict.fromkeys(plain or found))

    def _repeated(self, slots: list[_Slot]) -> list[_Slot]:
        least, most = self._times()
        if len(slots) == 1 and slots[0].least == slots[0].most == 1:
            return [_Slot(slots[0].characters, least, most)]
        return slots * least

    def _times(self) -> tuple[int, int]:
        match self._next:
            case "*":
                times = (0, _MOST)
            case "+":
                times = (1, _MOST)
            case "?":
                times = (0, 1)
            case "{":
                return self._counted()
            case _:
                return (1, 1)
        self._take()
        if self._next in {"?", "+"}:
            self._take()
        return times

    def _counted(self) -> tuple[int, int]:
        end = self._pattern.index("}", self._at)
        least, comma, most = self._pattern[self._at + 1 : end].partition(",")
        self._at = end + 1
        if not comma:
            return int(least), int(least)
        return int(least or 0), int(most) if most else int(least or 0) + _MOST
