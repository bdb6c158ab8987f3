"""Processor time and memory of a project's processes, from what Linux tells of them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

PROC: Final = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """One process: seconds of processor time, and the memory that it holds, in MiB.

    Memory that processes share, such as PostgreSQL's buffers, counts for each of them;
    ``own_mib`` is what it shares with none and no file holds.
    """

    name: str
    pid: int
    cpu_seconds: float
    memory_mib: float
    own_mib: float = 0.0


def usage_of(parents: Sequence[int], since: tuple[Usage, ...] = ()) -> tuple[Usage, ...]:
    """Return what the processes below parents use; since an earlier look where one is given.

    Empty where there is no parent, or the system tells nothing of processes.
    """
    if not parents or not PROC.is_dir():
        return ()
    before = {one.pid: one.cpu_seconds for one in since}
    found = []
    for pid in sorted(_below(parents)):
        one = _look(pid)
        if one is not None:
            cpu = one.cpu_seconds - before.get(pid, 0.0)
            found.append(replace(one, cpu_seconds=round(cpu, 2)))
    return tuple(found)


def by_name(usage: tuple[Usage, ...]) -> dict[str, tuple[int, float, float]]:
    """Return how many processes of a name there are, their processor time and their memory."""
    found: dict[str, tuple[int, float, float]] = {}
    for one in usage:
        count, cpu, memory = found.get(one.name, (0, 0.0, 0.0))
        found[one.name] = count + 1, cpu + one.cpu_seconds, memory + one.memory_mib
    return dict(sorted(found.items(), key=lambda item: -item[1][1]))


def _below(parents: Sequence[int]) -> set[int]:
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found: set[int] = set()
    waiting = [*parents]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += children.get(one, [])
    return found


def _stat(pid: int) -> list[str]:
    """Return the fields behind the name: state, parent, …; none where it has ended."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _look(pid: int) -> Usage | None:
    fields = _stat(pid)
    try:
        command = (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    if not fields or fields[0] == "Z":  # it has ended, and its parent has not asked how
        return None
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    return Usage(
        _name([part.decode(errors="replace") for part in command if part]),
        pid,
        (int(fields[11]) + int(fields[12])) / ticks,
        round(int(fields[21]) * page / 2**20, 1),
        round(_own_bytes(pid) / 2**20, 3),
    )


def _own_bytes(pid: int) -> int:
    try:
        text = (PROC / str(pid) / "status").read_text()
    except OSError:
        return 0
    kilobytes = re.search(r"^RssAnon:\s+(\d+) kB$", text, re.MULTILINE)
    return int(kilobytes[1]) * 1024 if kilobytes else 0


def _name(command: list[str]) -> str:
    """Return what a process is: its program, and of Python the module that it runs."""
    if not command:
        return "kernel"
    program = command[0].split(":")[0].rpartition("/")[2].split(" ")[0]
    if program.startswith("python"):
        for place, part in enumerate(command):
            if part == "-m" and place + 1 < len(command):
                application = [one for one in command if ":" in one and "." in one]
                return f"{command[place + 1]} {application[-1] if application else ''}".strip()
    return program
