"""The end of a process: not ready first, so that load balancers look elsewhere, then closed."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress

import structlog

_log = structlog.get_logger()


class Draining:
    """From SIGTERM on the process serves as before for `seconds`, but says that it is not ready.

    Then `closing` is called, and the server gets SIGINT, which ends servers as SIGTERM does: it
    takes no more connections and answers what it has begun. SIGINT itself, and a second SIGTERM,
    shorten all this.
    """

    def __init__(self, seconds: float) -> None:
        self.begun = False
        self._seconds = seconds
        self._closing: Callable[[], None] | None = None

    def listen(self, closing: Callable[[], None]) -> None:
        """Take SIGTERM over from the server, in a running event loop."""
        self._closing = closing
        if self._seconds > 0:
            # In another thread than the main one there are no signals: a test.
            with suppress(ValueError, RuntimeError, NotImplementedError):
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._begin)

    def _begin(self) -> None:
        if self.begun:
            self._end()
            return
        self.begun = True
        _log.info("draining", seconds=self._seconds)
        asyncio.get_running_loop().call_later(self._seconds, self._end)

    def _end(self) -> None:
        closing, self._closing = self._closing, None
        if closing is not None:
            closing()
            signal.raise_signal(signal.SIGINT)
