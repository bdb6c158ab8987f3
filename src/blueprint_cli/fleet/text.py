"""A fleet's table for a terminal, in as many columns as fit; what does not stands below its row."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.wrapping import cells, whole, with_whole_paths, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from blueprint_cli.fleet.sheet import Row, Sheet
    from blueprint_cli.wrapping import Width

GAP: Final = 2
BETWEEN: Final = ", "


def as_text(
    sheet: Sheet,
    width: Width = None,
    bold: Callable[[str], str] = str,
    alarming: Callable[[str], str] = str,
) -> str:
    """Return the table, below it what its cells leave out, and the verdict.

    Args:
        sheet: what is said.
        width: of the terminal; None where nobody has one.
        bold: emphasises the head.
        alarming: marks a project that needs somebody.
    """
    lines = list(_Table(sheet, width, bold, alarming).lines())
    for row in sheet.rows:
        if row.notes:
            lines += ["", f"{bold(row.project)}:", *(_note(note, width) for note in row.notes)]
    return "\n".join([*lines, "", wrapped(sheet.verdict, width)])


@dataclass(frozen=True, slots=True)
class _Table:
    sheet: Sheet
    width: Width
    bold: Callable[[str], str]
    alarming: Callable[[str], str]

    def lines(self) -> Iterator[str]:
        widths = self._widths()
        if len(widths) > 1 or not self.sheet.head:
            yield from (self.bold(line) for line in _in_columns(("", *self.sheet.head), widths))
        for row in self.sheet.rows:
            first, *others = _in_columns((row.project, *row.cells), widths)
            name, rest = first[: len(row.project)], first[len(row.project) :]
            yield f"{name if row.fine else self.alarming(name)}{rest}"
            yield from others
            yield from self._below(row, len(widths) - 1)

    def _below(self, row: Row, shown: int) -> Iterator[str]:
        """Say what has no column."""
        pairs = zip(self.sheet.head[shown:], row.cells[shown:], strict=True)
        told = ", ".join(f"{name} {whole(cell)}" for name, cell in pairs if cell)
        if told:
            yield wrapped(told, self.width, "    ")

    def _widths(self) -> list[int]:
        """Return the widths of the columns that fit: the first ones, some wrapped after a comma."""
        rows = [("", *self.sheet.head), *((row.project, *row.cells) for row in self.sheet.rows)]
        columns = [*zip(*rows, strict=True)]
        wanted = [max(map(cells, column)) for column in columns]
        if self.width is None:
            return wanted
        least = [max(cells(part) for cell in each for part in _parts(cell)) for each in columns]
        least[0] = wanted[0]
        while len(least) > 1 and sum(least) + GAP * (len(least) - 1) > self.width:
            least.pop()
        room = self.width - GAP * (len(least) - 1) - sum(least)
        while room > 0 and least != wanted[: len(least)]:
            lacking = [wish - has for wish, has in zip(wanted, least, strict=False)]
            least[lacking.index(max(lacking))] += 1
            room -= 1
        return least


def _in_columns(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """Yield the lines of one row, each cell in its column, as far as there are columns."""
    columns = [
        wrapped(" ".join(map(whole, _parts(cell))), width).split("\n")
        for cell, width in zip(row, widths, strict=False)
    ]
    for parts in itertools.zip_longest(*columns, fillvalue=""):
        padded = (
            part + " " * (width - cells(part)) for part, width in zip(parts, widths, strict=True)
        )
        yield (" " * GAP).join(padded).rstrip()


def _parts(cell: str) -> list[str]:
    """Return what of a cell stays in one line."""
    *first, last = cell.split(BETWEEN)
    return [*(f"{part}," for part in first), last]


def _note(note: str, width: Width) -> str:
    """Return a note; a line of it that is indented is a command, and left as it is."""
    return "\n".join(
        f"  {line}" if line[:1].isspace() else wrapped(with_whole_paths(line), width, "    ", "  ")
        for line in note.splitlines()
    )
