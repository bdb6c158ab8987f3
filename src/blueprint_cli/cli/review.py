"""``blueprint review``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from blueprint_cli.cli.options import Json, RulesFile
from blueprint_cli.cli.team import with_team
from blueprint_cli.cli.terminal import Terminal
from blueprint_cli.errors import EXIT_FOUND, UsageError

if TYPE_CHECKING:
    from blueprint_cli.reviewing.review import Question

EPILOG = """
Examples:
  blueprint review
  blueprint bench --json > bench.json
  blueprint review --bench bench.json --keep
  blueprint review --prometheus http://127.0.0.1:9090 --window 4w
  blueprint review --prometheus URL --label job=shop --write

Exit codes:
  0  what was assumed holds
  1  a number at which to think again is reached, something
     is wrong, or another pattern is recommended
  2  the bench's document, or an option, is of no use
  3  Prometheus cannot be reached
"""
WINDOW = "7d"


def command(  # noqa: PLR0913 - the options of a command
    project: Annotated[
        Path | None,
        typer.Argument(metavar="[PATH]", help="A project; the current folder unless given."),
    ] = None,
    *,
    bench: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What `blueprint bench --json` printed.")
    ] = None,
    prometheus: Annotated[
        str | None, typer.Option(metavar="URL", help="A server that scrapes the project.")
    ] = None,
    window: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="How far it looks back: 12h, 7d, 4w.", show_default=WINDOW
        ),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Only series with this label; repeatable."),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Its token; or in the variable PROMETHEUS_TOKEN."),
    ] = None,
    rules: RulesFile = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Correct the project's estimates by this bench.")
    ] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help="Correct them no longer, and do nothing else.")
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Write the project's next decision record.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a report that needs no network.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print the query behind each figure.")
    ] = False,
    json: Json = False,
) -> None:
    """Hold what was assumed against what was measured, and recommend anew."""
    from blueprint_cli.reviewing.keeping import forget_corrections, given_up, keep_corrections
    from blueprint_cli.reviewing.record import write_record
    from blueprint_cli.reviewing.report import as_document, as_text
    from blueprint_cli.reviewing.review import review

    terminal = Terminal(as_json=json)
    if forget:
        others = (bench, prometheus, window, label, token_file, rules, keep, write, html, explain)
        if any(others):
            raise UsageError("--forget goes alone: it corrects estimates no longer")
        gone = forget_corrections(project)
        said = "Estimates are corrected no longer." if gone else "Estimates were not corrected."
        terminal.result({"forgotten": gone}, said)
        return
    if keep and not bench:
        raise UsageError(
            "--keep keeps what a bench measured, and there is none", hint="Give it: --bench FILE"
        )
    if html:
        from blueprint_cli.reports.writing import check_places

        check_places({"--html": html}, (bench, token_file, rules), project)
    asked = _question(project, bench, rules, (prometheus, window, tuple(label or ()), token_file))
    found = review(asked)
    if keep:
        lost = given_up(found)
        found = keep_corrections(found)
        if lost:
            terminal.note(
                f"Given up: how far the predicted {' and '.join(lost)} was off, which this bench "
                "did not measure and an earlier one had."
            )
        terminal.note("Kept how far predictions are off: estimates and bills go by it.")
    record = write_record(found) if write else ""
    if record:
        terminal.note(f"Wrote {record}")
    if html:
        from blueprint_cli.files import write_whole
        from blueprint_cli.reviewing.page import as_html

        write_whole(html, as_html(found))
        terminal.note(f"Wrote {html}")
    text = as_text(
        found,
        bold=terminal.bold,
        warning=lambda words: terminal.of_severity("warning", words),
        explain=explain,
        width=terminal.width,
    )
    terminal.result(as_document(found, record), text)
    if found.found:
        raise typer.Exit(EXIT_FOUND)


def _question(
    project: Path | None,
    bench: Path | None,
    rules: Path | None,
    server: tuple[str | None, str | None, tuple[str, ...], Path | None],
) -> "Question":
    """Return what is asked for; what is wrong with the options is said before anything is read."""
    from blueprint_cli.project import project_root
    from blueprint_cli.prometheus import Prometheus, matchers_of, seconds_of, token_of
    from blueprint_cli.recommendation.request import Request
    from blueprint_cli.recommendation.rules import load_rules
    from blueprint_cli.reviewing.review import Question

    url, window, labels, token_file = server
    seconds, matchers = seconds_of(window or WINDOW), matchers_of(labels)
    if url is None and (labels or token_file or window):
        raise UsageError("--window, --label and --token-file go with --prometheus URL")
    asked = Prometheus(url, token_of(token_file)) if url is not None else None
    root = project_root(project)
    request, books = with_team(Request(project=root, rules=rules))
    return Question(
        project=root,
        bench=bench,
        prometheus=asked,
        seconds=seconds,
        matchers=matchers,
        rules=load_rules(rules) if rules else request.team_rules,
        books=books,
    )
