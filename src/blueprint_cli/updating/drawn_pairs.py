"""Which marked line of a new render is which of the one before."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from blueprint_cli.record.aligned_lines import blocks
from blueprint_cli.record.drawn import DELIMITERS, EDGE, MANY_SYMBOLS, MARK, SYMBOL
from blueprint_cli.updating.drawn_lines import is_whole_lines, tells, values_in

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

LIKE: Final = 0.6
WITHIN: Final = 0.7
# Values so short are equal in two renders now and then, so that one of two masks lacks the mark.
SHORT: Final = 4


def paired(base: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Return for marked lines of the new render, by number, the line of the base that it was.

    Where the mark is in one of the two alone, and short values say that this is chance, the lines
    are a pair as well.
    """
    pairs: dict[int, int] = {}
    for equal, before, after in blocks(base, new):
        if equal:
            here = zip(after, before, strict=True)
            pairs |= {number: old for number, old in here if MARK in new[number]}
        else:
            pairs |= _alike(base, before, new, after)
    return pairs | _moved(base, new, pairs)


def _alike(
    base: Sequence[str], before: Collection[int], new: Sequence[str], after: Collection[int]
) -> dict[int, int]:
    """Pair the lines of a changed run: the most alike first, in their order where several are."""
    ranked = []
    for place, number in enumerate(after):
        for other, old in enumerate(before):
            like = _likeness(base[old], new[number])
            if like >= LIKE:
                ranked.append((-like, abs(place - other), number, old))
    pairs: dict[int, int] = {}
    for _, _, number, old in sorted(ranked):
        if number not in pairs and old not in pairs.values():
            pairs[number] = old
    return pairs


def _likeness(old: str, line: str) -> float:
    """Return 0 where two lines cannot have the same places, up to 1."""
    if MARK not in old + line or is_whole_lines(old) != is_whole_lines(line):
        return 0
    if is_whole_lines(old):
        return 1
    if old.count(MARK) != line.count(MARK):
        return 1 if equal_by_chance(old, line) else 0
    short, long = sorted((old.replace(MARK, ""), line.replace(MARK, "")), key=len)
    matcher = SequenceMatcher(None, short, long, autojunk=False)
    common = sum(block.size for block in matcher.get_matching_blocks())
    # A line that more was written around, as `export KEY=` around `KEY=`.
    within = WITHIN * common / len(short) if tells(short) else 0
    return max(matcher.ratio(), within)


def equal_by_chance(old: str, line: str) -> bool:
    """Whether one of two lines is the other with short values where that has marks."""
    values = values_in(old, line) or values_in(line, old) or ()
    return bool(values) and all(MARK not in value and len(value) <= SHORT for value in values)


def differ_by_chance(old: str, line: str, values: Collection[str]) -> bool:
    """Whether two marked lines differ in no more than drawn values have in common by chance.

    What is letters and digits alone is marked whole. Other values may leave their first or last
    characters in a mask, where two renders happened to draw the same.
    """
    symbols = set(SYMBOL.findall("".join(values)))
    if not symbols:
        return False
    pieces = list(zip(old.split(MARK), line.split(MARK), strict=True))
    last = len(pieces) - 1
    edges = [
        _beside_mark(*sorted(pair, key=len), before=number > 0, after=number < last)
        for number, pair in enumerate(pieces)
    ]
    drawn = set("".join(edge or "" for edge in edges))
    return (
        None not in edges
        and not drawn.intersection(DELIMITERS)
        and (len(symbols) >= MANY_SYMBOLS or {c for c in drawn if not c.isalnum()} <= symbols)
    )


def _beside_mark(short: str, long: str, *, before: bool, after: bool) -> str | None:
    """Return what a literal has more than another beside its marks; None where it differs more."""
    more = len(long) - len(short)
    if more <= EDGE:
        for left in range(more + 1) if before and after else [more if before else 0]:
            right = len(long) - (more - left)
            if long[left:right] == short and (more == 0 or before or after):
                return long[:left] + long[right:]
    return None


def _moved(base: Sequence[str], new: Sequence[str], pairs: dict[int, int]) -> dict[int, int]:
    """Pair lines that stand elsewhere now, where there is one of each."""
    left = [n for n, line in enumerate(base) if MARK in line and n not in pairs.values()]
    more = [n for n, line in enumerate(new) if MARK in line and n not in pairs]
    before = Counter(base[n].strip() for n in left)
    after = Counter(new[n].strip() for n in more)
    old = {base[n].strip(): n for n in left}
    return {n: old[text] for n in more if before[text := new[n].strip()] == after[text] == 1}
