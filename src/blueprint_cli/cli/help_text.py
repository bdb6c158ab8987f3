"""``--help`` as plain text: commands in groups, examples as they are typed.

Typer's panels take half a second of imports and two lines for each one of an example.
"""

from __future__ import annotations

import itertools
import re
import sys
from typing import TYPE_CHECKING, Final

import typer
from typer import Context
from typer.core import TyperCommand, TyperGroup

from blueprint_cli.errors import EXIT_BAD_INPUT
from blueprint_cli.wrapping import cells, columns, wrapped, wrapped_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    # Typer has only private names for these; nothing is imported by them at run time.
    from typer._click import Context as ClickContext
    from typer._click import HelpFormatter
else:
    HelpFormatter = Context.formatter_class

WHOLE_SENTENCE = 1000
FIGURE: Final = re.compile(r"[-+]?[$€]?[\d.]*\d")
# What is laid out in columns needs a width where nobody has one.
USUAL = 80


class Formatter(HelpFormatter):
    """Help in lines of the terminal's width; Typer's own breaks words, `event-driven` first."""

    def __init__(self, **_: object) -> None:
        super().__init__(width=(columns(sys.stdout) or USUAL) - 2)

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        first = f"{prefix or 'Usage: '}{prog} "
        self.write(f"{wrapped(args, self.width, ' ' * len(first), first)}\n")

    def write_text(self, text: str) -> None:
        indent = " " * self.current_indent
        paragraphs = (wrapped(part, self.width, indent) for part in text.strip().split("\n\n"))
        self.write("\n\n".join(paragraphs) + "\n")

    def write_dl(
        self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Write what has a name on the left; a name that is too long has a line of its own."""
        widest = max(cells(name) for name, _ in rows)
        left = self.current_indent + min(widest, col_max, self.width // 2) + col_spacing
        for name, text in rows:
            first = f"{'':{self.current_indent}}{name}"
            if not text:
                self.write(f"{first}\n")
                continue
            if cells(first) + col_spacing > left:
                self.write(f"{first}\n")
                first = ""
            self.write(f"{wrapped(text, self.width, ' ' * left, first.ljust(left))}\n")


class HelpContext(Context):
    formatter_class = Formatter


def _write_lines(epilog: str | None, formatter: HelpFormatter) -> None:
    if epilog:
        formatter.write_paragraph()
        formatter.write(f"{wrapped_lines(epilog.strip(), formatter.width)}\n")


class Command(TyperCommand):
    """A command whose examples stand as they are written."""

    context_class = HelpContext

    def format_epilog(self, ctx: ClickContext, formatter: HelpFormatter) -> None:  # noqa: ARG002
        _write_lines(self.epilog, formatter)


class BudgetCommand(Command):
    """A command whose ``--budget`` may stand alone, for which Typer has no kind of option.

    What follows is its value only where it looks like a figure, so that a PATH may follow, too.
    """

    def parse_args(self, ctx: ClickContext, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        words = [
            "--budget=" if word == "--budget" and not FIGURE.match(following) else word
            for word, following in itertools.zip_longest(args[:end], args[1:end], fillvalue="")
        ]
        return super().parse_args(ctx, words + args[end:])


class Group(TyperGroup):
    """A group of commands, shown under the headings that they were registered with."""

    context_class = HelpContext

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


class GroupWithDefault(Group):
    """A group that is a command itself: where no other is named, ``show`` is meant.

    Its help is that of ``show``, which is hidden, with the other commands below.
    """

    DEFAULT = "show"

    def parse_args(self, ctx: ClickContext, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = [self.DEFAULT, *args]
        return super().parse_args(ctx, args)

    def format_help(self, ctx: ClickContext, formatter: HelpFormatter) -> None:
        default = self.commands[self.DEFAULT]
        context = HelpContext(default, info_name=ctx.info_name, parent=ctx.parent)
        default.format_usage(context, formatter)
        self.format_help_text(ctx, formatter)
        default.format_options(context, formatter)
        self.format_commands(ctx, formatter)
        default.format_epilog(context, formatter)


def show_help_where_nothing_is_asked(context: Context) -> None:
    """A group without a command shows its help, and says by its exit code that it did nothing."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(EXIT_BAD_INPUT)
