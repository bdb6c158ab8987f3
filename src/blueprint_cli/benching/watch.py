"""Looks at a project while it is under load: what its processes use, what waits in its outboxes.

A process of its own: within the generator it would hold back requests that are due.

`python -m blueprint_cli.benching.watch ZERO PID[,PID] [NAME=URL …]` prints a JSON document each
second, until its standard input ends.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import select
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final

from blueprint_cli.benching.moments import ZERO, now
from blueprint_cli.benching.operators import Backlog, Waiting, look
from blueprint_cli.benching.usage import Usage, usage_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

EVERY_SECONDS: Final = 1.0
# A process counts what waits when it is asked, so it is asked at every second look.
BACKLOG_EVERY: Final = 2
STOP_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One look, at a moment in seconds since 1970; processor time since each process's start."""

    at: float
    usage: tuple[Usage, ...]
    backlog: Backlog | None


class Watch:
    """What was seen so far."""

    def __init__(self, output: IO[bytes]) -> None:
        self._output = output

    def samples(self, begin: float = 0.0, end: float = float("inf")) -> tuple[Sample, ...]:
        """Return the looks between two moments, in seconds since 1970."""
        self._output.seek(0)
        lines = [line for line in self._output.read().splitlines(keepends=True) if b"\n" in line]
        found = (_sample(json.loads(line)) for line in lines)
        return tuple(one for one in found if begin <= one.at <= end)


@contextlib.contextmanager
def watching(parents: Sequence[int], announced: Mapping[str, str] | None = None) -> Iterator[Watch]:
    """Watch the processes below parents, and what waits, for as long as the block lasts.

    Args:
        parents: of the processes.
        announced: where each of them serves operators, by name.
    """
    asked = [f"{name}={url}" for name, url in (announced or {}).items()]
    with tempfile.TemporaryFile("a+b") as output:
        if not parents and not asked:
            yield Watch(output)
            return
        process = subprocess.Popen(  # noqa: S603 - this program
            [sys.executable, "-m", __name__, str(ZERO), ",".join(map(str, parents)), *asked],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield Watch(output)
        finally:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=STOP_SECONDS)
            process.kill()
            process.wait()


def _sample(said: dict[str, Any]) -> Sample:
    backlog = said["backlog"]
    return Sample(
        said["at"],
        tuple(Usage(**one) for one in said["usage"]),
        backlog
        and Backlog(
            tuple(Waiting(**one) for one in backlog["outboxes"]),
            backlog["unread"],
            tuple(backlog["silent"]),
        ),
    )


def main(zero: float, parents: Sequence[int], announced: Mapping[str, str]) -> None:
    """Look each second, until standard input ends; ``zero`` is that of the run's moments."""
    due = time.monotonic()
    for number in itertools.count():
        if select.select([sys.stdin], [], [], max(0.0, due - time.monotonic()))[0]:
            return
        usage = usage_of(parents)
        seen = Sample(now(zero), usage, None if number % BACKLOG_EVERY else look(announced))
        print(json.dumps(dataclasses.asdict(seen)), flush=True)  # noqa: T201 - its output
        due += EVERY_SECONDS


if __name__ == "__main__":
    main(
        float(sys.argv[1]),
        [int(pid) for pid in sys.argv[2].split(",") if pid],
        dict(one.split("=", 1) for one in sys.argv[3:]),
    )
