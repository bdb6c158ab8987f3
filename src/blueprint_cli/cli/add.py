"""``blueprint add``."""

from typing import Annotated

import typer

from blueprint_cli.cli.help_text import Command, Group, show_help_where_nothing_is_asked
from blueprint_cli.cli.options import DryRun, InProject, Json
from blueprint_cli.cli.terminal import Terminal

EPILOG = """
Examples:
  blueprint add context clinic
  blueprint add entity clinic.Doctor 'name: text(1..120)'
  blueprint add field clinic.Doctor 'room: text(1..10)'

blueprint.yaml is edited and merged as by `blueprint update`. Nothing is committed.
"""
app = typer.Typer(
    name="add", cls=Group, epilog=EPILOG, invoke_without_command=True, rich_markup_mode=None
)


@app.callback()
def options(context: typer.Context) -> None:
    """Describe one thing more, and merge what follows from it."""
    show_help_where_nothing_is_asked(context)


@app.command("context", cls=Command, epilog=EPILOG)
def context(
    name: Annotated[str, typer.Argument(metavar="NAME", help="clinic; or a ready-made one.")],
    *,
    project: InProject = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Add a context; its entities are added one by one."""
    from blueprint_cli.cli.changes import perform_edit
    from blueprint_cli.updating.editing import add

    perform_edit(Terminal(as_json=json), project, add("context", name), dry_run=dry_run)


@app.command("entity", cls=Command, epilog=EPILOG)
def entity(
    name: Annotated[str, typer.Argument(metavar="CONTEXT.ENTITY", help="clinic.Doctor")],
    fields: Annotated[
        list[str], typer.Argument(metavar="FIELD...", help="Each as 'name: type', in quotes.")
    ],
    *,
    project: InProject = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Add an entity with its fields; of a context that is not there yet, that too."""
    from blueprint_cli.cli.changes import perform_edit
    from blueprint_cli.updating.editing import add

    perform_edit(Terminal(as_json=json), project, add("entity", name, fields), dry_run=dry_run)


@app.command("field", cls=Command, epilog=EPILOG)
def field(
    entity: Annotated[str, typer.Argument(metavar="CONTEXT.ENTITY", help="clinic.Doctor")],
    words: Annotated[str, typer.Argument(metavar="FIELD", help="'name: type', in quotes.")],
    *,
    project: InProject = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Add a field to an entity."""
    from blueprint_cli.cli.changes import perform_edit
    from blueprint_cli.updating.editing import add

    name = f"{entity}.{words.partition(':')[0].strip()}"
    perform_edit(Terminal(as_json=json), project, add("field", name, [words]), dry_run=dry_run)
