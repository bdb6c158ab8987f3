"""What a report in text is written for: a width, letters, and emphasis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.wrapping import Width, cells, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

Emphasis = Callable[[str], str]
EIGHTHS: Final = " ▏▎▍▌▋▊▉"
FULL: Final = "█"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Where a report is shown.

    ``width`` is None where nobody has one; then sentences are not broken, and tables are laid out
    as for 80 columns. ``blocks``: whether the letters of bars can be shown.
    """

    width: Width = None
    bold: Emphasis = str
    warning: Emphasis = str
    blocks: bool = True

    def fits(self, columns: int) -> bool:
        """Whether so many columns are there."""
        return self.width is None or columns <= self.width

    def wrapped(self, text: str, indent: int, first: str | None = None) -> str:
        """Return a paragraph that is indented, its first line perhaps otherwise."""
        return wrapped(text, self.width, " " * indent, first)

    def row(self, row: str, instead: str, indent: int = 4) -> str:
        """Return a row of a table, or a paragraph instead where the row is too wide."""
        return row if self.fits(cells(row)) else self.wrapped(instead, indent, "  ")

    def bar(self, share: float, width: int) -> str:
        """Return a bar of a share of the width."""
        return bar(share, width, blocks=self.blocks)

    def table(
        self, head: Sequence[str], rows: Mapping[str, Sequence[str]], widths: Sequence[int]
    ) -> list[str]:
        """Return a table whose first column holds names, or its rows as paragraphs.

        Args:
            head: what stands above each of the other columns.
            rows: the cells of those columns, by the name of the row.
            widths: of the first column and the others.
        """
        if self.fits(2 + sum(widths)):
            lines = [("", head), *rows.items()]
            return [
                f"  {name:<{widths[0]}}"
                + "".join(f"{cell:>{width}}" for cell, width in zip(row, widths[1:], strict=True))
                for name, row in lines
            ]
        return [
            self.wrapped(
                f"{name}: " + ", ".join(f"{it} {cell}" for it, cell in zip(head, row, strict=True)),
                4,
                "  ",
            )
            for name, row in rows.items()
        ]


def bar(share: float, width: int, *, blocks: bool = True) -> str:
    """Return a bar of a share of the width, to an eighth of a character."""
    length = max(0.0, min(1.0, share)) * width
    if not blocks:
        return "#" * round(length)
    whole = int(length)
    rest = EIGHTHS[int((length - whole) * 8)].strip()
    return FULL * whole + rest
