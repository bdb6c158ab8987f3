"""``--help`` as plain text: commands in groups, examples as they are typed.

Typer's panels take half a second of imports and two lines for each one of an example.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from typer import Context
from typer.core import TyperCommand, TyperGroup

from blueprint_cli.errors import EXIT_BAD_INPUT

if TYPE_CHECKING:
    # Typer has only private names for these; nothing is imported at run time.
    from typer._click import Context as ClickContext
    from typer._click import HelpFormatter

WHOLE_SENTENCE = 1000


def _write_lines(epilog: str | None, formatter: HelpFormatter) -> None:
    if epilog:
        formatter.write_paragraph()
        formatter.write(f"{epilog.strip()}\n")


class Command(TyperCommand):
    """A command whose examples stand as they are written."""

    def format_epilog(self, ctx: ClickContext, formatter: HelpFormatter) -> None:  # noqa: ARG002
        _write_lines(self.epilog, formatter)


class Group(TyperGroup):
    """A group of commands, shown under the headings that they were registered with."""

    def format_commands(self, ctx: ClickContext, formatter: HelpFormatter) -> None:
        groups: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is None or command.hidden:
                continue
            heading = getattr(command, "rich_help_panel", None)
            row = (name, command.get_short_help_str(limit=WHOLE_SENTENCE))
            groups.setdefault(heading if isinstance(heading, str) else "Commands", []).append(row)
        width = max(len(name) for rows in groups.values() for name, _ in rows)
        for heading, rows in groups.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), text) for name, text in rows])

    def format_epilog(self, ctx: ClickContext, formatter: HelpFormatter) -> None:  # noqa: ARG002
        _write_lines(self.epilog, formatter)


def show_help_where_nothing_is_asked(context: Context) -> None:
    """A group without a command shows its help, and says by its exit code that it did nothing."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(EXIT_BAD_INPUT)
