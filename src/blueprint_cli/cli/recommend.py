"""``blueprint recommend``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from blueprint_cli.cli.options import Answers, Assume, Json, Project, RulesFile, Settings
from blueprint_cli.cli.terminal import Terminal
from blueprint_cli.errors import UsageError
from blueprint_cli.files import write_whole

if TYPE_CHECKING:
    from blueprint_cli.recommendation.recommend import Recommendation
    from blueprint_cli.recommendation.rules import Rules

EPILOG = """
Examples:
  blueprint recommend --answers shop.yaml
  blueprint recommend --set requirements.teams=12 --set requirements.consistency=eventual
  blueprint recommend ./shop --html report.html
  blueprint recommend --answers a.yaml --compare b.yaml
"""


def command(  # noqa: PLR0913 - one parameter per option is how Typer declares them
    project: Project = None,
    *,
    answers: Answers = None,
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
    from blueprint_cli.recommendation.answers_file import (
        read_requirements,
    )
    from blueprint_cli.recommendation.assumptions import parse_assumptions
    from blueprint_cli.recommendation.recommend import recommend
    from blueprint_cli.recommendation.rules import load_rules

    reports = {path: kind for path, kind in ((markdown, "markdown"), (html, "html")) if path}
    if markdown and html and _same(markdown, html):
        raise UsageError("--markdown and --html name the same file", hint="Give two names.")
    given = load_rules(rules)
    assumed = parse_assumptions(assume or [])
    where = answers_or_project(answers, project, asked=bool(settings))
    for path in reports:
        _refuse_place(path, inputs=(where, rules, compare))
    result = recommend(read_requirements(where, settings or ()), given, assumed)
    terminal = Terminal(as_json=json)
    for path, kind in reports.items():
        write_whole(path, _report(kind, result, given, assumed))
        terminal.note(f"Wrote {path}")
    if compare:
        other = recommend(read_requirements(compare), given, assumed)
        _show_comparison(terminal, result, other)
    else:
        _show(terminal, result, explain=explain)


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _refuse_place(report: Path, *, inputs: tuple[Path | None, ...]) -> None:
    """Refuse a report where it cannot be, or would replace what it is made of.

    Raises:
        UsageError: naming the file.
    """
    if not report.parent.is_dir():
        raise UsageError(
            f"there is no folder {report.parent} for {report.name}", hint="Make it, then try again."
        )
    if any(path and _same(report, path) for path in inputs):
        raise UsageError(
            f"{report} is read, and a report would replace it", hint="Give the report another name."
        )


def answers_or_project(answers: Path | None, project: Path | None, *, asked: bool) -> Path | None:
    """Return the file to read: the answers, else the project's; none where --set says it all.

    Raises:
        UsageError: where there is nothing to read, or two things.
    """
    if answers and project:
        raise UsageError("--answers and PATH say the same thing twice", hint="Give one of the two.")
    if answers:
        return answers
    if project:
        return project / "blueprint.yaml" if project.is_dir() else project
    if asked:
        return None
    here = Path("blueprint.yaml")
    if here.is_file():
        return here
    raise UsageError(
        "there are no answers",
        hint="Give --answers FILE, --set requirements.teams=3, or the PATH of a project.",
    )


def _show(terminal: Terminal, result: "Recommendation", *, explain: bool) -> None:
    if terminal.as_json:
        from blueprint_cli.reports.document import as_document

        terminal.result(as_document(result), "")
        return
    from blueprint_cli.reports.text import as_text, shows_blocks

    text = as_text(result, bold=terminal.bold, explain=explain, blocks=shows_blocks())
    terminal.result({}, text)


def _show_comparison(terminal: Terminal, result: "Recommendation", other: "Recommendation") -> None:
    from blueprint_cli.recommendation.comparison import compare
    from blueprint_cli.reports.comparison import as_document, as_text

    comparison = compare(result, other)
    terminal.result(as_document(comparison), as_text(comparison))


def _report(kind: str, result: "Recommendation", rules: "Rules", assumed: dict[str, float]) -> str:
    if kind == "markdown":
        from blueprint_cli.reports.markdown import as_markdown

        return as_markdown(result)
    import datetime as dt

    from blueprint_cli.cost.books import load_books
    from blueprint_cli.cost.cost import cost
    from blueprint_cli.reports.html import as_html

    today = dt.datetime.now(tz=dt.UTC).date()
    books = load_books()
    bill = cost(result.recommended, result.answers, rules, books, today=today, changes=assumed)
    return as_html(result, bill)
