"""What a run shows. Whoever reads it may be slow, stuck or gone: nothing here waits for them."""

import os
import queue
import threading
from contextlib import suppress

_LINES = 10_000
"""More than that do not wait for a reader."""
_LAST_SECONDS = 1.0


class Output:
    """Lines for a file descriptor, which a thread writes.

    What does not fit in while the reader is stuck is left out, and how much is said once it reads
    again. What cannot be written (a closed pipe, a full disk) is dropped.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines: queue.Queue[str | None] = queue.Queue(_LINES)
        self._left_out = 0
        # A daemon: one that is stuck in a write does not keep the process from ending.
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def line(self, text: str) -> None:
        """Show it, at some time; returns at once."""
        try:
            if self._left_out:
                self._lines.put_nowait(f"({self._left_out} lines were not read and are left out)")
                self._left_out = 0
            self._lines.put_nowait(text)
        except queue.Full:
            self._left_out += 1

    def close(self) -> None:
        """Give the last lines a second to be written."""
        with suppress(queue.Full):
            self._lines.put_nowait(None)
            self._thread.join(_LAST_SECONDS)

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            left = f"{line}\n".encode(errors="replace")
            with suppress(OSError):
                while left:
                    left = left[os.write(self._descriptor, left) :]


def complain(text: str) -> None:
    """Show it as an error, unless standard error is stuck."""
    output = Output(2)
    output.line(f"error: {text}")
    output.close()
