"""Whether processes have ended."""

import subprocess
import time
from collections.abc import Collection


def still_running(pids: Collection[int], seconds: float = 15.0) -> set[int]:
    """Those of the processes that run even after `seconds`.

    One that has ended remains in the table until its parent buries it; an orphan's parent is init,
    which may take seconds. It does not count.
    """
    deadline = time.monotonic() + seconds
    while (found := _running(pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def _running(pids: Collection[int]) -> set[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=,stat=", "-p", ",".join(map(str, pids))],  # noqa: S607 - a POSIX command
        capture_output=True,
        text=True,
        check=False,  # 1: there is none
    )
    assert not listed.stderr, listed.stderr
    rows = [line.split() for line in listed.stdout.splitlines()]
    return {int(pid) for pid, state in rows if not state.startswith("Z")}
