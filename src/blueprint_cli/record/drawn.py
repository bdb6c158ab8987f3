"""What a template draws at random: two renders become one tree in which it does not stand.

A drawn value may be a secret, so no part of it enters the record: a marked place reaches from the
first word that differs to the last. What the renders do not have in common is nobody's change, and
`blueprint_cli.updating.drawn` puts the project's own values where the marks are.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import groupby
from typing import TYPE_CHECKING, Final

from blueprint_cli.record.aligned_lines import blocks, equal_ends
from blueprint_cli.tree import PLAIN, File, Tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MARK: Final = "⟦drawn by the template⟧"
# A place that is as many lines as were drawn, none included.
WHOLE_LINES: Final = re.compile(rf"[ \t]*{MARK}\r?")
TOKEN: Final = re.compile(r"\w+|.", re.DOTALL)
WORD: Final = re.compile(r"\w")
# Two drawn values do not have so many characters in common by chance, but a few they may.
COMMON: Final = 8
CHANCE: Final = 2
EDGE: Final = 3
# Values with so many different symbols may have any other.
MANY_SYMBOLS: Final = 4
SYMBOL: Final = re.compile(r"\W")
# Of base64 in its kinds: few, so that a value may have one at its edge and nowhere else.
BASE64: Final = frozenset("+-/=")
DELIMITERS: Final = " \t\"'"
# Beyond, comparing would take longer than it is worth: the whole place is marked.
MANY_TOKENS: Final = 1_000


def mask(first: Tree, second: Tree) -> Tree:
    """Return what two renders of the same answers have in common, with `MARK` where they differ.

    Which of them is first makes no difference. A binary file that differs is one mark. A file that
    only one of them has, because its path is drawn or because chance decides, is left out: what a
    project has of it is the project's own from its first day.
    """
    return Tree({path: _common(first[path], second[path]) for path in first if path in second})


def is_masked(content: bytes) -> bool:
    """Whether a place of this content is marked."""
    return MARK.encode() in content


def is_as_rendered(content: bytes, masked: bytes) -> bool:
    """Whether a content is what was rendered, whatever was drawn where the marks are."""
    if content == masked:
        return True
    if not is_masked(masked):
        return False
    first, *middle, last = masked.split(MARK.encode())
    if not content.startswith(first) or not content.endswith(last):
        return False
    place, end = len(first), len(content) - len(last)
    for part in middle:
        found = content.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return place <= end


def decoded(content: bytes) -> str:
    """Return a content as text, from which `encoded` makes the same bytes again."""
    return content.decode("utf-8", "surrogateescape")


def encoded(text: str) -> bytes:
    """Return the bytes of a text that `decoded` made."""
    return text.encode("utf-8", "surrogateescape")


def _common(first: File, second: File) -> File:
    if first == second:
        return first
    mode = first.mode if first.mode == second.mode else PLAIN
    # In one order, so that both ways round compare alike.
    one, other = sorted((first.content, second.content))
    if one == other:
        return File(one, mode)
    if b"\0" in one + other:
        return File(MARK.encode(), mode)
    lines = _common_lines(_lines(decoded(one)), _lines(decoded(other)))
    return File(encoded("".join(lines)), mode)


def _lines(text: str) -> list[str]:
    """Split after each newline, and nowhere else."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _common_lines(one: Sequence[str], other: Sequence[str]) -> Iterator[str]:
    for equal, here, there in blocks(one, other):
        lines = one[here.start : here.stop]
        yield from lines if equal else _common_block(lines, other[there.start : there.stop])


def _common_block(a: Sequence[str], b: Sequence[str]) -> list[str]:
    """Return what two runs of lines have in common that have no line in common."""
    if len(a) == len(b):
        return _without_chance([_common_line(*pair) for pair in zip(a, b, strict=True)])
    shorter = min(len(a), len(b))
    head: list[str] = []
    while len(head) < shorter and _says_something(line := _common_line(a[len(head)], b[len(head)])):
        head.append(line)
    tail: list[str] = []
    while len(head) + len(tail) < shorter and _says_something(
        line := _common_line(a[-1 - len(tail)], b[-1 - len(tail)])
    ):
        tail.insert(0, line)
    middle = [*a[len(head) : len(a) - len(tail)], *b[len(head) : len(b) - len(tail)]]
    return [*head, _whole_lines(middle), *tail]


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _ending(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _says_something(line: str) -> bool:
    return WORD.search(line.replace(MARK, "")) is not None


def _common_line(a: str, b: str) -> str:
    """Return a line with a mark for each place that differs."""
    ending = "\n" if "\n" in a + b else ""
    one, other = (TOKEN.findall(line.removesuffix("\n")) for line in (a, b))
    begin, end = equal_ends(one, other)
    if len(one) == len(other) == begin:
        return "".join(one) + ending
    literals, symbols = ["".join(one[:begin])], []
    middle, there = one[begin : len(one) - end], other[begin : len(other) - end]
    at = at_other = 0
    for i, j, size in _common_middles(middle, there):
        values = "".join([*middle[at:i], *there[at_other:j]])
        symbols.append(frozenset(SYMBOL.findall(values)))
        at, at_other = i + size, j + size
        literals.append("".join(middle[i:at]))
    literals[-1] += "".join(one[len(one) - end :])
    for place, drawn in enumerate(symbols):
        literals[place] = _until_drawn(literals[place], drawn)
        literals[place + 1] = _until_drawn(literals[place + 1][::-1], drawn)[::-1]
    return MARK.join(literals) + ending


def _common_middles(a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Yield where tokens are common for long and how many; the last is the end."""
    if len(a) * len(b) > 0 and max(len(a), len(b)) <= MANY_TOKENS:
        for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks():
            if len("".join(a[block.a : block.a + block.size])) >= COMMON:
                yield block.a, block.b, block.size
    yield len(a), len(b), 0


def _until_drawn(literal: str, drawn: frozenset[str]) -> str:
    """Return a literal without characters at its end that were drawn as well, and alike by chance.

    A few may be, if they reach from a quote or a space to the values, and these have such symbols.
    """
    for length in range(EDGE + 1):
        rest = literal[: len(literal) - length]
        more = literal[len(literal) - length :]
        if not rest or rest[-1] in DELIMITERS or re.search(r"\w[=:]$", rest):
            many = len(drawn) >= MANY_SYMBOLS
            return rest if many or (drawn | BASE64).issuperset(more) else literal
    return literal


def _without_chance(lines: Sequence[str]) -> list[str]:
    """Make one place of drawn lines; what two of them have in common by chance is no text.

    So is a key whose lines happen to begin or end with the same character twice.
    """
    found: list[str] = []
    for says_little, group in groupby(lines, _says_little):
        run = list(group)
        if says_little and any(WHOLE_LINES.fullmatch(line.removesuffix("\n")) for line in run):
            run = [_whole_lines(run)]
        found += run
    return found


def _says_little(line: str) -> bool:
    return len(line.replace(MARK, "").strip()) <= CHANCE


def _whole_lines(lines: Sequence[str]) -> str:
    indent = min((_indent(line) for line in lines), key=len)
    return indent + MARK + _ending(lines[-1])
