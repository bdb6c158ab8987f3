"""A recommendation as one HTML file: no script, no request, readable on a phone and on paper.

The page is ``report.html.jinja``; here its tables are filled, in ``charts`` its drawings.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from blueprint_cli.cost.budget import with_budget
from blueprint_cli.patterns import PATTERNS
from blueprint_cli.recommendation.measured import said_of
from blueprint_cli.reports.charts import (
    FRAME,
    LETTERS,
    contribution_chart,
    cost_chart,
    latency_chart,
    swing_chart,
)
from blueprint_cli.reports.drawing import drawing_of
from blueprint_cli.reports.words import (
    THE_ARTICLE,
    beside_budget,
    confidence_word,
    could_become,
    first_questions,
    formatted,
    instances,
    kept_by_doubt,
    milliseconds,
    unmet,
    where_to_run,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from blueprint_cli.cost.cost import Cost
    from blueprint_cli.cost.targets import Targets
    from blueprint_cli.recommendation.recommend import Recommendation
    from blueprint_cli.reports.domain import DomainReport

FOLDER: Final = Path(__file__).parent
STYLE: Final = FOLDER / "report.css"
LONGEST_UNBROKEN: Final = 14
NUMBER: Final = re.compile(r"[-+]?[\d,.]*\d\*?( ms| h| min|%|/s)?|-")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text and its class in report.css: ``number``, ``short`` or none."""

    text: str
    css: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table; each row begins with its own heading."""

    label: str
    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]


def as_html(  # noqa: PLR0913 - the parts of one page
    result: Recommendation,
    cost: Cost | None = None,
    *,
    name: str = "",
    date: dt.date | None = None,
    domain: DomainReport | None = None,
    targets: Targets | None = None,
) -> str:
    """Return the whole page; the same input gives the same bytes.

    Args:
        result: what is recommended.
        cost: what that costs a month.
        name: the project's; empty where it has none.
        date: the day of the report; None where it has none.
        domain: what the application is about; None where nothing describes it.
        targets: where it would run; None where nobody asked.
    """
    assumptions = {
        one.name: one for one in (*result.assumptions, *(cost.assumptions if cost else ()))
    }
    return (
        page_environment()
        .get_template("report.html.jinja")
        .render(
            result=result,
            cost=cost,
            name=name,
            date=date,
            domain=_domain(domain) if domain else None,
            budget=with_budget(cost).budget if cost else None,
            where=where_to_run(targets) if targets else (),
            unmet=unmet(result),
            corrected=said_of(assumptions.values()),
            doubt=kept_by_doubt(result),
            drawings=[drawing_of(one.pattern, _contexts(result)) for one in result.ranking[:2]],
            the_article=THE_ARTICLE,
            contribution_chart=contribution_chart(result),
            contributions=_contributions(result),
            swing_chart=swing_chart(result),
            swings=_swings(result),
            unknown=[one for one in result.sensitivity.unknown if one.swing > 0],
            ask_first=len(first_questions(result)),
            latency_chart=latency_chart(result),
            estimates=_estimates(result),
            bills=_bills(cost) if cost else None,
            prices_missing=any(one.expected.missing for one in cost.platforms) if cost else False,
            cost_chart=cost_chart(cost) if cost else None,
            titles={one.platform: one.title for one in cost.platforms} if cost else {},
            triggers=table_of(
                "When to move on",
                ("measure", "at", "towards", "how it is measured", "source"),
                ((one.measure, one.at, one.to, one.how, one.source) for one in result.triggers),
            ),
            assumptions=table_of(
                "Assumptions",
                ("assumption", "value", "what it is", "source"),
                (
                    (one.name, f"{one.value:g} {one.unit}", one.why, one.source)
                    for one in assumptions.values()
                ),
            ),
        )
    )


@functools.cache
def page_environment(*folders: Path) -> Environment:
    """Return what renders pages: every text is escaped, and no name may be missing.

    Beside this folder's, the templates of others can be rendered.
    """
    environment = Environment(
        loader=FileSystemLoader([*folders, FOLDER]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(patterns=PATTERNS, letters=LETTERS, frame=FRAME)
    environment.filters.update(
        beside_budget=beside_budget,
        confidence_word=confidence_word,
        could_become=could_become,
        formatted=formatted,
        percent=lambda share: f"{share:.0%}",
        rate=lambda value: f"{value:,.6g}",
        signed=lambda points: f"{points:+.2f}",
    )
    return environment


def _contexts(result: Recommendation) -> int:
    """Return how many contexts there are, or are assumed where that is not known."""
    known = result.answers.get("bounded_contexts")
    if known is None:
        known = next(one.value for one in result.assumptions if one.name == "bounded_contexts")
    return max(1, round(float(known)))


def _domain(domain: DomainReport) -> dict[str, Any]:
    return {
        "map": domain.map,
        "entities": [
            (
                entity,
                table_of(
                    f"Who may do what with {entity.name}",
                    ("what", "who may", "from, and needs", "tells"),
                    entity.commands,
                ),
            )
            for entity in domain.entities
        ],
        "reactions": table_of("Who reacts", ("event", "what happens"), domain.reactions),
    }


def _contributions(result: Recommendation) -> Table:
    return table_of(
        "All points",
        ("criterion", "answer", *PATTERNS, "why", "source"),
        (
            (
                part.criterion,
                formatted(part.value) if part.value is not None else "",
                *(f"{part.points[pattern]:+.2f}" for pattern in PATTERNS),
                part.why,
                part.source,
            )
            for part in result.contributions
        ),
    )


def _swings(result: Recommendation) -> Table:
    return table_of(
        "How far each answer moves the lead",
        ("answer", "now", "least lead", "with", "most lead", "with"),
        (
            (
                result.labels[swing.key],
                formatted(swing.value),
                f"{swing.lead_least:+.2f}",
                formatted(swing.at_least),
                f"{swing.lead_most:+.2f}",
                formatted(swing.at_most),
            )
            for swing in result.sensitivity.swings
        ),
    )


def _estimates(result: Recommendation) -> Table:
    rows = []
    for pattern in PATTERNS:
        one = result.estimates[pattern]
        latency = one.latency
        available = f"{one.availability_percent:.2f}%"
        if one.meets_availability is not None:
            available += ", enough" if one.meets_availability else ", too little"
        rows.append(
            (
                pattern,
                instances(one.instances),
                milliseconds(latency.p50_ms if latency else None),
                milliseconds(latency.p95_ms if latency else None),
                milliseconds(latency.p99_ms if latency else None),
                available,
                f"{one.downtime_hours_a_year:.1f} h",
                "-" if one.drain_minutes is None else f"{one.drain_minutes:g} min",
                f"{one.most_requests_per_second:,}/s",
            )
        )
    head = (
        "pattern",
        "instances",
        "p50",
        "p95",
        "p99",
        "available",
        "down a year",
        "backlog gone in",
        "scales to",
    )
    return table_of("Estimates", head, rows)


def _bills(cost: Cost) -> Table:
    return table_of(
        "Cost per platform",
        ("platform", "price book", "expected", "at peak", "people"),
        (
            (
                one.title,
                one.book,
                f"{one.expected.infrastructure_usd:,.0f}" + ("*" if one.expected.missing else ""),
                f"{one.peak.infrastructure_usd:,.0f}" + ("*" if one.peak.missing else ""),
                f"{one.expected.people_usd:,.0f}",
            )
            for one in cost.platforms
        ),
    )


def table_of(label: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Table:
    """Align the heads of columns that hold nothing but numbers, and the numbers."""
    rows = list(rows)
    numbers = [all(NUMBER.fullmatch(row[index]) for row in rows) for index in range(len(head))]
    return Table(
        label=label,
        head=tuple(
            Cell(text, "number" if number else "")
            for text, number in zip(head, numbers, strict=True)
        ),
        rows=tuple((Cell(row[0]), *(_cell(text) for text in row[1:])) for row in rows),
    )


def _cell(text: str) -> Cell:
    if NUMBER.fullmatch(text):
        return Cell(text, "number")
    return Cell(text, "short" if len(text) <= LONGEST_UNBROKEN else "")
