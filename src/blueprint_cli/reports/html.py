"""A recommendation as one HTML file: no script, no request, readable on a phone and on paper."""

from __future__ import annotations

import itertools
import math
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.patterns import PATTERNS
from blueprint_cli.reports.words import (
    confidence_word,
    could_become,
    first_questions,
    formatted,
    instances,
    milliseconds,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from blueprint_cli.cost.cost import Cost, Curve
    from blueprint_cli.recommendation.recommend import Recommendation

STYLE: Final = Path(__file__).with_name("report.css")
WIDTH, HEIGHT = 440, 250
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 12, 38
MOST_CURVES: Final = 6
LONGEST_UNBROKEN: Final = 14
NUMBER: Final = re.compile(r"[-+]?[\d,.]*\d\*?( ms| h| min|%|/s)?|-")
SHORT: Final = dict(zip(PATTERNS, "mse", strict=True))


def as_html(result: Recommendation, cost: Cost | None = None) -> str:
    """Return the whole page; the same input gives the same bytes."""
    sections = [
        _headline(result),
        _conflicts(result),
        _contributions(result),
        _tornado(result),
        _unknown(result),
        _latency(result),
        _estimates(result),
        _cost(cost) if cost else "",
        _triggers(result),
        _assumptions(result, cost),
    ]
    title = f"Recommended architecture: {result.recommended}"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n"
        '<link rel="icon" href="data:,">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n"
        "</head>\n<body>\n<main>\n"
        + "\n".join(section for section in sections if section)
        + f"\n</main>\n<footer><p>Computed with the rules “{escape(result.rules_name)}” of "
        f"{escape(result.rules_date)}.</p></footer>\n</body>\n</html>\n"
    )


def _headline(result: Recommendation) -> str:
    rows = "".join(
        f'<li><span class="name">{one.pattern}</span>'
        f'<span class="track" aria-hidden="true"><span class="fill {SHORT[one.pattern]}" '
        f'style="width:{one.probability * 100:.1f}%"></span></span>'
        f'<span class="number">{one.probability:.0%}</span>'
        f'<span class="note">score {one.score:+.2f}{"" if one.eligible else ", ruled out"}</span>'
        "</li>"
        for one in result.ranking
    )
    notes = "".join(
        f"<p><strong>Also fits: {escape(one.name)}.</strong> {escape(one.why)}.</p>"
        for one in result.hybrids
    )
    notes += "".join(
        f"<p><strong>{gate.pattern} is ruled out:</strong> {escape(gate.why)}. "
        f"Lifted by {escape(gate.lifted_by)}. <small>{escape(gate.source)}</small></p>"
        for gate in result.gates
    )
    known = "".join(
        f"<tr><th scope=row>{escape(result.labels[key])}</th><td>{escape(formatted(value))}</td></tr>"
        for key, value in result.answers.items()
    )
    table = (
        "<details><summary>The requirements that were known</summary>"
        f"<table><tbody>{known}</tbody></table></details>"
        if known
        else "<p>No requirement was known.</p>"
    )
    return (
        f"<header><h1>Recommended: {result.recommended}</h1>"
        f'<p class="lead">Confidence {result.confidence:.0%} ({confidence_word(result.confidence)}). '
        f"With every weight varied, it stays in {result.sensitivity.robustness:.0%} of the draws."
        f'</p></header>\n<section><h2 class="quiet">How probable each pattern is</h2>'
        f'<ul class="bars">{rows}</ul>{notes}{table}</section>'
    )


def _conflicts(result: Recommendation) -> str:
    if not result.conflicts:
        return ""
    items = "".join(
        f"<li>{escape(one.message)} <small>"
        + escape(", ".join(f"{key}: {formatted(result.answers.get(key))}" for key in one.keys))
        + "</small></li>"
        for one in result.conflicts
    )
    return (
        '<section class="warning"><h2>These requirements contradict each other</h2>'
        f"<ul>{items}</ul></section>"
    )


def _contributions(result: Recommendation) -> str:
    shown = [part for part in result.contributions if any(part.points.values())]
    every = [points for part in shown for points in part.points.values()]
    low, high = min(0.0, *every), max(0.0, *every)
    span = high - low
    zero = -low / span * 100
    rows = []
    for part in shown:
        value = "" if part.value is None else f": {escape(formatted(part.value))}"
        label = escape(result.labels.get(part.key, "the start")) + value
        bars = "".join(
            f'<span class="row"><span class="fill {SHORT[pattern]}" style="'
            f'{_from_zero(part.points[pattern] / span * 100, zero)}"></span></span>'
            for pattern in PATTERNS
        )
        rows.append(
            f'<li><span class="name">{label}</span>'
            f'<span class="track three" aria-hidden="true">{bars}'
            f'<span class="line" style="left:{zero:.2f}%"></span></span></li>'
        )
    table = _table(
        "All points",
        ("criterion", "answer", *PATTERNS, "why", "source"),
        [
            (
                part.criterion,
                formatted(part.value) if part.value is not None else "",
                *(f"{part.points[pattern]:+.2f}" for pattern in PATTERNS),
                part.why,
                part.source,
            )
            for part in result.contributions
        ],
    )
    return (
        "<section><h2>What each answer contributes</h2>"
        f"{_legend()}<p>To the right of the line: points for the pattern. To the left: against it. "
        f"The scale goes from {low:+.1f} to {high:+.1f} points.</p>"
        f'<ul class="bars wide">{"".join(rows)}</ul>'
        f"<details><summary>All points, with reasons and sources</summary>{table}</details>"
        "</section>"
    )


def _legend() -> str:
    return (
        '<p class="legend" aria-hidden="true">'
        + "".join(
            f'<span><i class="fill {SHORT[pattern]}"></i>{pattern}</span>' for pattern in PATTERNS
        )
        + "</p>"
    )


def _from_zero(width: float, zero: float) -> str:
    left = zero if width >= 0 else zero + width
    return f"left:{left:.2f}%;width:{abs(width):.2f}%"


def _tornado(result: Recommendation) -> str:
    sensitivity = result.sensitivity
    swings = sensitivity.swings[:12]
    flips = "".join(
        f"<li>{escape(result.labels[flip.key])}: <strong>{escape(formatted(flip.to))}</strong> instead "
        f"of {escape(formatted(flip.value))} → {flip.pattern}</li>"
        for flip in sensitivity.flips
    )
    flips += "".join(
        "<li>together: "
        + " and ".join(
            f"{escape(result.labels[key])} <strong>{escape(formatted(to))}</strong>"
            for key, to in zip(pair.keys, pair.to, strict=True)
        )
        + f" → {pair.pattern}</li>"
        for pair in sensitivity.pairs
    )
    flips = (
        f"<ul>{flips}</ul>" if flips else "<p>No single answer and no pair of answers would.</p>"
    )
    if not swings:
        return f"<section><h2>What would change it</h2>{flips}</section>"
    low = min(0.0, *(swing.lead_least for swing in swings))
    high = max(0.0, sensitivity.lead, *(swing.lead_most for swing in swings))
    span = high - low or 1.0
    zero, now = -low / span * 100, (sensitivity.lead - low) / span * 100
    rows = []
    for swing in swings:
        left = (swing.lead_least - low) / span * 100
        width = (swing.lead_most - swing.lead_least) / span * 100
        rows.append(
            f'<li><span class="name">{escape(result.labels[swing.key])} '
            f"<small>{escape(formatted(swing.at_least))} … {escape(formatted(swing.at_most))}</small></span>"
            f'<span class="track" aria-hidden="true">'
            f'<span class="fill swing" style="left:{left:.2f}%;width:{width:.2f}%"></span>'
            f'<span class="line" style="left:{zero:.2f}%"></span>'
            f'<span class="line now" style="left:{now:.2f}%"></span></span></li>'
        )
    table = _table(
        "How far each answer moves the lead",
        ("answer", "now", "least lead", "with", "most lead", "with"),
        [
            (
                result.labels[swing.key],
                formatted(swing.value),
                f"{swing.lead_least:+.2f}",
                formatted(swing.at_least),
                f"{swing.lead_most:+.2f}",
                formatted(swing.at_most),
            )
            for swing in sensitivity.swings
        ],
    )
    return (
        f"<section><h2>What would change it</h2>{flips}"
        f"<h3>How far each answer alone moves the lead</h3>"
        f"<p>The thin line is a lead of nothing: what reaches left of it would change the "
        f"recommendation. The thick line is the lead today, of {sensitivity.lead:+.2f} points. "
        f"Beside each answer: its values at the left and the right end.</p>"
        f'<ul class="bars wide">{"".join(rows)}</ul>'
        f"<details><summary>The numbers</summary>{table}</details></section>"
    )


def _unknown(result: Recommendation) -> str:
    unknown = [one for one in result.sensitivity.unknown if one.swing > 0]
    if not unknown:
        return ""
    first = len(first_questions(result))
    items = "".join(
        f"<li>{'<strong>' if index < first else ''}{escape(one.label)}"
        f"{'</strong>' if index < first else ''}: {escape(could_become(one))}</li>"
        for index, one in enumerate(unknown)
    )
    hint = "the first two before the others" if first > 1 else "the first"
    return f"<section><h2>Not known: answer {hint}</h2><ol>{items}</ol></section>"


def _table(label: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rows = list(rows)
    numbers = [all(NUMBER.fullmatch(row[index]) for row in rows) for index in range(len(head))]
    cells = "".join(
        f"<th scope=col{' class=number' if number else ''}>{escape(cell)}</th>"
        for cell, number in zip(head, numbers, strict=True)
    )
    body = "".join(
        f"<tr><th scope=row>{escape(row[0])}</th>"
        + "".join(_cell(cell) for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">'
        f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(text: str) -> str:
    if NUMBER.fullmatch(text):
        return f"<td class=number>{escape(text)}</td>"
    short = " class=short" if len(text) <= LONGEST_UNBROKEN else ""
    return f"<td{short}>{escape(text)}</td>"


def _latency(result: Recommendation) -> str:
    simulated = {
        pattern: estimate.latency
        for pattern, estimate in result.estimates.items()
        if estimate.latency
    }
    if not simulated:
        return ""
    widest = _round_up(max(latency.histogram[-1][0] for latency in simulated.values()))
    marks = "".join(
        f'<path class="grid" d="M{LEFT} {_y(share)}H{WIDTH - RIGHT}"/>'
        f'<text x="{LEFT - 5}" y="{_y(share)}" dy="4" text-anchor="end">{share:.0%}</text>'
        for share in (0.25, 0.5, 0.75, 0.95)
    )
    for pattern, latency in simulated.items():
        shares = itertools.accumulate(share for _, share in latency.histogram)
        curve = [
            (edge / widest, share)
            for (edge, _), share in zip(latency.histogram, shares, strict=True)
        ]
        marks += f'<polyline class="stroke {SHORT[pattern]}" points="{_points([(0, 0), *curve])}"/>'
    marks += "".join(
        f'<text x="{_x(share)}" y="{HEIGHT - 20}" text-anchor="middle">{widest * share:g}</text>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    )
    words = ", ".join(
        f"{pattern} p50 {one.p50_ms:g}, p95 {one.p95_ms:g}, p99 {one.p99_ms:g} ms"
        for pattern, one in simulated.items()
    )
    chart = _svg(
        "Distribution of the simulated latency", words, marks + _axis_title("milliseconds")
    )
    return (
        "<section><h2>How long an answer takes at the peak</h2>"
        f"{_legend()}<figure>{chart}"
        "<figcaption>The share of the answers that are there within so many milliseconds; where a "
        "curve passes 95% is its p95. Simulated over the synchronous hops, not measured."
        "</figcaption></figure></section>"
    )


def _round_up(value: float) -> float:
    """Return the next number whose quarters are easy to read."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= value)


def _svg(title: str, description: str, content: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="'
        f'{escape(title)}: {escape(description)}">'
        f'<path class="axis" d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}"/>'
        f"{content}</svg>"
    )


def _axis_title(text: str) -> str:
    middle = (LEFT + WIDTH - RIGHT) / 2
    return f'<text x="{middle}" y="{HEIGHT - 4}" text-anchor="middle">{text}</text>'


def _x(share: float) -> str:
    return f"{LEFT + max(0.0, min(1.0, share)) * (WIDTH - LEFT - RIGHT):.1f}"


def _y(share: float) -> str:
    return f"{HEIGHT - BOTTOM - max(0.0, min(1.0, share)) * (HEIGHT - TOP - BOTTOM):.1f}"


def _points(shares: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_x(x)},{_y(y)}" for x, y in shares)


def _estimates(result: Recommendation) -> str:
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
    return f"<section><h2>Estimates for all three</h2>{_table('Estimates', head, rows)}</section>"


def _cost(cost: Cost) -> str:
    gaps = {one.platform for one in cost.platforms if one.expected.missing}
    curves = [
        curve
        for curve in cost.curves
        if curve.platform not in gaps and not curve.platform.endswith(")")
    ][:MOST_CURVES]
    titles = {one.platform: one.title for one in cost.platforms}
    crossings = "".join(
        f"<li>from {one.requests_per_second:,.6g} requests/s: {escape(titles[one.after])} instead "
        f"of {escape(titles[one.before])}</li>"
        for one in cost.crossovers
    )
    rows = [
        (
            one.title,
            one.book,
            f"{one.expected.infrastructure_usd:,.0f}" + ("*" if one.expected.missing else ""),
            f"{one.peak.infrastructure_usd:,.0f}" + ("*" if one.peak.missing else ""),
            f"{one.expected.people_usd:,.0f}",
        )
        for one in cost.platforms
    ]
    head = ("platform", "price book", "expected", "at peak", "people")
    warnings = "".join(f"<li>{escape(warning)}</li>" for warning in cost.warnings)
    return (
        f"<section><h2>What {cost.pattern} costs a month</h2>"
        f"<p>US dollars at {cost.expected_requests_per_second:,.6g} requests a second"
        f"{' (assumed)' if cost.load_assumed else ''}, peak "
        f"{cost.peak_requests_per_second:,.6g}. Infrastructure and people apart; “at peak” is a "
        "month in which the peak never ends.</p>"
        f"{_table('Cost per platform', head, rows)}"
        + ("<p><small>* a price is missing, see below</small></p>" if gaps else "")
        + (_cost_chart(cost, curves) if curves else "")
        + (f"<h3>The cheapest platform changes</h3><ul>{crossings}</ul>" if crossings else "")
        + (f"<h3>Before anyone is quoted a price</h3><ul>{warnings}</ul>" if warnings else "")
        + "</section>"
    )


def _cost_chart(cost: Cost, curves: Sequence[Curve]) -> str:
    loads = [at for at, _ in curves[0].points]
    prices = [max(usd, 1.0) for curve in curves for _, usd in curve.points]
    low = 10 ** math.floor(math.log10(min(prices)))
    high = 10 ** math.ceil(math.log10(max(prices)))
    high = high if high > low else low * 10

    def across(at: float) -> float:
        return math.log(at / loads[0]) / math.log(loads[-1] / loads[0])

    def up(usd: float) -> float:
        return math.log(max(usd, low) / low) / math.log(high / low)

    marks = "".join(
        f'<polyline class="stroke c{index}" points="'
        + _points([(across(at), up(usd)) for at, usd in curve.points])
        + '"/>'
        for index, curve in enumerate(curves)
    )
    for power in range(round(math.log10(low)), round(math.log10(high)) + 1):
        usd = 10.0**power
        marks += (
            f'<path class="grid" d="M{LEFT} {_y(up(usd))}H{WIDTH - RIGHT}"/>'
            f'<text x="{LEFT - 5}" y="{_y(up(usd))}" dy="4" text-anchor="end">{_short(usd)}</text>'
        )
    for power in range(math.ceil(math.log10(loads[0])), math.floor(math.log10(loads[-1])) + 1):
        at = 10.0**power
        marks += (
            f'<text x="{_x(across(at))}" y="{HEIGHT - 20}" text-anchor="middle">{_short(at)}</text>'
        )
    expected = cost.expected_requests_per_second
    if loads[0] <= expected <= loads[-1]:
        marks += (
            f'<path class="grid now" d="M{_x(across(expected))} {TOP}V{HEIGHT - BOTTOM}"/>'
            f'<text x="{_x(across(expected))}" y="{TOP + 8}" dx="4">expected</text>'
        )
    titles = {one.platform: one.title for one in cost.platforms}
    legend = "".join(
        f'<span><svg viewBox="0 0 30 8" aria-hidden="true"><path class="stroke c{index}" '
        f'd="M1 4H29"/></svg>{escape(titles[curve.platform])}</span>'
        for index, curve in enumerate(curves)
    )
    words = "; ".join(
        f"{titles[curve.platform]} from {curve.points[0][1]:,.0f} to {curve.points[-1][1]:,.0f}"
        for curve in curves
    )
    chart = _svg(
        "US dollars a month over requests a second",
        words,
        marks + _axis_title("requests a second"),
    )
    return (
        f"<figure>{chart}<figcaption><p class=legend>{legend}</p>Infrastructure, US dollars a "
        "month, both axes logarithmic.</figcaption></figure>"
    )


def _short(value: float) -> str:
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def _triggers(result: Recommendation) -> str:
    if not result.triggers:
        return ""
    rows = [(one.measure, one.at, one.to, one.how, one.source) for one in result.triggers]
    head = ("measure", "at", "towards", "how it is measured", "source")
    table = _table("When to move on", head, rows)
    return f"<section><h2>When to move on</h2>{table}</section>"


def _assumptions(result: Recommendation, cost: Cost | None) -> str:
    every = {one.name: one for one in (*result.assumptions, *(cost.assumptions if cost else ()))}
    rows = [(one.name, f"{one.value:g} {one.unit}", one.why, one.source) for one in every.values()]
    table = _table("Assumptions", ("assumption", "value", "what it is", "source"), rows)
    return (
        "<section><details><summary>Every assumption of the estimates</summary>"
        f"<p>Change one with <code>--assume name=value</code>.</p>{table}</details></section>"
    )
