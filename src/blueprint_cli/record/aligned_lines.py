"""Which lines two texts have in common, by what tells them apart and not by blank lines."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from difflib import SequenceMatcher
from itertools import takewhile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

WORD: Final = re.compile(r"\w")
# Beyond, lines that stand there often are not looked at.
MANY: Final = 2_000


def blocks(a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[bool, range, range]]:
    """Yield runs of lines, in order: whether both have them, and where they stand in each.

    Lines that stand once in both are aligned first, as in a patience diff.
    """
    begin_a = begin_b = 0
    for end_a, end_b in [*_anchors(a, b), (len(a), len(b))]:
        for equal, here, there in _between(a[begin_a:end_a], b[begin_b:end_b]):
            yield equal, _shifted(here, begin_a), _shifted(there, begin_b)
        if end_a < len(a):
            yield True, range(end_a, end_a + 1), range(end_b, end_b + 1)
        begin_a, begin_b = end_a + 1, end_b + 1


def _between(a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[bool, range, range]]:
    """Yield the runs of lines that have no line in common that stands once."""
    begin, end = equal_ends(a, b)
    inner_a, inner_b = a[begin : len(a) - end], b[begin : len(b) - end]
    yield True, range(begin), range(begin)
    crowded = max(len(inner_a), len(inner_b)) > MANY
    matcher = SequenceMatcher(_says_nothing, inner_a, inner_b, autojunk=crowded)
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        here, there = range(i, i_end), range(j, j_end)
        yield tag == "equal", _shifted(here, begin), _shifted(there, begin)
    yield True, range(len(a) - end, len(a)), range(len(b) - end, len(b))


def _shifted(lines: range, by: int) -> range:
    return range(lines.start + by, lines.stop + by)


def equal_ends(one: Sequence[str], other: Sequence[str]) -> tuple[int, int]:
    """Return how many items are equal at the beginning, and of the rest at the end."""
    shorter = min(len(one), len(other))
    begin = _equal(zip(one, other, strict=False))
    backwards = zip(one[begin:][::-1], other[begin:][::-1], strict=False)
    return begin, min(_equal(backwards), shorter - begin)


def _equal(pairs: Iterable[tuple[str, str]]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _says_nothing(line: str) -> bool:
    return WORD.search(line) is None


def _anchors(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """Return the longest run of lines in the same order that stand once in each text."""
    in_a, in_b = Counter(a), Counter(b)
    place = {line: number for number, line in enumerate(b) if in_b[line] == 1}
    pairs = [(i, place[line]) for i, line in enumerate(a) if in_a[line] == 1 and line in place]
    # Patience sorting: the tops of the piles, and before each pair the top of the pile beside it.
    tops: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for number, (_, j) in enumerate(pairs):
        pile = bisect_left(tops, j)
        before.append(piles[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [j]
        piles[pile : pile + 1] = [number]
    found = []
    number = piles[-1] if piles else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]
