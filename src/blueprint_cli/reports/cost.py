"""A month's cost as a JSON document and as text for a terminal."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.recommendation.measured import said_of
from blueprint_cli.reports.document import bill_document, budget_document, targets_document
from blueprint_cli.reports.page import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from blueprint_cli.cost.bill import Bill
    from blueprint_cli.cost.budget import Budget
    from blueprint_cli.cost.cost import Cost, PlatformCost
    from blueprint_cli.cost.targets import Targets
    from blueprint_cli.wrapping import Width

BAR: Final = 14
TITLE: Final = 36
NUMBERS: Final = 27


def as_document(cost: Cost, targets: Targets | None = None) -> dict[str, Any]:
    """Return plain data in a stable order."""
    return {
        "pattern": cost.pattern,
        "currency": "USD",
        "load": {
            "expected_requests_per_second": cost.expected_requests_per_second,
            "peak_requests_per_second": cost.peak_requests_per_second,
            "assumed": cost.load_assumed,
        },
        "platforms": [
            {
                "platform": one.platform,
                "title": one.title,
                "kind": one.kind,
                "book": one.book,
                "expected": bill_document(one.expected),
                "peak": bill_document(one.peak),
                "unverified": list(one.unverified),
            }
            for one in cost.platforms
        ],
        "curves": [
            {
                "platform": curve.platform,
                "points": [{"requests_per_second": at, "usd": usd} for at, usd in curve.points],
            }
            for curve in cost.curves
        ],
        "targets": targets_document(targets),
        "budget": budget_document(cost.budget),
        "crossovers": [asdict(one) for one in cost.crossovers],
        "warnings": list(cost.warnings),
        "assumptions": [asdict(one) for one in cost.assumptions],
    }


def as_text(  # noqa: PLR0913 - what a terminal can show
    cost: Cost,
    *,
    bold: Callable[[str], str] = str,
    explain: bool = False,
    blocks: bool = True,
    width: Width = None,
    targets: Targets | None = None,
) -> str:
    """Return the text.

    Args:
        cost: what is to be shown.
        bold: emphasises a title.
        explain: whether every line and every assumption is shown.
        blocks: whether the terminal can show block characters.
        width: its columns; None where there is none.
        targets: what the project's own targets cost.
    """
    page = Page(width=width, bold=bold, blocks=blocks)
    assumed = ", assumed" if cost.load_assumed else ""
    load = f"{cost.expected_requests_per_second:,.6g} requests/s{assumed}"
    peak = f"peak {cost.peak_requests_per_second:,.6g}"
    lines = [
        page.wrapped(f"{bold(cost.pattern)}: US dollars a month at {load}, {peak}", 2, ""),
        "",
        *_bills(cost, page),
        page.wrapped(
            "At peak: as if it never ended. People: operation, beside the infrastructure.", 2
        ),
    ]
    if corrected := said_of(cost.assumptions):
        lines.append(page.wrapped(corrected, 2))
    if any(one.expected.missing for one in cost.platforms):
        lines.append("  * a price is missing, see below")
    lines += ["", bold("The cheapest over the load")]
    lines += [
        page.wrapped(
            f"from {one.requests_per_second:,.6g} requests/s: {one.after} instead of {one.before}",
            4,
            "  ",
        )
        for one in cost.crossovers
    ] or ["  the same everywhere"]
    if targets:
        lines += [
            "",
            bold("What the project's targets render"),
            *_targets(targets, page, explain=explain),
        ]
    if cost.warnings:
        lines += ["", bold("Before anyone is quoted a price")]
        lines += [page.wrapped(warning, 4, "  ") for warning in cost.warnings]
    if explain:
        lines += _explained(cost, page)
    if cost.budget:
        lines += ["", bold("Budget"), page.wrapped(_verdict(cost.budget), 4, "  ")]
    return "\n".join(lines)


def _verdict(budget: Budget) -> str:
    compared = "above" if budget.exceeded else "within"
    return (
        f"{budget.title} ({budget.platform}) at the expected load: {budget.expected_usd:,.0f} a "
        f"month, {compared} the budget of {budget.usd:,.0f} ({budget.source})"
    )


def _bills(cost: Cost, page: Page) -> list[str]:
    """Return a line for each platform; where the terminal is narrow, without bars."""
    drawn = BAR if page.fits(3 + TITLE + BAR + NUMBERS) else 0
    room = TITLE if page.width is None else min(TITLE, page.width - 3 - drawn - NUMBERS)
    lines = [f"  {'platform':<{room + 1}}{'':<{drawn}}{'expected':>9}{'at peak':>10}{'people':>8}"]
    most = max((one.expected.infrastructure_usd for one in cost.platforms), default=0) or 1.0
    for one in cost.platforms:
        usd = one.expected.infrastructure_usd
        mark = "*" if one.expected.missing else " "
        share = page.bar(usd / most, drawn - 1) if drawn else ""
        title = _title(one)
        if len(title) >= room:
            lines.append(page.wrapped(title, 4, "  "))
            title = ""
        lines.append(
            f"  {title:<{room}}{mark}{share:<{drawn}}"
            f"{usd:>9,.0f}{one.peak.infrastructure_usd:>10,.0f}{one.expected.people_usd:>8,.0f}"
        )
    return lines


def _title(one: PlatformCost) -> str:
    return f"{one.title}, article" if one.platform.endswith(")") else one.title


def _targets(targets: Targets, page: Page, *, explain: bool) -> list[str]:
    """Return a line for each target of the project, with every position where that is wanted."""
    lines = []
    for one in targets.costs:
        bill = one.expected
        gap = f"; no price is known for {', '.join(bill.missing)}" if bill.missing else ""
        peak = one.peak.infrastructure_usd
        said = (
            f"{one.target}: {bill.infrastructure_usd:,.0f} a month, {peak:,.0f} at peak, on "
            f"{one.title}{gap}"
        )
        lines.append(page.wrapped(said, 4, "  "))
        lines += [page.wrapped(f"! {reason}", 6, "    ") for reason in one.against]
        if explain:
            lines += _positions(bill, page)
    return lines


def _positions(bill: Bill, page: Page) -> list[str]:
    return [
        *(
            page.wrapped(f"{line.how} [{line.mark}]", 34, f"  {line.name:<18}{line.usd:>12,.2f}")
            for line in bill.lines
        ),
        f"  {'together':<18}{bill.infrastructure_usd:>12,.2f}",
    ]


def _explained(cost: Cost, page: Page) -> list[str]:
    lines: list[str] = []
    for one in cost.platforms:
        lines += ["", f"{page.bold(one.title)} ({one.book}), expected"]
        lines += _positions(one.expected, page)
        lines += [page.wrapped(f"unverified: {text}", 4, "  ") for text in one.unverified]
    lines += ["", page.bold("Every assumption")]
    lines += [
        page.wrapped(f"{one.name} = {one.value:g} {one.unit}: {one.why} [{one.source}]", 4, "  ")
        for one in cost.assumptions
    ]
    return lines
