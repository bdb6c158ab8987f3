"""The commands. What --help needs is imported here; what is slow, inside each command."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Annotated

import typer

from blueprint_cli.cli import (
    add,
    adopt,
    bench,
    check,
    cost,
    diff,
    doctor,
    evolve,
    fleet,
    new,
    recommend,
    remove,
    rename,
    review,
    schema,
    templates,
    update,
)
from blueprint_cli.cli.help_text import (
    BudgetCommand,
    Command,
    Group,
    show_help_where_nothing_is_asked,
)
from blueprint_cli.version import installed_version

if TYPE_CHECKING:
    from collections.abc import Sequence

EPILOG = """
Examples:
  blueprint new shop --defaults
  blueprint new shop --set requirements.teams=3
  blueprint new shop --defaults --dry-run --json
  blueprint recommend ./shop --html report.html
  blueprint cost ./shop
  blueprint check ./shop
  blueprint fleet ~/projects
  blueprint doctor ./shop

Exit codes:
  0    done
  1    it looked and found something
  2    bad input or usage
  3    something that it needs is missing or failed
  130  interrupted
  A command that fails or is interrupted changes nothing.
"""

app = typer.Typer(
    name="blueprint",
    cls=Group,
    help="Recommend a backend architecture, and render a complete, tested project of it.",
    epilog=EPILOG,
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

# In the order in which --help shows them.
app.command("new", cls=Command, epilog=new.EPILOG, rich_help_panel="Projects")(new.command)
app.command("adopt", cls=Command, epilog=adopt.EPILOG, rich_help_panel="Projects")(adopt.command)
app.command("check", cls=Command, epilog=check.EPILOG, rich_help_panel="Projects")(check.command)
app.command("diff", cls=Command, epilog=diff.EPILOG, rich_help_panel="Projects")(diff.command)
app.command("evolve", cls=Command, epilog=evolve.EPILOG, rich_help_panel="Projects")(evolve.command)
app.command("update", cls=Command, epilog=update.EPILOG, rich_help_panel="Projects")(update.command)
app.add_typer(fleet.app, name="fleet", rich_help_panel="Fleets")
app.add_typer(add.app, name="add", rich_help_panel="The description")
app.add_typer(remove.app, name="remove", rich_help_panel="The description")
app.add_typer(rename.app, name="rename", rich_help_panel="The description")
app.command("recommend", cls=Command, epilog=recommend.EPILOG, rich_help_panel="Decisions")(
    recommend.command
)
app.command("cost", cls=BudgetCommand, epilog=cost.EPILOG, rich_help_panel="Decisions")(
    cost.command
)
app.command("schema", cls=Command, rich_help_panel="Reference")(schema.command)
app.add_typer(templates.app, name="templates", rich_help_panel="Reference")
app.command("bench", cls=Command, epilog=bench.EPILOG, rich_help_panel="Projects")(bench.command)
app.command("review", cls=Command, epilog=review.EPILOG, rich_help_panel="Projects")(review.command)
app.command("doctor", cls=Command, rich_help_panel="This machine")(doctor.command)


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """Return the program with the one command that is asked for, or whole where none is named.

    Typer builds every command before it runs one, three milliseconds each.
    """
    name = next((word for word in arguments if not word.startswith("-")), None)
    commands = [command for command in app.registered_commands if command.name == name]
    groups = [group for group in app.registered_groups if group.name == name]
    if not commands and not groups:
        return app
    narrowed = copy.copy(app)
    narrowed.registered_commands, narrowed.registered_groups = commands, groups
    return narrowed


def _show_version(value: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if value:
        typer.echo(f"blueprint {installed_version()}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
    debug: Annotated[  # noqa: ARG001 - the entry point reads it, before anything can fail
        bool, typer.Option("--debug", help="Show a traceback where something fails.")
    ] = False,
    no_color: Annotated[  # noqa: ARG001 - the entry point reads it
        bool, typer.Option("--no-color", help="No colour; NO_COLOR=1 does the same.")
    ] = False,
) -> None:
    """Options that stand before or after the command."""
    show_help_where_nothing_is_asked(context)
