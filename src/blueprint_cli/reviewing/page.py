"""A review as one HTML file: no script, no request, in the style of the recommendation's page."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.reports.charts import FRAME, Chart, Line, Mark, round_up
from blueprint_cli.reports.html import page_environment, table_of
from blueprint_cli.reports.words import formatted, signed
from blueprint_cli.reviewing import words
from blueprint_cli.reviewing.unmeasured import ONLY_PEOPLE_KNOW

if TYPE_CHECKING:
    from blueprint_cli.reports.html import Cell, Table
    from blueprint_cli.reviewing.figures import Figure
    from blueprint_cli.reviewing.review import Review

FOLDER: Final = Path(__file__).parent
DAY: Final = 86_400
QUARTERS: Final = (0, 0.25, 0.5, 0.75, 1)


def as_html(review: Review) -> str:
    """Return the whole page."""
    after = review.comparison.after
    decided = [row for row in review.rows if row.figure.why == ONLY_PEOPLE_KNOW]
    return (
        page_environment(FOLDER)
        .get_template("review.html.jinja")
        .render(
            review=review,
            after=after,
            before=review.comparison.before,
            strangers=words.strangers(review),
            outcome=words.outcome(review),
            problems=[(words.problem(one), one.source) for one in review.problems],
            requirements=_right(
                2,
                table_of(
                    "Requirements",
                    ("requirement", "blueprint.yaml", "measured", "beside", "by"),
                    (
                        (
                            row.label,
                            formatted(row.said),
                            words.with_unit(row.figure),
                            words.verdict(row),
                            row.figure.why or row.figure.source,
                        )
                        for row in review.rows
                        if row not in decided
                    ),
                ),
            ),
            decided=[(row.label, formatted(row.said)) for row in decided],
            beside=_right(
                1,
                table_of(
                    "Releases and people",
                    ("figure", "measured", "by"),
                    (
                        (words.NAMES[one.name], words.with_unit(one), one.why or one.source)
                        for one in review.beside
                    ),
                ),
            ),
            triggers=table_of(
                "When to think again",
                ("measure", "at", "towards", "state", "measured", "by"),
                (
                    (
                        one.trigger.measure,
                        one.trigger.at,
                        one.trigger.to,
                        words.state(one),
                        words.with_unit(one.figure),
                        one.figure.why or one.figure.source,
                    )
                    for one in review.triggers
                ),
            ),
            moved=table_of(
                "What moved",
                ("criterion", *after.estimates, "why"),
                (
                    (one.criterion, *signed(one.points).values(), one.why)
                    for one in review.comparison.moved
                ),
            ),
            costs=table_of(
                "What it costs a month",
                ("what", "load", "instances", "USD a month", "where"),
                (words.spending(one) for one in review.spending),
            ),
            queries=table_of(
                "Queries",
                ("figure", "measured", "query"),
                ((one.name, words.with_unit(one), one.query) for one in _known(review)),
            ),
            corrections=words.corrections(review),
            taken_over=words.taken_over(review),
            command=words.next_command(review),
            load=load_chart(review),
        )
    )


def _right(count: int, table: Table) -> Table:
    """Return a table whose first columns behind the names are aligned as numbers, also words."""

    def aligned(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
        return tuple(
            replace(cell, css="number") if 1 <= place <= count else cell
            for place, cell in enumerate(row)
        )

    return replace(table, head=aligned(table.head), rows=tuple(map(aligned, table.rows)))


def _known(review: Review) -> list[Figure]:
    """Return what was measured, each figure once."""
    figures = [
        *(row.figure for row in review.rows),
        *review.beside,
        *(one.figure for one in review.triggers),
    ]
    return [one for one in dict.fromkeys(figures) if one.value is not None]


def load_chart(review: Review) -> Chart | None:
    """Return requests a second over the time; with those that were assumed, as a second line."""
    load = review.load
    if len(load) < 2 or load[-1][0] <= load[0][0]:  # noqa: PLR2004 - the ends of a line
        return None
    assumed: Any = review.spec.requirements.requests_per_second_avg
    most = max(value for _, value in load)
    widest = round_up(max(most, assumed or 0.0) or 1.0)
    start, end = load[0][0], load[-1][0]
    lines = [
        Line(
            "c0",
            FRAME.points(((at - start) / (end - start), value / widest) for at, value in load),
            "measured",
        )
    ]
    if assumed:
        at = assumed / widest
        lines.append(Line("c1", FRAME.points([(0, at), (1, at)]), "assumed, on average"))
    shown = "%d %b" if end - start > DAY else "%H:%M"
    moments = [
        (share, dt.datetime.fromtimestamp(start + share * (end - start), tz=dt.UTC))
        for share in QUARTERS
    ]
    return Chart(
        title="Requests a second",
        description=f"at most {most:.4g}",
        lines=tuple(lines),
        up=tuple(Mark(FRAME.y(share), f"{share * widest:g}") for share in QUARTERS[1:]),
        across=tuple(Mark(FRAME.x(share), f"{moment:{shown}}") for share, moment in moments),
        unit="UTC",
    )
