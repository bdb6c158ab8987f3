"""Ports of this machine for servers that are about to be started."""

from __future__ import annotations

import contextlib
import random
import socket
from typing import Final

from blueprint_cli.errors import Failed

# Systems give ports above these to whoever connects, so one that was free is soon not.
NEVER_GIVEN: Final = range(20_000, 30_000)


def free_port() -> int:
    """Return a port on loopback that nobody has, nor is given by this function for a while.

    The port is left as one whose connection has just ended (TIME_WAIT, a minute on Linux): servers
    may listen on it, as they set SO_REUSEADDR; this function, which does not, passes it over.

    Raises:
        Failed: where there is none.
    """
    for port in random.sample(NEVER_GIVEN, len(NEVER_GIVEN)):
        with contextlib.suppress(OSError), socket.socket() as listener, socket.socket() as client:
            listener.bind(("127.0.0.1", port))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.listen(1)
            client.connect(("127.0.0.1", port))
            listener.accept()[0].close()
            return port
    raise Failed(f"no port from {NEVER_GIVEN[0]} to {NEVER_GIVEN[-1]} is free")
