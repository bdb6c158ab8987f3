"""A review as a JSON document and as text for a terminal."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.reports import comparison
from blueprint_cli.reports.page import Page
from blueprint_cli.reports.words import formatted
from blueprint_cli.reviewing import words
from blueprint_cli.reviewing.unmeasured import ONLY_PEOPLE_KNOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from blueprint_cli.reviewing.figures import Figure
    from blueprint_cli.reviewing.review import Review
    from blueprint_cli.wrapping import Width

LABEL: Final = 34
NUMBER: Final = 18


def as_document(review: Review, record: str = "") -> dict[str, Any]:
    """Return plain data in a stable order; ``record`` is the path of what was written down."""
    return {
        "project": review.spec.project.name,
        "pattern": review.spec.pattern,
        "found": review.found,
        "sources": list(review.sources),
        "requirements": [
            {
                "key": row.key,
                "wanted": row.wanted,
                "said": row.said,
                **_measured(row.figure),
                "met": row.met,
                "used": row.used,
            }
            for row in review.rows
        ],
        "figures": [{"name": one.name, **_measured(one)} for one in review.beside],
        "triggers": [
            {
                "to": one.trigger.to,
                "measure": one.trigger.measure,
                "at": one.trigger.at,
                "how": one.trigger.how,
                "state": words.STATES[one.reached],
                "weighed": one.weighed,
                **_measured(one.figure),
            }
            for one in review.triggers
        ],
        "problems": [asdict(one) for one in review.problems],
        "recommended": review.recommended,
        "comparison": comparison.as_document(review.comparison),
        "next": words.next_command(review),
        "costs": [
            {
                "of": one.of,
                "pattern": one.pattern,
                "requests_per_second": one.requests_per_second,
                "instances": one.instances,
                "target": one.target.target if one.target else None,
                "title": one.target.title if one.target else None,
                "infrastructure_usd": one.target.expected.infrastructure_usd
                if one.target
                else None,
                "people_usd": one.target.expected.people_usd if one.target else None,
            }
            for one in review.spending
        ],
        "corrections": {
            "measured": asdict(review.measured) if review.measured else None,
            "kept": asdict(review.kept) if review.kept else None,
        },
        "load": [[at, value] for at, value in review.load],
        "strange_routes": review.strangers,
        "record": record or None,
    }


def _measured(figure: Figure) -> dict[str, Any]:
    return {
        "measured": figure.value,
        "unit": figure.unit,
        "source": figure.source,
        "query": figure.query,
        "why": figure.why,
    }


def as_text(
    review: Review,
    *,
    bold: Callable[[str], str] = str,
    warning: Callable[[str], str] = str,
    explain: bool = False,
    width: Width = None,
) -> str:
    """Return the text; ``explain`` shows the query behind each figure."""
    page = Page(width=width, bold=bold, warning=warning)
    name = bold(review.spec.project.name)
    parts = [
        [
            page.wrapped(f"{name}, {review.spec.pattern}: measured against assumed", 2, ""),
            *(page.wrapped(source, 4, "  ") for source in review.sources),
        ],
        _problems(review, page),
        _requirements(review, page, explain=explain),
        _triggers(review, page, explain=explain),
        _recommended(review, page),
        _costs(review, page),
        _titled("Predictions", words.corrections(review), page),
        _next(review, page),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _titled(title: str, sentences: tuple[str, ...], page: Page) -> list[str]:
    if not sentences:
        return []
    return [page.bold(title), *(page.wrapped(one, 4, "  ") for one in sentences)]


def _problems(review: Review, page: Page) -> list[str]:
    lines = [
        page.wrapped(f"{words.problem(one)} [{one.source.partition(',')[0]}]", 4, "  ! ")
        for one in review.problems
    ]
    if review.strangers:
        said = (
            f"{words.strangers(review)}: other programs may be "
            "among what was asked, and --label NAME=VALUE leaves them out"
        )
        lines.append(page.wrapped(said, 4, "  ! "))
    return [page.warning("What is wrong"), *lines] if lines else []


def _requirements(review: Review, page: Page, *, explain: bool) -> list[str]:
    heads = f"{'':<{LABEL - 10}}{'blueprint.yaml':>{NUMBER}}{'measured':>{NUMBER}}"
    lines = [page.row(f"{page.bold('Requirements')}{heads}", page.bold("Requirements"), 0)]
    undecided = []
    for row in review.rows:
        said = formatted(row.said)
        if row.figure.value is None and row.figure.why == ONLY_PEOPLE_KNOW:
            undecided.append(f"{row.label}: {said}")
            continue
        lines += _figure(row.label, said, words.verdict(row), row.figure, page, explain=explain)
    lines.append(page.wrapped(f"Nothing measures: {'; '.join(undecided)}.", 4, "  "))
    lines += ["", page.bold("Beside them")]
    for one in review.beside:
        lines += _figure(words.NAMES[one.name], "", "", one, page, explain=explain)
    return lines


def _figure(  # noqa: PLR0913 - the cells of a row
    label: str, said: str, verdict: str, figure: Figure, page: Page, *, explain: bool
) -> list[str]:
    measured = words.with_unit(figure)
    by = figure.why or figure.source.partition(",")[0]
    beside = "; ".join(one for one in (verdict, by) if one)
    row = f"  {label:<{LABEL}}{said:>{NUMBER}}{measured:>{NUMBER}}  {beside}"
    instead = ", ".join(one for one in (said, f"measured {measured}", beside) if one)
    lines = [page.row(row, f"{label}: {instead}")]
    if explain and figure.query:
        lines.append(page.wrapped(figure.query, 6))
    return lines


def _triggers(review: Review, page: Page, *, explain: bool) -> list[str]:
    lines = []
    for one in review.triggers:
        mark = "  ! " if one in review.reached else "    "
        by = one.figure.source.partition(",")[0]
        source = f" [{by}]" if one.figure.value is not None else ""
        lines.append(page.wrapped(f"{words.trigger(one)}{source}", 4, mark))
        if explain and one.figure.query:
            lines.append(page.wrapped(one.figure.query, 6))
    return [page.bold("When to think again"), *lines] if lines else []


def _recommended(review: Review, page: Page) -> list[str]:
    before, after = review.comparison.before.confidence, review.comparison.after.confidence
    said = f"{page.bold(words.outcome(review))}. Confidence {before:.0%} -> {after:.0%}."
    lines = [page.wrapped(said, 2, "")]
    if review.comparison.answers:
        # Its first paragraph says the same of the recommendation alone.
        text = comparison.as_text(review.comparison, width=page.width)
        lines += ["", text.partition("\n\n")[2]]
    return lines


def _costs(review: Review, page: Page) -> list[str]:
    heads = f"{'':<{LABEL}}{'load':>12}{'instances':>11}{'USD a month':>13}"
    title = "What it costs: infrastructure, where it is cheapest"
    lines = [page.bold(title), *([f"  {heads}"] if page.fits(len(heads) + 30) else [])]
    for of, load, count, usd, where in map(words.spending, review.spending):
        row = f"  {of:<{LABEL}}{load:>12}{count:>11}{usd:>13}  {where}"
        lines.append(
            page.row(row, f"{of}: load {load}, instances {count}, USD a month {usd}, {where}")
        )
    return lines


def _next(review: Review, page: Page) -> list[str]:
    return [*_steps(review, page)]


def _steps(review: Review, page: Page) -> Iterator[str]:
    over, command = words.taken_over(review), words.next_command(review)
    if not over and not command:
        return
    yield page.bold("Next")
    if over:
        yield page.wrapped("What was measured, in `requirements` of blueprint.yaml:", 4, "  ")
        yield from (f"    {line}" for line in over)
    if command:
        yield page.wrapped("Look at the move, which changes nothing yet:", 4, "  ")
        yield f"    {command}"
