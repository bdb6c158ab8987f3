"""``blueprint update``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from blueprint_cli.cli.options import (
    DryRun,
    Json,
    ProjectPath,
    Settings,
    StandardTo,
    To,
    Trust,
    chosen,
    target_of,
)
from blueprint_cli.cli.terminal import Terminal
from blueprint_cli.errors import UsageError
from blueprint_cli.wrapping import whole, wrapped

if TYPE_CHECKING:
    from blueprint_cli.updating.target import Target

EPILOG = """
Examples:
  blueprint update --dry-run
  blueprint update
  blueprint update --continue     (conflicts are resolved)
  blueprint update --abort        (back to how it was)
  blueprint update --to v2.0.0    (of a team's template)
  blueprint update --standard-to v3

Nothing is committed. Exit codes: 0 done, 1 a conflict is left, or lines of yours use what
is gone.
"""


def command(  # noqa: PLR0913 - one parameter per option is how Typer declares them
    project: ProjectPath = None,
    *,
    to: To = "",
    standard_to: StandardTo = "",
    settings: Settings = None,
    trust: Trust = False,
    dry_run: DryRun = False,
    resume: Annotated[
        bool, typer.Option("--continue", help="Finish after the conflicts are resolved.")
    ] = False,
    abort: Annotated[bool, typer.Option("--abort", help="Take an unfinished update back.")] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild-base", help="Render a lost base again.")
    ] = False,
    json: Json = False,
) -> None:
    """Bring this version's template, or a changed blueprint.yaml, into a project."""
    if sum((dry_run, resume, abort, rebuild)) > 1:
        raise UsageError("--dry-run, --continue, --abort and --rebuild-base exclude each other")
    terminal = Terminal(as_json=json)
    if rebuild:
        _rebuild(terminal, project, target_of(to, settings, trust=trust))
        return
    from blueprint_cli.cli.changes import show
    from blueprint_cli.updating.update import perform

    action = chosen(dry_run=dry_run, resume=resume, abort=abort)
    updated = perform(
        project, action, target=target_of(to, settings, trust=trust, standard_to=standard_to)
    )
    raise typer.Exit(show(terminal, updated, "update", dry_run=dry_run))


def _rebuild(terminal: Terminal, project: Path | None, target: "Target") -> None:
    from blueprint_cli.updating.rebuild import rebuild_base

    rebuilt = rebuild_base(project, target=target)
    document = {"project": str(rebuilt.path), "version": rebuilt.version, "same": rebuilt.same}
    text = f"The base of {whole(str(rebuilt.path))} is there again."
    terminal.result(document, wrapped(text, terminal.width))
    if not rebuilt.same:
        terminal.note(
            "It differs from the one that was lost, because blueprint.yaml was edited since then: "
            "what that edit changes will look like an edit of yours."
        )
