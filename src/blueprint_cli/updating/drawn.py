"""Values that a template draws at random, in a merge: the project keeps those that it has.

The record has marks where values are drawn, see `blueprint_cli.record.drawn`. For a merge, both
renders get the project's present values there, so that they are no difference between the three
trees, and what the template changes around them arrives.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.record.drawn import MARK, decoded, encoded, is_masked
from blueprint_cli.tree import File, Tree
from blueprint_cli.updating.drawn_lines import exactly, is_whole_lines, located, with_values
from blueprint_cli.updating.drawn_pairs import (
    SHORT,
    differ_by_chance,
    equal_by_chance,
    paired,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from blueprint_cli.updating.drawn_lines import Found

# Of a file that moved, so much is as it was.
LIKE: Final = 0.5


@dataclass(frozen=True, slots=True, order=True)
class Kept:
    """A line of a project's file, counted from 1, whose drawn value stays."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Filled:
    """Two renders for a merge: ``new`` without a mark, ``base`` with those that nothing follows."""

    base: Tree
    new: Tree
    kept: tuple[Kept, ...]


def has_drawn(*trees: Tree) -> bool:
    """Whether a place is marked in one of the trees."""
    return any(is_masked(file.content) for tree in trees for file in tree.values())


def filled(base: Tree, new: Tree, fresh: Tree, ours: Mapping[str, bytes]) -> Filled:
    """Put the values that a project has into two masked renders.

    A place that is new gets what ``fresh`` drew. Where a value cannot be found, because its line
    was deleted or written anew, the two renders are equal and so the project's text stays; if the
    template changed that line, too, it is a conflict. So is a place that the template gave up: no
    value of a project goes away without a word, for it may be one that was set by hand.

    Args:
        base: the masked render that the project stands on.
        new: the masked new render.
        fresh: one of the two renders that ``new`` was masked from.
        ours: the project's files; each is read only where it is needed.
    """
    # A file that not every render has is in this one.
    new = new.with_files({p: file for p, file in base.items() if p in fresh and p not in new})
    sources = _sources(base, new)
    bases: dict[str, File] = dict(base)
    news: dict[str, File] = dict(new)
    kept: list[Kept] = []
    for path, file in new.items():
        source = sources.get(path)
        before = base[source].content if source is not None else b""
        if not is_masked(before + file.content):
            continue
        mine = _mine(source, base, ours)
        texts = _Texts(
            decoded(before),
            decoded(file.content),
            decoded(fresh[path].content if path in fresh else file.content),
            None if mine is None else decoded(ours[mine]),
        )
        filled_texts = texts.filled()
        news[path] = File(encoded(filled_texts.new), file.mode)
        if source is not None:
            bases[source] = File(encoded(filled_texts.base), base[source].mode)
        kept += [Kept(mine, line) for line in filled_texts.kept if mine is not None]
    return Filled(Tree(bases), Tree(news), tuple(sorted(kept)))


def _sources(base: Tree, new: Tree) -> Mapping[str, str]:
    """Return which file of the base each of the new render was, by name or else by likeness."""
    same = {path: path for path in new if path in base}
    gone = {path: file.content for path, file in base.items() if path not in new}
    for path, file in new.items():
        if path not in base and is_masked(file.content):
            likest = _likest(file.content, gone)
            if likest is not None:
                same[path] = likest
                del gone[likest]
    # A mark that the new render has by chance no more.
    for path, content in list(gone.items()):
        if is_masked(content):
            others = {p: file.content for p, file in new.items() if p not in same}
            likest = _likest(content, others)
            if likest is not None:
                same[likest] = path
    return same


def _mine(path: str | None, base: Tree, ours: Mapping[str, bytes]) -> str | None:
    """Return where the project has a file of the base."""
    if path is None or path in ours:
        return path
    name = path.rpartition("/")[2]
    elsewhere = [other for other in ours if other not in base]
    named = [other for other in elsewhere if other.rpartition("/")[2] == name]
    for paths in (named, elsewhere):
        likest = _likest(base[path].content, {other: ours[other] for other in paths})
        if likest is not None:
            return likest
    return None


def _likest(content: bytes, others: Mapping[str, bytes]) -> str | None:
    """Return the path of the content that is most like a masked one."""
    lines = _plain(decoded(content))
    ranked = [(_likeness(lines, _plain(decoded(other))), path) for path, other in others.items()]
    like, likest = max(ranked, default=(0.0, ""))
    return likest if like >= LIKE else None


def _likeness(masked: Sequence[str], lines: Sequence[str]) -> float:
    telling = [line for line in masked if line and not is_whole_lines(line)]
    if telling and exactly(masked, lines) is not None:
        return 1.0
    common = (Counter(telling) & Counter(lines)).total()
    return 2 * common / (len(telling) + len([line for line in lines if line]) or 1)


@dataclass(frozen=True, slots=True)
class _FilledTexts:
    base: str
    new: str
    kept: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Texts:
    """One file: masked before, masked now, drawn now, and as the project has it."""

    base: str
    new: str
    fresh: str
    ours: str | None

    def filled(self) -> _FilledTexts:
        if self.base == self.new == MARK:
            # All of it is drawn, and it may be no text.
            value = self.fresh if self.ours is None else self.ours
            return _FilledTexts(value, value, () if self.ours is None else (1,))
        base, new = _plain(self.base), _plain(self.new)
        drawn = exactly(new, _plain(self.fresh))
        if drawn is None or self.new == MARK:
            return _FilledTexts(self.base, self.fresh)
        found = {} if self.ours is None else located(base, _plain(self.ours))
        lines = _Lines(base, new, found, drawn)
        lines.fill()
        return _FilledTexts(
            _joined(self.base, lines.base_lines),
            _joined(self.new, lines.new_lines),
            tuple(lines.kept),
        )


class _Lines:
    """Fills one file; the result is, by number of line, the lines that stand there instead."""

    def __init__(
        self,
        base: Sequence[str],
        new: Sequence[str],
        found: Mapping[int, Found],
        drawn: Mapping[int, Found],
    ) -> None:
        self._base, self._new = base, new
        self._found, self._drawn = found, drawn
        self.base_lines: dict[int, Sequence[str]] = {}
        self.new_lines: dict[int, Sequence[str]] = {
            number: _lines_with(new[number], place) for number, place in drawn.items()
        }
        self.kept: list[int] = []

    def fill(self) -> None:
        for number, old in sorted(paired(self._base, self._new).items()):
            before, now = self._base[old], self._new[number]
            mine = self._found.get(old)
            if MARK not in before or MARK not in now:
                self._fill_by_chance(number, old)
            elif mine is not None:
                self.base_lines[old] = _lines_with(before, mine)
                values = (*mine.values, *self._drawn[number].values)
                same = before == now or differ_by_chance(before, now, values)
                self.new_lines[number] = self.base_lines[old] if same else _lines_with(now, mine)
                self.kept.append(mine.line + 1)
            elif before == now:
                self.base_lines[old] = self.new_lines[number]

    def _fill_by_chance(self, number: int, old: int) -> None:
        """Keep a short value that one of the two masks has not marked."""
        before, now = self._base[old], self._new[number]
        place = self._found.get(old) if MARK in before else self._drawn[number]
        if place is None or not _is_short(place) or not equal_by_chance(before, now):
            return
        if MARK in before:
            self.base_lines[old] = self.new_lines[number] = _lines_with(before, place)
            self.kept.append(place.line + 1)
        else:
            self.new_lines[number] = [before]


def _is_short(place: Found) -> bool:
    return all(len(value) <= SHORT for value in place.values)


def _lines_with(masked: str, place: Found) -> Sequence[str]:
    return place.values if is_whole_lines(masked) else [with_values(masked, place.values)]


def _plain(text: str) -> list[str]:
    """Return a text's lines without their endings, which are no difference."""
    return [line.removesuffix("\r") for line in text.split("\n")]


def _joined(text: str, instead: Mapping[int, Iterable[str]]) -> str:
    """Return a text with other lines, each ended as what it replaces."""
    lines: list[str] = []
    for number, line in enumerate(text.split("\n")):
        ending = "\r" if line.endswith("\r") else ""
        lines += [other + ending for other in instead[number]] if number in instead else [line]
    return "\n".join(lines)
