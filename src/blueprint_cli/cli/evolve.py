"""``blueprint evolve``."""

from typing import Annotated

import typer

from blueprint_cli.cli.options import DryRun, Json, ProjectPath, chosen
from blueprint_cli.cli.terminal import Terminal
from blueprint_cli.errors import UsageError

EPILOG = """
Examples:
  blueprint evolve --to microservices --dry-run
  blueprint evolve --to microservices
  blueprint evolve --continue     (everything is placed)
  blueprint evolve --abort        (back to how it was)

Nothing is committed, and no data are moved: docs/migration-*.md in the project says how.
Exit codes: 0 done, 1 something is left to be placed by hand.
"""


def command(  # noqa: PLR0913 - one parameter per option is how Typer declares them
    project: ProjectPath = None,
    *,
    to: Annotated[
        str | None, typer.Option(metavar="PATTERN", help="One of `blueprint templates list`.")
    ] = None,
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
    from blueprint_cli.cli.changes import show
    from blueprint_cli.updating.update import perform

    action = chosen(dry_run=dry_run, resume=resume, abort=abort)
    updated = perform(project, action, evolve_to=to)
    raise typer.Exit(show(Terminal(as_json=json), updated, "evolve", dry_run=dry_run))
