"""``blueprint cost``."""

from pathlib import Path
from typing import Annotated

import typer

from blueprint_cli.cli.options import Answers, Assume, Json, Project, RulesFile, Settings
from blueprint_cli.cli.recommend import answers_or_project
from blueprint_cli.cli.terminal import Terminal
from blueprint_cli.errors import UsageError

EPILOG = """
Examples:
  blueprint cost ./shop
  blueprint cost --set requirements.requests_per_second_avg=100 --pattern monolith
  blueprint cost --answers shop.yaml --assume function_memory_mb=512 --explain
"""


def command(  # noqa: PLR0913 - one parameter per option is how Typer declares them
    project: Project = None,
    *,
    answers: Answers = None,
    settings: Settings = None,
    pattern: Annotated[
        str | None,
        typer.Option(metavar="PATTERN", help="The project's, or what is recommended, else."),
    ] = None,
    prices: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A team's own price book instead of ours; repeatable."),
    ] = None,
    rules: RulesFile = None,
    assume: Assume = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print every line and every assumption.")
    ] = False,
    json: Json = False,
) -> None:
    """Show what a project would cost a month, per platform, with every assumption."""
    import datetime as dt

    from blueprint_cli.cost.books import load_books
    from blueprint_cli.cost.cost import cost
    from blueprint_cli.patterns import PATTERNS
    from blueprint_cli.recommendation.answers_file import (
        read_pattern,
        read_requirements,
    )
    from blueprint_cli.recommendation.assumptions import parse_assumptions
    from blueprint_cli.recommendation.rules import load_rules
    from blueprint_cli.recommendation.scoring import score
    from blueprint_cli.reports.cost import as_document, as_text
    from blueprint_cli.reports.text import bars

    if pattern is not None and pattern not in PATTERNS:
        raise UsageError(
            f"there is no pattern {pattern}", hint=f"There are: {', '.join(PATTERNS)}."
        )
    given = load_rules(rules)
    books = load_books(tuple(prices or ()))
    where = answers_or_project(answers, project, asked=bool(settings))
    known = read_requirements(where, settings or ())
    chosen = (
        next((one for one in PATTERNS if one == pattern), None)
        or read_pattern(where)
        or score(known, given).best
    )
    changed = parse_assumptions(assume or [])
    today = dt.datetime.now(tz=dt.UTC).date()
    result = cost(chosen, known, given, books, today=today, changes=changed)
    terminal = Terminal(as_json=json)
    text = "" if json else as_text(result, bold=terminal.bold, explain=explain, draw=bars())
    terminal.result(as_document(result), text)
