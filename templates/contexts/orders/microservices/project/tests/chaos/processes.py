"""The processes of a run, to be killed at random."""

import os
import signal
import subprocess
from collections.abc import Mapping
from typing import Final

PARTS: Final[Mapping[str, str]] = {
    "identity": "identity_service.server",
    "catalog": "catalog_service.server",
    "orders": "orders_service.server",
    "notifications": "notifications_service.server",
    "gateway": "/gateway",
    "postgres": " -D ",
}


def descendants(root: int) -> dict[int, str]:
    """Every process that descends from `root`, with its command line; watchdogs left out."""
    listed = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,ppid=,args="],  # noqa: S607 - a POSIX command
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rows = [line.split(maxsplit=2) for line in listed.splitlines()]
    found: dict[int, str] = {}
    parents = {root}
    while parents:
        parents = {int(row[0]) for row in rows if int(row[1]) in parents}
        found |= {int(row[0]): row[2] for row in rows if int(row[0]) in parents and len(row) > 2}
    return {pid: args for pid, args in found.items() if "watchdog.py" not in args}


def kill(root: int, part: str) -> bool:
    """`kill -9` of the part's first process; whether there was one."""
    victims = sorted(pid for pid, args in descendants(root).items() if PARTS[part] in args)
    try:
        for victim in victims[:1]:
            os.kill(victim, signal.SIGKILL)
    except ProcessLookupError:  # it ended meanwhile
        return False
    return bool(victims)
