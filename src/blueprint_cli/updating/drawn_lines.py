"""Where the marked places of a masked text stand in a text that somebody may have edited."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.record.aligned_lines import blocks
from blueprint_cli.record.drawn import MARK, WHOLE_LINES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

# So many letters and digits around a mark tell its line from others in the whole file.
TELLING: Final = 3
# What a value ends at where the rest of its line was edited.
ENDS: Final = re.compile(r"[\s\"'`,;]|$")


@dataclass(frozen=True, slots=True)
class Found:
    """Where a marked line stands: ``line`` counts from 0.

    ``values`` are what is between its literals; of a place of whole lines, the lines.
    """

    line: int
    values: tuple[str, ...]


def is_whole_lines(line: str) -> bool:
    """Whether a masked line stands for any number of lines."""
    return WHOLE_LINES.fullmatch(line) is not None


def tells(literal: str) -> bool:
    """Whether a line is told from others by what is not drawn of it."""
    return len(re.findall(r"\w", literal)) >= TELLING


def values_in(masked: str, line: str) -> tuple[str, ...] | None:
    """Return what a line has in the places of a masked one; None where it is another line."""
    first, *others = masked.split(MARK)
    if not others:
        return () if masked == line else None
    *middle, last = others
    end = len(line) - len(last)
    if not (line.startswith(first) and line.endswith(last) and end >= len(first)):
        return None
    at, values = len(first), []
    for literal in middle:
        place = line.find(literal, at, end)
        if place < 0:
            return None
        values.append(line[at:place])
        at = place + len(literal)
    return (*values, line[at:end])


def with_values(masked: str, values: Iterable[str]) -> str:
    """Put values into the places of a masked line."""
    given = iter(values)
    return re.sub(re.escape(MARK), lambda _: next(given), masked)


def located(masked: Sequence[str], lines: Sequence[str]) -> dict[int, Found]:
    """Return where each marked line stands, by its number; one that cannot be told is left out."""
    exact = exactly(masked, lines)
    return _Search(masked, lines).found() if exact is None else exact


def exactly(masked: Sequence[str], lines: Sequence[str]) -> dict[int, Found] | None:
    """Return where the marked lines stand in a text that nobody edited; None where it was."""
    found: dict[int, Found] = {}
    at = 0
    for begin, end in _runs(masked):
        length = end - begin
        whole = begin > 0
        starts: Iterable[int] = [0]
        if whole:
            last = len(lines) - length
            starts = [last] if end == len(masked) else range(at, last + 1)
        for start in starts:
            here = _standing(masked, lines, begin, end, start) if start >= at else None
            if here is not None:
                break
        else:
            return None
        if whole:
            found[begin - 1] = Found(at, tuple(lines[at:start]))
        found |= here
        at = start + length
    return found if at == len(lines) else None


def _runs(masked: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield where the lines between places of whole lines begin and end."""
    begin = 0
    for number, line in enumerate(masked):
        if is_whole_lines(line):
            yield begin, number
            begin = number + 1
    yield begin, len(masked)


def _standing(
    masked: Sequence[str], lines: Sequence[str], begin: int, end: int, start: int
) -> dict[int, Found] | None:
    """Return the marked lines of a run where all of it stands from ``start`` on."""
    if start + end - begin > len(lines):
        return None
    found = {}
    for number in range(begin, end):
        line = start + number - begin
        values = values_in(masked[number], lines[line])
        if values is None:
            return None
        if values:
            found[number] = Found(line, values)
    return found


class _Search:
    """Looks for marked lines in an edited text; each of its lines is taken once."""

    def __init__(self, masked: Sequence[str], lines: Sequence[str]) -> None:
        self._masked = masked
        self._lines = lines
        self._whole = [n for n, line in enumerate(masked) if is_whole_lines(line)]
        self._within = [
            n for n, line in enumerate(masked) if MARK in line and not is_whole_lines(line)
        ]
        self._same: dict[int, int] = {}
        self._found: dict[int, Found] = {}

    def found(self) -> dict[int, Found]:
        gaps = []
        for equal, here, there in blocks(self._masked, self._lines):
            if equal:
                self._same |= dict(zip(here, there, strict=True))
            else:
                gaps.append((here, there))
        for here, there in gaps:
            self._assign([n for n in self._within if n in here], there)
        left = [
            n
            for n in self._within
            if n not in self._found and tells(self._masked[n].replace(MARK, ""))
        ]
        self._assign(left, range(len(self._lines)))
        for number in left:
            self._look_before(number)
        for number in self._whole:
            self._look_between(number)
        return self._found

    def _free(self, lines: Iterable[int]) -> list[int]:
        taken = {*self._same.values(), *(found.line for found in self._found.values())}
        return [line for line in lines if line not in taken]

    def _assign(self, numbers: Sequence[int], lines: Collection[int]) -> None:
        """Give marked lines those that they match, where there are as many of both."""
        alike = Counter(self._masked[number] for number in numbers)
        for masked in sorted(alike, key=lambda line: -len(line.replace(MARK, ""))):
            matches = []
            for line in self._free(lines):
                values = values_in(masked, self._lines[line])
                if values is not None:
                    matches.append(Found(line, values))
            if len(matches) == alike[masked]:
                asking = [number for number in numbers if self._masked[number] == masked]
                self._found |= dict(zip(asking, matches, strict=True))

    def _look_before(self, number: int) -> None:
        """Look for the value after what stands before it, where the rest of the line was edited."""
        before, *others = self._masked[number].strip().split(MARK)
        if number in self._found or len(others) != 1 or not tells(before):
            return
        matches = []
        for line in self._free(range(len(self._lines))):
            _, here, after = self._lines[line].partition(before)
            if here:
                end = ENDS.search(after)
                matches.append(Found(line, (after[: end.start()] if end else after,)))
        if len(matches) == 1:
            self._found[number] = matches[0]

    def _look_between(self, number: int) -> None:
        """Take the lines between the neighbours of a place of whole lines."""
        above, below = self._line_of(number - 1), self._line_of(number + 1)
        if above is not None and below is not None and above < below:
            lines = tuple(self._lines[above + 1 : below])
            self._found[number] = Found(above + 1, lines)

    def _line_of(self, number: int) -> int | None:
        if number < 0:
            return -1
        if number == len(self._masked):
            return len(self._lines)
        found = self._found.get(number)
        return self._same.get(number) if found is None else found.line
