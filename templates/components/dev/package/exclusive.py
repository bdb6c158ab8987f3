"""What one run has for itself: files, the environment, ports.

`python -I exclusive.py FILE` tells with status 75 whether a `make dev` runs in the environment that
FILE stands for; it imports the standard library only.
"""

import contextlib
import errno
import fcntl
import os
import random
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

IN_USE = 75
# Systems give ports above these to whoever connects, so one that was free is soon not.
_NEVER_GIVEN = range(20_000, 30_000)


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


class PortTakenError(Exception):
    """Another program listens on the port that was asked for."""


def number_of(variable: str, default: int) -> int:
    """The port that an environment variable names."""
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:  # noqa: PLR2004 - TCP's own limit
        raise SystemExit(f"error: {variable} is {text!r}; a port is a number from 1 to 65535")
    return int(text)


def free_port() -> int:
    """A port of this machine for whoever asks, and for nobody else who does in the next seconds.

    It is left as one whose connection has just ended (TIME_WAIT): servers may listen on it, as they
    set SO_REUSEADDR; this function, which does not, passes it over.
    """
    for port in random.sample(_NEVER_GIVEN, len(_NEVER_GIVEN)):
        with contextlib.suppress(OSError), socket.socket() as listener, socket.socket() as client:
            listener.bind(("127.0.0.1", port))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.listen(1)
            client.connect(("127.0.0.1", port))
            listener.accept()[0].close()
            return port
    raise PortTakenError(f"no port from {_NEVER_GIVEN[0]} to {_NEVER_GIVEN[-1]} is free")


def require_free_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise PortTakenError(
                f"port {port} is for root only; choose another one: make dev PORT=8000"
            ) from None
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise PortTakenError(f"cannot listen on {host}:{port}: {error.strerror}") from None
            raise PortTakenError(
                f"port {port} is taken by another program; choose another one: "
                f"make dev PORT={port + 1}"
            ) from None


async def answers(url: str) -> bool:
    """Whether GET `url` gives 200 within two seconds."""
    import httpx  # noqa: PLC0415 - see above

    # Plain HTTP: to load certificates for it would take more processor time than the rest.
    async with httpx.AsyncClient(timeout=2, trust_env=False, verify=False) as client:  # noqa: S501
        try:
            response = await client.get(url)
        except httpx.HTTPError:
            return False
    return response.status_code == httpx.codes.OK


def main(file: Path) -> int:
    lock = exclusive(file, seconds=0) if file.exists() else contextlib.nullcontext()
    if lock is None:
        print("error: `make dev` runs in .venv: stop it first", file=sys.stderr)
        return IN_USE
    with lock:
        return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
