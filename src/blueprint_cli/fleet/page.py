"""A fleet as one HTML file: no script and no request; its filters are rules of its style sheet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.reports.html import page_environment

if TYPE_CHECKING:
    import datetime as dt

    from blueprint_cli.fleet.sheet import Row, Sheet

FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Choice:
    """What can be chosen in a filter; ``key`` stands for it in the page, whatever its letters."""

    key: str
    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Filter:
    """A list to choose from, and what each project has of it."""

    key: str
    name: str
    choices: tuple[Choice, ...]

    def keys_of(self, row: Row) -> str:
        """Return what a project is found by."""
        known = {choice.text: choice.key for choice in self.choices}
        return " ".join(known[text] for text in row.facets[self.name])


def as_html(sheet: Sheet, date: dt.date) -> str:
    """Return the whole page; the same input gives the same bytes."""
    filters = filters_of(sheet)
    return (
        page_environment(FOLDER)
        .get_template("fleet.html.jinja")
        .render(sheet=sheet, filters=filters, date=date)
    )


def filters_of(sheet: Sheet) -> list[Filter]:
    """Return the filters of which more than one thing can be chosen."""
    names = list(dict.fromkeys(name for row in sheet.rows for name in row.facets))
    found = []
    for number, name in enumerate(names):
        texts = [text for row in sheet.rows for text in row.facets[name]]
        choices = tuple(
            Choice(f"{number}-{at}", text, texts.count(text))
            for at, text in enumerate(sorted(set(texts)))
        )
        if len(choices) > 1:
            found.append(Filter(f"filter-{number}", name, choices))
    return found
