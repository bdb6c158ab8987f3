"""The entry point: runs a command and turns whatever it raises into a message and an exit code."""

from __future__ import annotations

import codecs
import contextlib
import gc
import os
import sys
import traceback
from typing import TYPE_CHECKING

from blueprint_cli.errors import (
    EXIT_INTERRUPTED,
    BlueprintError,
    Failed,
    OutputClosed,
    UsageError,
)
from blueprint_cli.interruption import signals_raise

if TYPE_CHECKING:
    from collections.abc import Sequence

# These may stand anywhere: they are what one adds to the end of a command that has just failed.
ANYWHERE = ("--debug", "--no-color")
# Options whose values are no paths, where a ``~`` is only a letter.
TEXTS = ("--assume", "--pattern", "--reason", "--set")
AS_IT_CAME = "blueprint-as-it-came"


def run() -> int:
    """Run the program in a process of its own.

    It ends before the garbage of its imports is worth collecting: a fifth of the time of `check`.
    Pydantic reads every installed package for plugins of its own: a tenth.
    """
    gc.set_threshold(200_000, 50, 100)
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    code = main()
    gc.freeze()
    return code


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    arguments, flags = _split(list(sys.argv[1:] if argv is None else argv))
    if "--no-color" in flags:
        os.environ["NO_COLOR"] = "1"
    codecs.register_error(AS_IT_CAME, _as_it_came)
    # A terminal that is not UTF-8, or a path that is not, must not stop the conversation.
    for stream, errors in (
        (sys.stdin, "backslashreplace"),
        (sys.stdout, AS_IT_CAME),
        (sys.stderr, AS_IT_CAME),
    ):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=errors)
    try:
        with signals_raise():
            return _run(arguments, debug="--debug" in flags)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _as_it_came(error: UnicodeError) -> tuple[bytes, int]:
    """Write a path's bytes as the system gave them, so that a command with them can be pasted.

    What else the terminal has no letter for is written as its number.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    written = b"".join(
        os.fsencode(letter) if "\udc80" <= letter <= "\udcff" else _numbered(letter)
        for letter in error.object[error.start : error.end]
    )
    return written, error.end


def _numbered(letter: str) -> bytes:
    return letter.encode("ascii", "backslashreplace")


def _split(arguments: list[str]) -> tuple[list[str], set[str]]:
    end = arguments.index("--") if "--" in arguments else len(arguments)
    flags = {word for word in arguments[:end] if word in ANYWHERE}
    words = [word for word in arguments[:end] if word not in flags]
    before = ["", *words]
    expanded = [
        word if option in TEXTS else _at_home(word)
        for option, word in zip(before, words, strict=False)
    ]
    return expanded + arguments[end:], flags


def _at_home(word: str) -> str:
    """Expand a ``~`` that begins a path: a shell does so only where a word begins, unquoted.

    A folder of that name is ``./~``.
    """
    if word.startswith("~"):
        return os.path.expanduser(word)  # noqa: PTH111 - what it cannot expand stays
    option, equals, value = word.partition("=")
    if equals and option.startswith("--") and option not in TEXTS and value.startswith("~"):
        return f"{option}={os.path.expanduser(value)}"  # noqa: PTH111 - what it cannot expand stays
    return word


def _run(arguments: list[str], *, debug: bool) -> int:
    # Imported here so that an interrupt during these 0.1 s is met by the handlers.
    from blueprint_cli.cli.terminal import Terminal

    terminal = Terminal(as_json="--json" in arguments)
    try:
        code = _invoke(arguments)
    except BlueprintError as error:
        if debug:
            traceback.print_exc()
        with contextlib.suppress(OutputClosed):
            terminal.error(error)
        if isinstance(error, OutputClosed):
            _forget_output()
        return error.exit_code
    if code == EXIT_INTERRUPTED:
        with contextlib.suppress(OutputClosed):  # The terminal itself may have gone away.
            terminal.note("Interrupted: nothing was changed.")
    return code


def _invoke(arguments: list[str]) -> int:
    """Run a command; every failure leaves as a `BlueprintError`, an interrupt as its exit code."""
    from typer.exceptions import TyperException
    from typer.main import get_command

    from blueprint_cli.cli import app_for

    try:
        code = get_command(app_for(arguments)).main(
            arguments, prog_name="blueprint", standalone_mode=False
        )
    except BlueprintError:
        raise
    except TyperException as error:
        context = getattr(error, "ctx", None)
        hint = f"See: {context.command_path} --help" if context else ""
        if not error.format_message():  # The help was shown, because nothing was asked.
            return UsageError.exit_code
        raise UsageError(error.format_message(), hint=hint) from error
    except SystemExit as error:  # Completion, and Typer's own way out when a pipe is closed.
        code = error.code
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        raise Failed(f"{place}{error.strerror or error}") from error
    except Exception as error:
        raise Failed(
            f"this is a bug in blueprint: {type(error).__name__}: {error}",
            hint="Run it again with --debug and report what it shows.",
        ) from error
    return code if isinstance(code, int) else 0


def _forget_output() -> None:
    """Keep Python from complaining at exit about output that nobody will read."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(run())
