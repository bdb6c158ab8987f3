"""Programs that run beside a bench, for as long as a block lasts."""

from __future__ import annotations

import contextlib
import subprocess
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LOOK_SECONDS: Final = 0.05
LAST_SAID: Final = 500


@contextlib.contextmanager
def ended(process: subprocess.Popen[bytes], seconds: float) -> Iterator[None]:
    """End it when the block is left: asked first, and killed where it has not within the time."""
    try:
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        process.kill()
        process.wait()


def comes_up(process: subprocess.Popen[bytes], seconds: float, is_up: Callable[[], bool]) -> bool:
    """Return whether it is up within the time, before it has ended by itself."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_up():
            return True
        if process.poll() is not None:
            return False
        time.sleep(LOOK_SECONDS)
    return False


def said_in(log: Path) -> str:
    """Return what a log has, of a program that may have died while it wrote."""
    return log.read_text(encoding="utf-8", errors="replace")


def last_said(log: Path) -> str:
    """Return the end of a log in whole lines, for a message."""
    said = said_in(log).strip()
    last = said[-LAST_SAID:]
    return last if last == said else last.partition("\n")[2] or last
