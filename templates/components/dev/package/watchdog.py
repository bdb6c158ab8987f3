"""Runs one command and ends it, with all its children, as soon as the starter goes away.

The starter holds the other end of this script's standard input. When that end closes, because
the starter stopped or because it was killed, the command gets the stop signal, then SIGKILL. A
pipe works on Linux and macOS alike; on Linux the command also gets the stop signal from the
kernel when the watchdog itself is killed.

It is run by its path (`python -I watchdog.py ...`) and imports the standard library only.
"""

import argparse
import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1


def die_with(parent: int, stop: signal.Signals) -> Callable[[], None] | None:
    """What the child has to call before its command: Linux sends it `stop` when `parent` dies."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def arrange() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(stop))
        if os.getppid() != parent:  # it died before the kernel knew
            os.kill(os.getpid(), stop)

    return arrange


def wait_for_end(child: subprocess.Popen[bytes], wakeup: int) -> None:
    """Returns when the child ended, a signal asked us to stop, or the starter is gone."""
    watched = [0, wakeup]
    while child.poll() is None:
        for ready in select.select(watched, [], [])[0]:
            data = os.read(ready, 4096)
            asked = ready == wakeup and (signal.SIGTERM in data or signal.SIGINT in data)
            if asked or (ready == 0 and not data):
                return


def end(child: subprocess.Popen[bytes], stop: signal.Signals, grace: float) -> None:
    if child.poll() is None:
        child.send_signal(stop)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(grace)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="watchdog")
    parser.add_argument("--user", help="UID:GID that the command runs as")
    parser.add_argument("--stop", default="SIGTERM", help="signal that asks the command to end")
    parser.add_argument("--grace", type=float, default=20.0, help="seconds until SIGKILL")
    parser.add_argument("--remove", type=Path, help="folder to remove after the end")
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    stop = signal.Signals[options.stop]
    wakeup, written = os.pipe()
    os.set_blocking(wakeup, False)
    os.set_blocking(written, False)
    signal.set_wakeup_fd(written)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    user, group = (int(part) for part in options.user.split(":")) if options.user else (None, None)
    child = subprocess.Popen(
        options.command,
        stdin=subprocess.DEVNULL,
        process_group=0,
        user=user,
        group=group,
        extra_groups=None if user is None else [],
        preexec_fn=die_with(os.getpid(), stop),  # noqa: PLW1509 - this process has one thread
    )
    wait_for_end(child, wakeup)
    end(child, stop, options.grace)
    if options.remove is not None:
        shutil.rmtree(options.remove, ignore_errors=True)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


if __name__ == "__main__":
    sys.exit(main())
