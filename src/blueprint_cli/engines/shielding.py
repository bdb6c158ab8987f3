"""What surrounds an engine while it works: nothing of who runs it, and nothing said aloud."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import warnings
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

# Settings of the engines, and what would send git to another repository.
FOREIGN: Final = ("COOKIECUTTER_", "COPIER_", "GIT_")
# Seconds of 1,111 years, a month, a day, an hour and more: each digit of a date is another then.
LATER: Final = 1111 * 31_556_952 + 31 * 86_400 + 86_400 + 3_671
# Lines of what a task or a hook said, in the message of its failure.
SHOWN: Final = 15


@dataclass(frozen=True, slots=True)
class Output:
    """What was said in the meantime, by programs that the engine started too."""

    stream: IO[bytes]

    def last_lines(self) -> str:
        """Return its end."""
        _flush()
        self.stream.seek(0)
        said = self.stream.read().decode(errors="replace").rstrip()
        return "\n".join(said.splitlines()[-SHOWN:])


@contextlib.contextmanager
def shielded() -> Iterator[Output]:
    """Hide from an engine what could change its result, and from the user what it says.

    Programs that it starts have the environment of the user, and read nothing.
    """
    kept = dict(os.environ)
    bytecode = sys.dont_write_bytecode
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    os.environ["GIT_TERMINAL_PROMPT"] = "0"
    sys.dont_write_bytecode = True
    try:
        with (
            tempfile.TemporaryFile() as stream,
            _redirected(stream),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            yield Output(stream)
    finally:
        sys.dont_write_bytecode = bytecode
        os.environ.clear()
        os.environ.update(kept)


@contextlib.contextmanager
def _redirected(stream: IO[bytes]) -> Iterator[None]:
    """Send what this process and its children write into a file; let them read nothing."""
    _flush()
    with (
        open(os.devnull, "rb") as nothing,  # noqa: PTH123 - a device
        _descriptor(0, nothing.fileno()),
        _descriptor(1, stream.fileno()),
        _descriptor(2, stream.fileno()),
        os.fdopen(os.dup(stream.fileno()), "w", encoding="utf-8", errors="replace") as text,
        contextlib.redirect_stdout(text),
        contextlib.redirect_stderr(text),
    ):
        try:
            yield
        finally:
            _flush()


@contextlib.contextmanager
def _descriptor(number: int, instead: int) -> Iterator[None]:
    try:
        kept = os.dup(number)
    except OSError:  # It is closed, and stays so.
        yield
        return
    try:
        os.dup2(instead, number)
        yield
    finally:
        os.dup2(kept, number)
        os.close(kept)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
