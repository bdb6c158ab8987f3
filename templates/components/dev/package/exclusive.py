"""Files and processes belong to whoever made them.

`python -I exclusive.py FILE` tells with status 75 whether a `make dev` runs in the environment that
FILE stands for; it imports the standard library only.
"""

import contextlib
import fcntl
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

IN_USE = 75


class InUseError(Exception):
    """Another run has it; the message says what to do."""


def exclusive(file: Path, seconds: float) -> IO[str] | None:
    """The file, locked until it is closed; None if somebody else has it for so long.

    Processes that inherit its descriptor keep it locked.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = file.open("a")
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                lock.close()
                return None
            time.sleep(0.05)
        else:
            return lock


@contextlib.contextmanager
def own(state: Path) -> Iterator[None]:
    """For the block, what `make dev` keeps in `state` is this run's, and its environment stays.

    Raises:
        InUseError: another run has the folder.
    """
    lock = exclusive(state / "lock", seconds=0)
    if lock is None:
        raise InUseError(
            f"{state} is in use by another `make dev`: stop that one, or give this one a folder of"
            " its own: make dev PORT=8001 DEV_STATE=…"
        )
    with lock, contextlib.ExitStack() as ending:
        ready = Path(sys.prefix) / "ready"
        if ready.exists():  # made by the Makefile
            fcntl.flock(ending.enter_context(ready.open()), fcntl.LOCK_SH)
        yield


def main(file: Path) -> int:
    lock = exclusive(file, seconds=0) if file.exists() else contextlib.nullcontext()
    if lock is None:
        print("error: `make dev` runs in .venv: stop it first", file=sys.stderr)
        return IN_USE
    with lock:
        return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
