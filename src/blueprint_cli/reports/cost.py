"""A month's cost as a JSON document and as text for a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from blueprint_cli.cost.bill import Bill
    from blueprint_cli.cost.cost import Cost

BAR: Final = 14


def as_document(cost: Cost) -> dict[str, Any]:
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
                "expected": _bill(one.expected),
                "peak": _bill(one.peak),
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
        "crossovers": [asdict(one) for one in cost.crossovers],
        "warnings": list(cost.warnings),
        "assumptions": [asdict(one) for one in cost.assumptions],
    }


def _bill(bill: Bill) -> dict[str, Any]:
    return {
        "infrastructure_usd": bill.infrastructure_usd,
        "people_usd": bill.people_usd,
        "people_hours": bill.people_hours,
        "lines": [asdict(line) for line in bill.lines],
        "missing": list(bill.missing),
    }


def as_text(
    cost: Cost,
    *,
    bold: Callable[[str], str] = str,
    explain: bool = False,
    draw: Callable[[float, int], str] = lambda share, width: "#" * round(share * width),
) -> str:
    """Return the text; ``draw`` makes a bar of a share and a width."""
    assumed = ", assumed" if cost.load_assumed else ""
    load = f"{cost.expected_requests_per_second:,.6g} requests/s{assumed}"
    peak = f"peak {cost.peak_requests_per_second:,.6g}"
    lines = [
        f"{bold(cost.pattern)}: US dollars a month at {load}, {peak}",
        "",
        f"  {'platform':<37}{'':<{BAR}}{'expected':>9}{'at peak':>10}{'people':>8}",
    ]
    most = max((one.expected.infrastructure_usd for one in cost.platforms), default=0) or 1.0
    for one in cost.platforms:
        usd = one.expected.infrastructure_usd
        mark = "*" if one.expected.missing else " "
        title = one.title if not one.platform.endswith(")") else f"{one.title}, article"
        lines.append(
            f"  {title[:35]:<36}{mark}{draw(usd / most, BAR - 1):<{BAR}}"
            f"{usd:>9,.0f}{one.peak.infrastructure_usd:>10,.0f}"
            f"{one.expected.people_usd:>8,.0f}"
        )
    lines.append("  At peak: as if it never ended. People: operation, beside the infrastructure.")
    if any(one.expected.missing for one in cost.platforms):
        lines.append("  * a price is missing, see below")
    lines += ["", bold("The cheapest over the load")]
    lines += [
        f"  from {one.requests_per_second:,.6g} requests/s: {one.after} instead of {one.before}"
        for one in cost.crossovers
    ] or ["  the same everywhere"]
    if cost.warnings:
        lines += ["", bold("Before anyone is quoted a price")]
        lines += [_indented(warning) for warning in cost.warnings]
    if explain:
        lines += _explained(cost, bold)
    return "\n".join(lines)


def _explained(cost: Cost, bold: Callable[[str], str]) -> list[str]:
    lines: list[str] = []
    for one in cost.platforms:
        lines += ["", f"{bold(one.title)} ({one.book}), expected"]
        lines += [
            f"  {line.name:<18}{line.usd:>12,.2f}  {line.how} [{line.mark}]"
            for line in one.expected.lines
        ]
        lines.append(f"  {'together':<18}{one.expected.infrastructure_usd:>12,.2f}")
        lines += [_indented(f"unverified: {text}") for text in one.unverified]
    lines += ["", bold("Every assumption")]
    lines += [
        _indented(f"{one.name} = {one.value:g} {one.unit}: {one.why} [{one.source}]")
        for one in cost.assumptions
    ]
    return lines


def _indented(text: str) -> str:
    return textwrap.fill(text, 80, initial_indent="  ", subsequent_indent="    ")
