"""``blueprint evolve``."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, cast

import typer

from blueprint_cli.cli.options import DryRun, Json, ProjectPath, chosen
from blueprint_cli.cli.terminal import Terminal
from blueprint_cli.errors import PatternRuledOut, UsageError

if TYPE_CHECKING:
    from blueprint_cli.patterns import Pattern
    from blueprint_cli.updating.evolution import Evolution

EPILOG = """
Examples:
  blueprint evolve --to microservices --dry-run
  blueprint evolve --to microservices
  blueprint evolve --continue     (everything is placed)
  blueprint evolve --abort        (back to how it was)

Nothing is committed, and no data are moved: docs/migration-*.md in the project says how.
Exit codes: 0 done, 1 something is left to be placed by hand.
"""
STOP = frozenset({"", "n", "no", "back", "quit", "exit"})


def command(  # noqa: PLR0913 - one parameter per option is how Typer declares them
    project: ProjectPath = None,
    *,
    to: Annotated[
        str | None, typer.Option(metavar="PATTERN", help="One of `blueprint templates list`.")
    ] = None,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why, in one line, for the decision record.")
    ] = "",
    accept_ruled_out: Annotated[
        bool,
        typer.Option(
            "--accept-ruled-out",
            help="Go there although the requirements rule it out; needs --reason.",
        ),
    ] = False,
    dry_run: DryRun = False,
    resume: Annotated[
        bool, typer.Option("--continue", help="Finish after everything is placed.")
    ] = False,
    abort: Annotated[
        bool, typer.Option("--abort", help="Take an unfinished evolution back.")
    ] = False,
    json: Json = False,
) -> None:
    """Move a project to another pattern; every edit goes where its file goes, or is listed."""
    if sum((dry_run, resume, abort)) > 1 or bool(to) == (resume or abort):
        raise UsageError(
            "it needs --to PATTERN, --continue or --abort, and one of them only",
            hint="For example: blueprint evolve --to microservices --dry-run",
        )
    if not to and (reason or accept_ruled_out):
        raise UsageError("--reason and --accept-ruled-out go with --to PATTERN")
    from blueprint_cli.cli.changes import show
    from blueprint_cli.updating.evolution import Evolution
    from blueprint_cli.updating.update import perform

    terminal = Terminal(as_json=json)
    action = chosen(dry_run=dry_run, resume=resume, abort=abort)
    evolution = (
        Evolution(to=cast("Pattern", to), reason=reason, accept_ruled_out=accept_ruled_out)
        if to
        else None
    )
    try:
        updated = perform(project, action, evolution=evolution)
    except PatternRuledOut as ruled_out:
        if evolution is None or not terminal.can_ask:
            raise
        agreed = _agreed(terminal, ruled_out, evolution)
        if agreed is None:
            terminal.note("Nothing was changed.")
            raise typer.Exit from None
        updated = perform(project, action, evolution=agreed)
    raise typer.Exit(show(terminal, updated, "evolve", dry_run=dry_run))


def _agreed(
    terminal: Terminal, ruled_out: PatternRuledOut, evolution: "Evolution"
) -> "Evolution | None":
    """Ask whether to go there all the same, and why; None where somebody would rather not.

    Raises:
        Interrupted: where the input ends.
    """
    terminal.note(ruled_out.message)
    while evolution.accept_ruled_out or _yes(terminal):
        if evolution.reason:
            return replace(evolution, accept_ruled_out=True)
        reason = _reason(terminal)
        if reason:
            return replace(evolution, accept_ruled_out=True, reason=reason)
        evolution = replace(evolution, accept_ruled_out=False)
    return None


def _yes(terminal: Terminal) -> bool:
    while True:
        typed = terminal.ask("Go there all the same? yes or no [no]: ").strip().lower()
        if typed in {"y", "yes"} or typed in STOP:
            return typed not in STOP
        terminal.note(
            "yes moves the project and asks for the reason; no changes nothing. Requirements that "
            "are no longer so are corrected in blueprint.yaml."
        )


def _reason(terminal: Terminal) -> str:
    """Return the reason; empty where somebody wants back."""
    from blueprint_cli.decisions import check_reason

    while True:
        typed = terminal.ask("Why? One line for the decision record, or back: ").strip()
        if typed.lower() in STOP - {""}:
            return ""
        if typed in {"", "?"}:
            terminal.note("Whoever reads the record next year will want to know it.")
            continue
        try:
            check_reason(typed)
        except UsageError as error:
            terminal.note(error.hint)
            continue
        return typed
