"""``blueprint cost``."""

from pathlib import Path
from typing import Annotated

import typer

from blueprint_cli.cli.options import AnswersFiles, Assume, Json, ProjectPath, RulesFile, Settings
from blueprint_cli.cli.team import with_team
from blueprint_cli.cli.terminal import Terminal
from blueprint_cli.errors import EXIT_FOUND

EPILOG = """
Examples:
  blueprint cost ./shop
  blueprint cost --set requirements.teams=9
  blueprint cost --assume function_memory_mb=512 --explain
  blueprint cost --budget 500 --platform aws-fargate
  blueprint cost --budget      (of monthly_budget_usd)

Exit codes: 0 done; 1 with --budget, where the expected bill is above it.
"""


def command(  # noqa: PLR0913 - one parameter per option is how Typer declares them
    project: ProjectPath = None,
    *,
    answers: AnswersFiles = None,
    settings: Settings = None,
    pattern: Annotated[
        str | None,
        typer.Option(metavar="PATTERN", help="The project's, or what is recommended, else."),
    ] = None,
    prices: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A team's own price book instead of ours; repeatable."),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(metavar="[USD]", help="Fail where a month's infrastructure costs more."),
    ] = None,
    platform: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Whose bill that is; the cheapest unless given."),
    ] = None,
    rules: RulesFile = None,
    assume: Assume = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print every line and every assumption.")
    ] = False,
    json: Json = False,
) -> None:
    """Show what a project would cost a month, per platform, with every assumption."""
    from blueprint_cli.cost.budget import with_budget
    from blueprint_cli.cost.request import estimate_cost, targets_of_project
    from blueprint_cli.recommendation.request import Request
    from blueprint_cli.reports.cost import as_document, as_text
    from blueprint_cli.reports.text import shows_blocks

    request = Request(
        project=project,
        answers=tuple(answers or ()),
        settings=tuple(settings or ()),
        rules=rules,
        assume=tuple(assume or ()),
    )
    request, books = with_team(request)
    result = estimate_cost(request, pattern=pattern, prices=tuple(prices or ()), books=books)
    result = with_budget(result, asked=budget, platform=platform)
    targets = targets_of_project(request, books=books, prices=tuple(prices or ()))
    terminal = Terminal(as_json=json)
    text = (
        ""
        if json
        else as_text(
            result,
            bold=terminal.bold,
            explain=explain,
            blocks=shows_blocks(),
            width=terminal.width,
            targets=targets,
        )
    )
    terminal.result(as_document(result, targets), text)
    if budget is not None and result.budget and result.budget.exceeded:
        raise typer.Exit(EXIT_FOUND)
