"""``blueprint rename``."""

from typing import Annotated

import typer

from blueprint_cli.cli.help_text import Command, Group, show_help_where_nothing_is_asked
from blueprint_cli.cli.options import DryRun, InProject, Json
from blueprint_cli.cli.terminal import Terminal

EPILOG = """
Examples:
  blueprint rename field clinic.Doctor.room office --dry-run
  blueprint rename entity clinic.Doctor Physician
  blueprint rename context clinic practice

Every place of blueprint.yaml that names it follows, and `was` keeps the former name.
Nothing is committed.
"""
app = typer.Typer(
    name="rename", cls=Group, epilog=EPILOG, invoke_without_command=True, rich_markup_mode=None
)
To = Annotated[str, typer.Argument(metavar="NEW_NAME", help="Its own new name.")]


@app.callback()
def options(context: typer.Context) -> None:
    """Give one thing of the description another name, and merge what follows from it."""
    show_help_where_nothing_is_asked(context)


@app.command("context", cls=Command, epilog=EPILOG)
def context(
    name: Annotated[str, typer.Argument(metavar="NAME", help="clinic")],
    to: To,
    *,
    project: InProject = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Rename a context."""
    from blueprint_cli.cli.changes import perform_edit
    from blueprint_cli.updating.editing import rename

    perform_edit(Terminal(as_json=json), project, rename("context", name, to), dry_run=dry_run)


@app.command("entity", cls=Command, epilog=EPILOG)
def entity(
    name: Annotated[str, typer.Argument(metavar="CONTEXT.ENTITY", help="clinic.Doctor")],
    to: To,
    *,
    project: InProject = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Rename an entity."""
    from blueprint_cli.cli.changes import perform_edit
    from blueprint_cli.updating.editing import rename

    perform_edit(Terminal(as_json=json), project, rename("entity", name, to), dry_run=dry_run)


@app.command("field", cls=Command, epilog=EPILOG)
def field(
    name: Annotated[str, typer.Argument(metavar="CONTEXT.ENTITY.FIELD", help="clinic.Doctor.room")],
    to: To,
    *,
    project: InProject = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Rename a field."""
    from blueprint_cli.cli.changes import perform_edit
    from blueprint_cli.updating.editing import rename

    perform_edit(Terminal(as_json=json), project, rename("field", name, to), dry_run=dry_run)
