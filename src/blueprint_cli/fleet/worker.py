"""A process that does one task after another, until whoever began it says no more."""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
import tempfile
from typing import Any

from blueprint_cli.errors import BlueprintError, Failed, Interrupted
from blueprint_cli.interruption import signals_raise


def main() -> None:
    """Read tasks from standard input, and write what each gave to standard output, both pickled.

    A task is a function and its argument. Temporary files go where the first argument says. What
    prints here, a template's own commands for one, prints to standard error.
    """
    tempfile.tempdir = sys.argv[1]
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with contextlib.suppress(Interrupted, BrokenPipeError, EOFError):
        while True:
            function, argument = pickle.load(sys.stdin.buffer)  # noqa: S301 - of our own process
            with signals_raise():  # A task may have had them ignored, see `ignore_signals`.
                answer = _done(function, argument)
            pickle.dump(answer, answers)
            answers.flush()


def _done(function: Any, argument: Any) -> Any:  # noqa: ANN401 - whatever the task is about
    """Return what a task gives, or why it gave nothing."""
    try:
        return function(argument)
    except BlueprintError as error:
        return error
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return Failed(f"{place}{error.strerror or error}")
    except Exception as error:  # noqa: BLE001 - one project must not end the others
        return Failed(f"this is a bug in blueprint: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
