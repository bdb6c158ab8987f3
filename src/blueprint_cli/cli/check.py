"""``blueprint check``."""

import os
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from blueprint_cli.cli.options import Json
from blueprint_cli.cli.terminal import Terminal
from blueprint_cli.errors import EXIT_FOUND, UsageError
from blueprint_cli.files import write_whole
from blueprint_cli.wrapping import whole, wrapped

if TYPE_CHECKING:
    from blueprint_cli.checking.check import Report

EPILOG = """
Examples:
  blueprint check
  blueprint check services --format github
  blueprint check --format sarif --output blueprint.sarif
  blueprint check --write-baseline blueprint-baseline.json
  blueprint check --baseline blueprint-baseline.json
  blueprint check --explain BP102       (BP for all)

Exit codes: 0 no error; 1 an error was found.
"""


class FailOn(Enum):
    """What a finding has to be at least so that the command fails."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Format(Enum):
    """What a report can be written as."""

    TEXT = "text"
    GITHUB = "github"
    SARIF = "sarif"
    JUNIT = "junit"


def command(  # noqa: PLR0913 - the options of a command
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]...",
            help="Projects, or folders with projects in them; the current folder unless given.",
        ),
    ] = None,
    *,
    select: Annotated[
        list[str] | None,
        typer.Option(metavar="CODES", help="Only these, such as BP102,BP3; repeatable."),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="CODES", help="Not these; repeatable."),
    ] = None,
    fail_on: Annotated[
        FailOn | None,
        typer.Option(help="The least severity that makes it fail; error unless given."),
    ] = None,
    online: Annotated[
        bool,
        typer.Option("--online", help="Ask for later versions of a team's standard and template."),
    ] = False,
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Do not report what this file accepts."),
    ] = None,
    write_baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Accept all that is found now: write it to this file."),
    ] = None,
    format: Annotated[  # noqa: A002 - it is the option's name
        Format, typer.Option(help="How to write the report.")
    ] = Format.TEXT,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the report there, and the text here."),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="Say what a rule means, and check nothing."),
    ] = None,
    json: Json = False,
) -> None:
    """Check that a project still is what it was rendered to be; for CI.

    In a project's folder, or below, that project; elsewhere every project below the folder that git
    does not ignore. Offline, unless --online, and without a change to anything. What the options
    say goes before `check` in blueprint.yaml.
    """
    from blueprint_cli.checking.check import check
    from blueprint_cli.checking.selection import Options, codes

    if json and (format is not Format.TEXT or output):
        raise UsageError("--json prints one document on stdout: it goes without --format, --output")
    if baseline and write_baseline:
        raise UsageError("--write-baseline accepts all that is found: it goes without --baseline")
    terminal = Terminal(as_json=json)
    if explain is not None:
        _explain(terminal, explain, alone=not (paths or baseline or write_baseline or output))
        return
    options = Options(
        select=codes(select, "--select"),
        ignore=codes(ignore, "--ignore"),
        fail_on=fail_on.value if fail_on else None,
    )
    report = check(paths or (), baseline=baseline, options=options, online=online)
    if write_baseline:
        _accept(terminal, report, write_baseline)
        return
    if output:
        write_whole(output, f"{_written(report, format)}\n")
    if format is Format.GITHUB:
        _summarise(terminal, report)
    shown = Format.TEXT if output else format
    _show(terminal, report, shown)
    if not report.ok:
        raise typer.Exit(EXIT_FOUND)


def _explain(terminal: Terminal, code: str, *, alone: bool) -> None:
    from blueprint_cli.checking.explanation import as_document, as_text, find_rules, rules_here

    if not alone:
        raise UsageError(
            "--explain checks nothing: it goes without PATH, --output and baselines",
            hint="To look at one rule alone: --select CODE",
        )
    rules = find_rules(code, rules_here())
    terminal.result(as_document(rules), as_text(rules, terminal.width, terminal.bold))


def _summarise(terminal: Terminal, report: "Report") -> None:
    """Append to the summary of a step on GitHub; what it cannot show is in the log as well."""
    place = os.environ.get("GITHUB_STEP_SUMMARY")
    if not place:
        return
    from blueprint_cli.checking.formats.step_summary import as_step_summary

    try:
        with open(place, "a", encoding="utf-8") as stream:  # noqa: PTH123 - as GitHub names it
            stream.write(as_step_summary(report))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        terminal.note(f"The step's summary cannot be written: {place}: {reason}")


def _accept(terminal: Terminal, report: "Report", path: Path) -> None:
    from blueprint_cli.checking.baseline import write_baseline

    number = write_baseline(path, report.projects)
    accepts = f"{whole(str(path))} accepts {number} finding{'' if number == 1 else 's'}."
    text = wrapped(accepts, terminal.width)
    terminal.result({"baseline": str(path), "accepted": number}, text)


def _show(terminal: Terminal, report: "Report", format_: Format) -> None:
    from blueprint_cli.checking.formats.document import as_document

    document = as_document(report) if terminal.as_json else {}
    text = "" if terminal.as_json else _written(report, format_, terminal)
    terminal.result(document, text)


def _written(report: "Report", format_: Format, terminal: Terminal | None = None) -> str:
    """Return the report for a terminal, or for a file, which has neither a width nor colours.

    Only the format that is asked for is imported.
    """
    match format_:
        case Format.GITHUB:
            from blueprint_cli.checking.formats.github import as_annotations

            return as_annotations(report)
        case Format.SARIF:
            from blueprint_cli.checking.formats.sarif import as_sarif

            return as_sarif(report)
        case Format.JUNIT:
            from blueprint_cli.checking.formats.junit import as_junit

            return as_junit(report)
        case Format.TEXT:
            from blueprint_cli.checking.formats.text import Look, as_text

            if terminal is None:
                return as_text(report, Look(prefix=_from_here))
            look = Look(
                prefix=_from_here,
                width=terminal.width,
                bold=terminal.bold,
                coloured=terminal.of_severity,
            )
            return as_text(report, look)


def _from_here(root: Path) -> str:
    """What stands before a path so that a terminal and an editor find it."""
    here = os.path.relpath(root)
    return "" if here == "." else f"{here}/"
