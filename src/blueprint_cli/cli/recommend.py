"""``blueprint recommend``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from blueprint_cli.cli.options import AnswersFiles, Assume, Json, ProjectPath, RulesFile, Settings
from blueprint_cli.cli.team import with_team
from blueprint_cli.cli.terminal import Terminal

if TYPE_CHECKING:
    from blueprint_cli.cost.books import Book
    from blueprint_cli.recommendation.comparison import Comparison
    from blueprint_cli.recommendation.request import Advice

EPILOG = """
Examples:
  blueprint recommend --answers shop.yaml
  blueprint recommend --set requirements.teams=12
  blueprint recommend ./shop --html report.html
  blueprint recommend --answers a.yaml --compare b.yaml
"""


def command(  # noqa: PLR0913 - one parameter per option is how Typer declares them
    project: ProjectPath = None,
    *,
    answers: AnswersFiles = None,
    settings: Settings = None,
    rules: RulesFile = None,
    assume: Assume = None,
    compare: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Other answers: what changes, and why.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print every point and every assumption.")
    ] = False,
    markdown: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a decision record (MADR).")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a report that needs no network.")
    ] = None,
    json: Json = False,
) -> None:
    """Recommend an architecture, with reasons, numbers and doubts."""
    from blueprint_cli.recommendation.request import Request, advise

    request = Request(
        project=project,
        answers=tuple(answers or ()),
        settings=tuple(settings or ()),
        rules=rules,
        assume=tuple(assume or ()),
    )
    request, books = with_team(request)
    advice = advise(request, compare_with=compare)
    terminal = Terminal(as_json=json)
    if markdown or html:
        from blueprint_cli.reports.writing import write_reports

        for path in write_reports(advice, markdown=markdown, html=html, books=books):
            terminal.note(f"Wrote {path}")
    if advice.comparison:
        _show_comparison(terminal, advice.comparison)
    else:
        _show(terminal, advice, explain=explain, books=books)


def _show(
    terminal: Terminal, advice: "Advice", *, explain: bool, books: "tuple[Book, ...]"
) -> None:
    from blueprint_cli.cost.request import budget_of_recommended, targets_of_recommended

    result = advice.recommendation
    budget = budget_of_recommended(result, advice.basis.rules, advice.basis.assumed, books)
    targets = targets_of_recommended(result, advice.basis.rules, advice.basis.assumed, books)
    if terminal.as_json:
        from blueprint_cli.reports.document import as_document

        terminal.result(as_document(result, budget, targets), "")
        return
    from blueprint_cli.reports.text import as_text, shows_blocks

    text = as_text(
        result,
        bold=terminal.bold,
        warning=lambda words: terminal.of_severity("warning", words),
        explain=explain,
        blocks=shows_blocks(),
        width=terminal.width,
        budget=budget,
        targets=targets,
    )
    terminal.result({}, text)


def _show_comparison(terminal: Terminal, comparison: "Comparison") -> None:
    from blueprint_cli.reports.comparison import as_document, as_text

    terminal.result(as_document(comparison), as_text(comparison, width=terminal.width))
