"""``blueprint remove``."""

from typing import Annotated

import typer

from blueprint_cli.cli.help_text import Command, Group, show_help_where_nothing_is_asked
from blueprint_cli.cli.options import DryRun, InProject, Json
from blueprint_cli.cli.terminal import Terminal

EPILOG = """
Examples:
  blueprint remove field clinic.Doctor.room --dry-run
  blueprint remove entity clinic.Doctor
  blueprint remove context clinic

Where something else in blueprint.yaml names it, that is said and nothing changes.
Nothing is committed.
"""
app = typer.Typer(
    name="remove", cls=Group, epilog=EPILOG, invoke_without_command=True, rich_markup_mode=None
)


@app.callback()
def options(context: typer.Context) -> None:
    """Take one thing out of the description, and merge what follows from it."""
    show_help_where_nothing_is_asked(context)


@app.command("context", cls=Command, epilog=EPILOG)
def context(
    name: Annotated[str, typer.Argument(metavar="NAME", help="clinic")],
    *,
    project: InProject = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Remove a context."""
    from blueprint_cli.cli.changes import perform_edit
    from blueprint_cli.updating.editing import remove

    perform_edit(Terminal(as_json=json), project, remove("context", name), dry_run=dry_run)


@app.command("entity", cls=Command, epilog=EPILOG)
def entity(
    name: Annotated[str, typer.Argument(metavar="CONTEXT.ENTITY", help="clinic.Doctor")],
    *,
    project: InProject = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Remove an entity."""
    from blueprint_cli.cli.changes import perform_edit
    from blueprint_cli.updating.editing import remove

    perform_edit(Terminal(as_json=json), project, remove("entity", name), dry_run=dry_run)


@app.command("field", cls=Command, epilog=EPILOG)
def field(
    name: Annotated[str, typer.Argument(metavar="CONTEXT.ENTITY.FIELD", help="clinic.Doctor.room")],
    *,
    project: InProject = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Remove a field, also from the lists that name it."""
    from blueprint_cli.cli.changes import perform_edit
    from blueprint_cli.updating.editing import remove

    perform_edit(Terminal(as_json=json), project, remove("field", name), dry_run=dry_run)
