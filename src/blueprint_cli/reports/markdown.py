"""A recommendation as an architecture decision record in MADR's form; undated, by design."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blueprint_cli.patterns import PATTERNS
from blueprint_cli.recommendation.measured import said_of
from blueprint_cli.reports.words import (
    PHRASES,
    confidence_word,
    could_become,
    formatted,
    instances,
    milliseconds,
    sentence,
    unmet,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.recommend import Reason, Recommendation

MOST_REASONS = 6


@dataclass(frozen=True, slots=True)
class Earlier:
    """The architecture until now, and the name of its record; empty where that is gone."""

    pattern: Pattern
    record: str


def as_markdown(
    result: Recommendation,
    *,
    chosen: Pattern | None = None,
    reason: str = "",
    earlier: Earlier | None = None,
) -> str:
    """Return the record.

    Args:
        result: what was recommended.
        chosen: what was decided, where that is not the recommendation.
        reason: why it was decided otherwise, in one line; empty where none was given.
        earlier: where the project has another architecture until now.
    """
    decided = chosen or result.recommended
    parts = [
        *_title(decided, earlier),
        "## Context and Problem Statement\n\n" + "\n".join(_context(result)),
        "## Decision Drivers\n\n" + "\n".join(_drivers(result)),
        "## Considered Options\n\n" + "\n".join(f"* {one.pattern}" for one in result.ranking),
        "## Decision Outcome\n\n" + "\n".join(_outcome(result, decided, reason)),
        "### Consequences\n\n" + "\n".join(_consequences(result, decided)),
        "### Confirmation\n\n" + "\n".join(_confirmation(result, decided)),
        "## Pros and Cons of the Options\n\n" + "\n\n".join(_options(result)),
        "## More Information\n\n" + "\n".join(_more(result)),
    ]
    return "\n\n".join(parts) + "\n"


def _title(decided: Pattern, earlier: Earlier | None) -> Iterator[str]:
    if earlier is None:
        yield f"# Build it as {PHRASES[decided]}"
        return
    yield f"# Move from {PHRASES[earlier.pattern]} to {PHRASES[decided]}"
    if earlier.record:
        yield f"Supersedes [{earlier.record.partition('-')[0]}]({earlier.record})."


def _context(result: Recommendation) -> Iterator[str]:
    yield "Which architecture serves these requirements?\n"
    if not result.answers:
        yield "Nothing was known about the application when this was decided."
        return
    yield "| requirement | known |"
    yield "| --- | --- |"
    for key, value in result.answers.items():
        yield f"| {_cell(result.labels[key])} | {_cell(formatted(value))} |"
    if result.unmet:
        yield ""
        yield "Asked for, and not given by what is recommended:\n"
        yield from (f"* {it}" for it in unmet(result))
    if result.conflicts:
        yield ""
        yield "These contradict each other and have to be settled:\n"
        for conflict in result.conflicts:
            yield f"* {conflict.message} ({', '.join(conflict.keys)})"


def _drivers(result: Recommendation) -> Iterator[str]:
    best = result.ranking[0]
    for reason in (*best.reasons_for[:MOST_REASONS], *best.reasons_against[:MOST_REASONS]):
        yield f"* {sentence(reason)}. Source: {reason.source}."


def _outcome(result: Recommendation, decided: Pattern, reason: str) -> Iterator[str]:
    best, second = result.ranking[0], result.ranking[1]
    if decided == best.pattern:
        yield (
            f'Chosen option: "{decided}", because it scores {best.score:+.2f} '
            f"and {second.pattern}, the next, {second.score:+.2f}."
        )
    else:
        yield (
            f'Chosen option: "{decided}", although "{best.pattern}" was recommended with '
            f"{best.score:+.2f}."
        )
        reason = reason or "not written down yet."
    if reason:
        yield f"The reason: {reason}"
    yield (
        f"The recommendation's confidence is {result.confidence:.0%} "
        f"({confidence_word(result.confidence)}); with all weights varied it stays in "
        f"{result.sensitivity.robustness:.0%} of the draws."
    )
    if decided == best.pattern:
        for hybrid in result.hybrids:
            yield f"\nAlso fits: {hybrid.name}. {hybrid.why}."


def _consequences(result: Recommendation, decided: Pattern) -> Iterator[str]:
    chosen = next(one for one in result.ranking if one.pattern == decided)
    for reason in chosen.reasons_for[:MOST_REASONS]:
        yield f"* Good, because {_argument(reason)}"
    for reason in chosen.reasons_against[:MOST_REASONS]:
        yield f"* Bad, because {_argument(reason)}"
    for gate in result.gates:
        if gate.pattern == decided:
            yield f"* Bad, because it was ruled out: {gate.why}. Lifted by {gate.lifted_by}."
    estimate = result.estimates[decided]
    yield (
        f"* Expected: {instances(estimate.instances)} instances in {estimate.processes} "
        f"{'process' if estimate.processes == 1 else 'kinds of process'}, p95 "
        f"{milliseconds(estimate.latency.p95_ms if estimate.latency else None)}, "
        f"{estimate.availability_percent:.2f}% available."
    )


def _confirmation(result: Recommendation, decided: Pattern) -> Iterator[str]:
    yield (
        "`blueprint check` confirms the structure. The estimates are not measured: compare them "
        "with the running project under its expected load."
    )
    if decided == result.recommended and result.triggers:
        yield "Think again when the running project shows one of these:\n"
        yield "| measure | at | towards | how it is measured |"
        yield "| --- | --- | --- | --- |"
        for one in result.triggers:
            cells = (one.measure, one.at, one.to, one.how)
            yield "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _argument(reason: Reason) -> str:
    """Return a reason as the end of a sentence; its points are those beside the strongest rival."""
    why = reason.why[0].lower() + reason.why[1:]
    given = "" if reason.value is None else f"{reason.label}: {formatted(reason.value)}; "
    return f"{why} ({given}{reason.points:+.2f})"


def _options(result: Recommendation) -> Iterator[str]:
    yield "Points are counted beside those of the strongest rival."
    for one in result.ranking:
        lines = [f"### {one.pattern}: {one.score:+.2f}", ""]
        lines += [f"* Good, because {_argument(it)}" for it in one.reasons_for[:MOST_REASONS]]
        lines += [f"* Bad, because {_argument(it)}" for it in one.reasons_against[:MOST_REASONS]]
        lines += [
            f"* Ruled out: {gate.why}. Lifted by {gate.lifted_by}. Source: {gate.source}."
            for gate in result.gates
            if gate.pattern == one.pattern
        ]
        if len(lines) == 2:  # noqa: PLR2004 - the heading alone
            lines.append("* Nothing that is known speaks for it or against it.")
        yield "\n".join(lines)


def _more(result: Recommendation) -> Iterator[str]:
    sensitivity = result.sensitivity
    if sensitivity.flips:
        yield "What would change the recommendation:\n"
        for flip in sensitivity.flips:
            change = f"{formatted(flip.to)} instead of {formatted(flip.value)}"
            yield f"* {result.labels[flip.key]}: {change} → {flip.pattern}"
        yield ""
    else:
        yield "No single answer would change the recommendation.\n"
    unknown = [one for one in sensitivity.unknown if one.swing > 0]
    if unknown:
        yield "Not known, the most important first:\n"
        for one in unknown:
            yield f"* {one.label}: {could_become(one)}"
        yield ""
    yield "Estimates at the peak:\n"
    yield "| pattern | instances | p50 | p95 | p99 | available | down a year |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for pattern in PATTERNS:
        estimate = result.estimates[pattern]
        latency = estimate.latency
        times = (latency.p50_ms, latency.p95_ms, latency.p99_ms) if latency else (None,) * 3
        yield (
            f"| {pattern} | {instances(estimate.instances)} | "
            + " | ".join(milliseconds(one) for one in times)
            + f" | {estimate.availability_percent:.2f}% | {estimate.downtime_hours_a_year:.1f} h |"
        )
    if corrected := said_of(result.assumptions):
        yield f"\n{corrected}"
    yield "\nThey assume:\n"
    for it in result.assumptions:
        yield f"* {it.name} = {it.value:g} {it.unit}: {it.why}. Source: {it.source}."
    yield f"\nComputed with the rules “{result.rules_name}” of {result.rules_date}."


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
