"""A review as the project's next decision record: written once, and its owner's from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprint_cli.decisions import next_decision
from blueprint_cli.layout import DECISIONS
from blueprint_cli.reports.words import PHRASES, confidence_word, formatted, signed
from blueprint_cli.reviewing import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.reviewing.review import Review

NAME = "review.md"


def write_record(review: Review) -> str:
    """Write the record beside those that are there, and return its path in the project.

    Raises:
        OSError: where it cannot be written, or one of its name has come meanwhile.
    """
    folder = review.root / DECISIONS
    folder.mkdir(parents=True, exist_ok=True)
    paths = [f"{DECISIONS}/{path.name}" for path in folder.iterdir()]
    path = next_decision(paths, NAME)
    with (review.root / path).open("x", encoding="utf-8", newline="\n") as stream:
        stream.write(as_markdown(review))
    return path


def as_markdown(review: Review) -> str:
    """Return the record."""
    parts = [
        _title(review),
        "## Context and Problem Statement\n\n" + "\n".join(_context(review)),
        "## Decision Drivers\n\n" + "\n".join(_drivers(review)),
        "## Decision Outcome\n\n" + "\n".join(_outcome(review)),
        "### Consequences\n\n" + "\n".join(_consequences(review)),
        "## More Information\n\n" + "\n".join(_more(review)),
    ]
    return "\n\n".join(parts) + "\n"


def _title(review: Review) -> str:
    if review.recommended == review.spec.pattern:
        return f"# Stay {PHRASES[review.spec.pattern]}, by what was measured"
    return (
        f"# Move from {PHRASES[review.spec.pattern]} to {PHRASES[review.recommended]}, by what was "
        "measured: proposed"
    )


def _context(review: Review) -> Iterator[str]:
    yield "Does what was assumed still hold, and the architecture with it? What was looked at:\n"
    yield from (f"* {source}" for source in review.sources)
    yield "\n| requirement | blueprint.yaml | measured | beside | by |"
    yield "| --- | --- | --- | --- | --- |"
    for row in review.rows:
        figure = row.figure
        yield _row(
            row.label,
            formatted(row.said),
            words.with_unit(figure),
            words.verdict(row),
            figure.why or figure.source,
        )
    known = [one for one in review.beside if one.value is not None]
    if known:
        yield ""
        yield from (
            f"* {words.NAMES[one.name]}: {words.with_unit(one)} ({one.source})" for one in known
        )
    if review.problems:
        yield "\nWhat is wrong:\n"
        yield from (f"* {words.problem(one)} ({one.source})" for one in review.problems)


def _drivers(review: Review) -> Iterator[str]:
    yield "| measure | at | towards | state | measured |"
    yield "| --- | --- | --- | --- | --- |"
    for one in review.triggers:
        yield _row(
            one.trigger.measure,
            one.trigger.at,
            one.trigger.to,
            words.state(one),
            words.with_unit(one.figure) if one.figure.value is not None else one.figure.why,
        )
    if review.comparison.moved:
        yield "\nWhat the measurements moved, in points:\n"
        for moved in review.comparison.moved:
            points = ", ".join(f"{name} {text}" for name, text in signed(moved.points).items())
            yield f"* {moved.criterion}: {points}. {moved.why}"


def _outcome(review: Review) -> Iterator[str]:
    before, after = review.comparison.before, review.comparison.after
    yield (
        f"{words.outcome(review)}. The confidence is {after.confidence:.0%} "
        f"({confidence_word(after.confidence)}); for what was assumed it was "
        f"{before.confidence:.0%}."
    )
    if command := words.next_command(review):
        yield f"\nThe move: `{command}`"


def _consequences(review: Review) -> Iterator[str]:
    yield "| | load | instances | USD a month | where |"
    yield "| --- | ---: | ---: | ---: | --- |"
    yield from (_row(*words.spending(one)) for one in review.spending)
    if over := words.taken_over(review):
        yield "\nTo go on from what was measured, in `requirements` of `blueprint.yaml`:\n"
        yield "```yaml"
        yield from over
        yield "```"


def _more(review: Review) -> Iterator[str]:
    yield from (f"* {line}" for line in words.corrections(review))
    figures = [
        *(row.figure for row in review.rows),
        *review.beside,
        *(one.figure for one in review.triggers),
    ]
    for one in dict.fromkeys(figures):
        if one.value is not None:
            yield f"* `{one.name}` {words.with_unit(one)}: {one.source}; {_code(one.query)}"
    after = review.comparison.after
    yield f"\nComputed with the rules “{after.rules_name}” of {after.rules_date}."


def _code(query: str) -> str:
    return f"`{query}`" if any(letter in query for letter in "{(") else query


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
