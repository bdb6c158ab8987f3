"""Signals become one exception, once; after the point of no return they become nothing."""

from __future__ import annotations

import contextlib
import signal
import sys
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
    started (nohup) stays ignored. Where Python cannot pass the exception on, because it came up in
    a finalizer or in the callback of a weak reference, it is raised again a moment later.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[int, Any] = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _stop)
    unraisable, sys.unraisablehook = sys.unraisablehook, _again
    try:
        yield
    finally:
        sys.unraisablehook = unraisable
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _stop(number: int, _frame: object) -> None:
    ignore_signals()
    raise Interrupted(number)


def _again(unraisable: sys.UnraisableHookArgs) -> None:
    lost = unraisable.exc_value
    if not (isinstance(lost, Interrupted) and lost.args):
        sys.__unraisablehook__(unraisable)
        return
    [number] = lost.args
    # Not from here: what this hook raises is lost as well, also where an impatient user is faster.
    threading.Timer(0.01, _send, [number]).start()
    with contextlib.suppress(Interrupted):
        signal.signal(number, _stop)
        return
    _again(unraisable)


def _send(number: int) -> None:
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, number)  # Which wakes it, should it wait for git.
    else:
        signal.raise_signal(number)


def ignore_signals() -> None:
    """From here on nothing is taken back: a late signal must not make the result look undone.

    Only what `signals_raise` handles, because it also puts back what was there before.
    """
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            if signal.getsignal(number) is _stop:
                signal.signal(number, signal.SIG_IGN)
