"""``blueprint diff``."""

from typing import Annotated

import typer

from blueprint_cli.cli.options import Json, Project
from blueprint_cli.cli.terminal import Terminal

EPILOG = """
Examples:
  blueprint diff
  blueprint diff ./shop --patch

Exit codes: 0 where nothing would change, 1 where something would.
"""


def command(
    project: Project = None,
    *,
    patch: Annotated[bool, typer.Option("--patch", help="Show every changed line.")] = False,
    json: Json = False,
) -> None:
    """Show what this version, or a changed blueprint.yaml, would change."""
    from blueprint_cli.cli import changes  # noqa: PLC0415 - --help needs none of it
    from blueprint_cli.updating.update import show_changes  # noqa: PLC0415

    updated = show_changes(project, patch=patch)
    terminal = Terminal(as_json=json)
    terminal.result(changes.document(updated, dry_run=True), changes.text(terminal, updated))
    raise typer.Exit(changes.exit_code(updated, any_difference=True))
