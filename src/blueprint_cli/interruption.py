"""Signals become one exception, once; after the point of no return they become nothing."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING, Any

from blueprint_cli.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


@contextlib.contextmanager
def signals_raise() -> Iterator[None]:
    """Raise `Interrupted` on the first signal that asks to stop, and ignore those that follow it.

    So what is being taken back is taken back whole. A signal that was ignored when the program
    started (nohup) stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[int, Any] = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _stop(_number: int, _frame: object) -> None:
    ignore_signals()
    raise Interrupted


def ignore_signals() -> None:
    """From here on nothing is taken back: a late signal must not make the result look undone."""
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
