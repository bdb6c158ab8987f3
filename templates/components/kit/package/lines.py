"""Where log lines go: a stream whose reader may be stuck or gone, which harms no request."""

import os
import select
from typing import TextIO

_PATIENCE_SECONDS = 0.25
"""A reader that takes nothing for so long is stuck, and not waited for until it reads again."""
_AT_ONCE = 4096
"""A pipe that is ready takes so many bytes without waiting: Linux's PIPE_BUF."""


class Lines:
    """Writes whole lines to the stream; what it does not take is lost, and counted in the log."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        try:
            self._descriptor = stream.fileno()
        except OSError:  # not a file: a test reads it
            self._descriptor = -1
        self._stuck = False
        self._lost = 0
        self._cut = False

    def write(self, text: str) -> int:
        """Never raises for what the stream is, and waits at most once."""
        if self._descriptor < 0:
            return self._stream.write(text)
        left = (self._note() + text).encode(errors="backslashreplace")
        lost, begun = self._lost, False
        try:
            while left and self._ready():
                left = left[os.write(self._descriptor, left[:_AT_ONCE]) :]
                begun = True
        except OSError:  # nobody reads any more, or the disk is full
            pass
        self._lost = lost + 1 if left else 0
        self._cut = bool(left) and (begun or self._cut)
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""

    def _note(self) -> str:
        if not self._lost:
            return ""
        said = f'{{"level":"warning","event":"log lines lost","lines":{self._lost}}}\n'
        return f"\n{said}" if self._cut else said

    def _ready(self) -> bool:
        patience = 0 if self._stuck else _PATIENCE_SECONDS
        self._stuck = not select.select([], [self._descriptor], [], patience)[1]
        return not self._stuck
