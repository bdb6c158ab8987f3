"""``blueprint diff``."""

from typing import Annotated

import typer

from blueprint_cli.cli.options import Json, ProjectPath, Settings, StandardTo, To, Trust, target_of
from blueprint_cli.cli.terminal import Terminal

EPILOG = """
Examples:
  blueprint diff
  blueprint diff ./shop --patch

Exit codes: 0 where nothing would change, 1 where something would.
"""


def command(  # noqa: PLR0913 - one parameter per option is how Typer declares them
    project: ProjectPath = None,
    *,
    to: To = "",
    standard_to: StandardTo = "",
    settings: Settings = None,
    trust: Trust = False,
    patch: Annotated[bool, typer.Option("--patch", help="Show every changed line.")] = False,
    json: Json = False,
) -> None:
    """Show what this version, or a changed blueprint.yaml, would change."""
    from blueprint_cli.cli.changes import show
    from blueprint_cli.updating.update import show_changes

    target = target_of(to, settings, trust=trust, standard_to=standard_to)
    updated = show_changes(project, patch=patch, target=target)
    raise typer.Exit(show(Terminal(as_json=json), updated, "diff", dry_run=True))
