"""``blueprint fleet``."""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from blueprint_cli.cli.help_text import Command, GroupWithDefault, show_help_where_nothing_is_asked
from blueprint_cli.cli.options import Json, Settings, To, Trust, target_of
from blueprint_cli.cli.terminal import Terminal
from blueprint_cli.errors import EXIT_FOUND, SourceFailed, UsageError
from blueprint_cli.files import write_whole

if TYPE_CHECKING:
    from blueprint_cli.fleet.candidate import Candidate
    from blueprint_cli.fleet.run import Running
    from blueprint_cli.fleet.sheet import Sheet
    from blueprint_cli.fleet.trial import Trial
    from blueprint_cli.standards.standard import Standard

EPILOG = """
Examples:
  blueprint fleet ~/projects
  blueprint fleet 'services/*' gh:acme/shop --online
  blueprint fleet --list fleet.txt --html fleet.html
  blueprint fleet try ~/projects --diffs diffs
  blueprint fleet update ~/projects --branch update

Exit codes: 0 all is fine; 1 a project is behind, has errors or an unfinished
update, or cannot be read.
"""
EPILOG_TRY = """
Examples:
  blueprint fleet try ~/projects
  blueprint fleet try --list fleet.txt --diffs diffs
  blueprint fleet try ~/projects --to main --template gh:acme/template --online

Exit codes: 0 every project could be updated; 1 one needs somebody, or cannot
be updated.
"""
EPILOG_UPDATE = """
Examples:
  blueprint fleet update ~/projects --branch update

Exit codes: 0 every project is on the branch or has nothing to do; 1 one needs
somebody, or cannot be updated.
"""

app = typer.Typer(
    name="fleet", cls=GroupWithDefault, invoke_without_command=True, rich_markup_mode=None
)

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH]...",
        help="Projects, folders with projects in them, globs, addresses of git repositories.",
    ),
]
ListFile = Annotated[
    Path | None,
    typer.Option("--list", metavar="FILE", help="More of them, one a line; # begins a comment."),
]
Jobs = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="How many processes; one a core unless given."),
]
Html = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write a page with filters there, too.")
]


Online = Annotated[
    bool, typer.Option("--online", help="Ask the templates' hosts for what they have now.")
]
Template = Annotated[
    str, typer.Option(metavar="SOURCE", help="Only projects of this template of a team's.")
]


@app.callback()
def options(context: typer.Context) -> None:
    """Show how many projects stand: what they are from, and what is open in each.

    For each its pattern, template, version, standard, drift, findings, owner and last change.
    Offline, and without a change to anything. A project that cannot be read is a line with the
    reason.
    """
    show_help_where_nothing_is_asked(context)


@app.command("show", cls=Command, hidden=True, epilog=EPILOG)
def show(  # noqa: PLR0913 - the options of a command
    paths: Paths = None,
    *,
    listed: ListFile = None,
    online: Online = False,
    html: Html = None,
    jobs: Jobs = None,
    json: Json = False,
) -> None:
    """Show how many projects stand."""
    from blueprint_cli.fleet.document import standing_document
    from blueprint_cli.fleet.members import members_of
    from blueprint_cli.fleet.run import standings
    from blueprint_cli.fleet.sheet import standing_sheet

    terminal = Terminal(as_json=json)
    _refuse_page(html)
    members = members_of(paths or (), listed)
    found = standings(members, online=online, running=_running(terminal, jobs))
    _report(terminal, standing_sheet(found), standing_document(found), html)


@app.command("try", cls=Command, epilog=EPILOG_TRY)
def try_(  # noqa: PLR0913 - the options of a command
    paths: Paths = None,
    *,
    listed: ListFile = None,
    to: To = "",
    template: Template = "",
    standard: Annotated[
        str,
        typer.Option(
            metavar="SOURCE", help="Try a standard instead: what check would find. --to is its ref."
        ),
    ] = "",
    settings: Settings = None,
    trust: Trust = False,
    online: Online = False,
    diffs: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write what would change there, a file for each project."),
    ] = None,
    html: Html = None,
    jobs: Jobs = None,
    json: Json = False,
) -> None:
    """Merge a candidate into every project, aside: who would be clean, and who would not.

    The candidate is the version of a team's template that --to names, released or not; for projects
    of the built-in templates, the installed version. The projects stay as they are, byte for byte.
    No host is asked without --online, but for projects that are given by their address.
    """
    from blueprint_cli.fleet.document import trial_document
    from blueprint_cli.fleet.members import members_of
    from blueprint_cli.fleet.run import trials
    from blueprint_cli.fleet.sheet import trial_sheet

    terminal = Terminal(as_json=json)
    _refuse_page(html)
    if standard and (template or settings or trust or diffs):
        raise UsageError(
            "--standard tries a standard: it goes without --template, --set, --trust, --diffs"
        )
    members = members_of(paths or (), listed)
    tried = trials(
        members,
        _standard(standard, to, online=online)
        if standard
        else _candidate(to, template, settings, trust=trust, online=online),
        patch=bool(diffs or html or json),
        running=_running(terminal, jobs),
        kept=_kept(diffs, whole=bool(html or json)),
    )
    _report(terminal, trial_sheet(tried), trial_document(tried), html)


@app.command("update", cls=Command, epilog=EPILOG_UPDATE)
def update(  # noqa: PLR0913 - the options of a command
    paths: Paths = None,
    *,
    branch: Annotated[str, typer.Option(metavar="NAME", help="The new branch of each repository.")],
    listed: ListFile = None,
    to: To = "",
    template: Template = "",
    settings: Settings = None,
    trust: Trust = False,
    online: Online = False,
    jobs: Jobs = None,
    json: Json = False,
) -> None:
    """Commit the update of each project that is clean to a new branch, and check nothing out.

    It begins at the last commit: what is checked out and the index stay as they are. The commands
    that push the branches and open requests are shown, and not run.
    """
    from blueprint_cli.fleet.branching import refuse_branch_name
    from blueprint_cli.fleet.document import branch_document
    from blueprint_cli.fleet.members import members_of
    from blueprint_cli.fleet.run import branches
    from blueprint_cli.fleet.sheet import branch_sheet

    refuse_branch_name(branch)
    terminal = Terminal(as_json=json)
    members = members_of(paths or (), listed)
    candidate = _candidate(to, template, settings, trust=trust, online=online)
    made = branches(members, candidate, branch, running=_running(terminal, jobs))
    commands = [command for each in made for command in each.commands]
    _report(terminal, branch_sheet(made, branch), branch_document(made, branch), None, commands)


def _candidate(
    to: str, template: str, settings: list[str] | None, *, trust: bool, online: bool
) -> "Candidate":
    from blueprint_cli.fleet.candidate import Candidate
    from blueprint_cli.sources.address import read_address
    from blueprint_cli.templates.builtin import builtin_root

    return Candidate(
        target=target_of(to, settings, trust=trust),
        source=read_address(template).given if template else "",
        templates=builtin_root(),
        online=online,
    )


def _standard(source: str, ref: str, *, online: bool) -> "Standard":
    """Return a candidate of a standard; of one in a repository, what its host has is asked for."""
    from blueprint_cli.standards.opening import open_standard

    try:
        return open_standard(source, ref, offline=not online)
    except SourceFailed as error:
        if not online:
            error.hint = "--online asks for what its host has now."
        raise


def _refuse_page(html: Path | None) -> None:
    if html:
        from blueprint_cli.reports.writing import check_place

        check_place(html)


def _running(terminal: Terminal, jobs: int | None) -> "Running":
    from blueprint_cli.fleet.run import Running

    def told(done: int, total: int) -> None:
        terminal.progress(f"{done} of {total}" if done < total else "")

    return Running(jobs or 0, told)


def _report(
    terminal: Terminal,
    sheet: "Sheet",
    document: dict[str, Any],
    html: Path | None,
    commands: Sequence[str] = (),
) -> None:
    from blueprint_cli.fleet.text import as_text

    if html:
        from blueprint_cli import clock
        from blueprint_cli.fleet.page import as_html

        write_whole(html, as_html(sheet, clock.today()))
    text = as_text(
        sheet,
        terminal.width,
        terminal.bold,
        lambda name: terminal.of_severity("error", name),
    )
    if commands:
        text = "\n".join([text, "", "To push the branches and open requests:", *commands])
    terminal.result(document, text)
    if not document["ok"]:
        raise typer.Exit(EXIT_FOUND)


def _kept(diffs: Path | None, *, whole: bool) -> "Callable[[Trial], Trial]":
    """Return what writes each trial's patch as soon as it is there, and what it keeps of it."""
    if diffs is None:
        return lambda trial: trial
    if diffs.exists() and (not diffs.is_dir() or any(diffs.iterdir())):
        raise UsageError(f"{diffs} is there already", hint="Give a new folder, or an empty one.")
    diffs.mkdir(parents=True, exist_ok=True)

    def kept(trial: "Trial") -> "Trial":
        if trial.patch:
            write_whole(diffs / _file_name(trial.place, diffs), trial.patch)
        return trial if whole else replace(trial, patch="")

    return kept


def _file_name(place: str, folder: Path) -> str:
    """Return a name for a project's file, which no other has."""
    here = Path.cwd()
    shown = os.path.relpath(place, here) if Path(place).is_relative_to(here) else place
    name = re.sub(r"[^\w.-]+", "-", shown).strip("-.") or "project"
    number = 1
    while (folder / f"{name}{f'-{number}' * (number > 1)}.diff").exists():
        number += 1
    return f"{name}{f'-{number}' * (number > 1)}.diff"
