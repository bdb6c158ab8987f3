"""Processes that share the tasks of a command.

Each is in a group of its own: Ctrl-C reaches whoever began them, and nobody else, so that what they
do is taken back in order. They end with it, however it ends. It is known what one did when it died,
so that one project cannot take the others with it.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Final, Self, TypeVar

from blueprint_cli.errors import BlueprintError, Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

# More would wait for the disk, and each takes a hundred megabytes.
MOST: Final = 8
SECONDS_TO_END: Final = 10.0
# glibc keeps large blocks that were freed once, and a process grows from project to project.
MEMORY: Final = {"MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}

Task = TypeVar("Task")
Answer = TypeVar("Answer")


def cores() -> int:
    """Return how many processes can run at once here."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def each_done(
    function: Callable[[Task], Answer], tasks: Sequence[Task], scratch: Path, *, jobs: int = 0
) -> Iterator[tuple[int, Answer | BlueprintError]]:
    """Yield the number of each task and what it gave, or why it gave nothing, as they end.

    Args:
        function: of a module, or a partial one; what it takes and gives can be pickled.
        tasks: what it is to be called with.
        scratch: where all temporary files of the processes go.
        jobs: how many processes; by default one for each core.
    """
    count = min(jobs or min(cores(), MOST), len(tasks))
    if not count:
        return
    crew = _Crew(scratch)
    with ThreadPoolExecutor(count) as threads:
        asked = {
            threads.submit(crew.ask, function, task): number for number, task in enumerate(tasks)
        }
        try:
            for done in as_completed(asked):
                yield asked.pop(done), done.result()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
            crew.dismiss()


@dataclass(slots=True)
class _Crew:
    """The processes that there are; each is asked by one thread at a time."""

    scratch: Path
    free: list[_Worker] = field(default_factory=list)
    all: list[_Worker] = field(default_factory=list)
    dismissed: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, function: Callable[[Any], Any], task: object) -> Any:  # noqa: ANN401 - see `each_done`
        worker = self._take()
        if worker is None:
            return Failed("interrupted")
        answer = worker.ask(function, task)
        with self.lock:
            if worker.process.poll() is None:
                self.free.append(worker)
        return answer

    def _take(self) -> _Worker | None:
        with self.lock:
            if self.dismissed:
                return None
            if self.free:
                return self.free.pop()
            worker = _Worker.begin(self.scratch, len(self.all))
            self.all.append(worker)
            return worker

    def dismiss(self) -> None:
        """End them: those that wait at once, those that are at work when they have tidied up."""
        with self.lock:
            self.dismissed = True
        for worker in self.all:
            worker.process.terminate()
            with contextlib.suppress(OSError):
                worker.tasks.close()
        for worker in self.all:
            worker.end()


@dataclass(frozen=True, slots=True)
class _Worker:
    """A process, its ends of the two pipes, and the file that holds what it complains about."""

    process: subprocess.Popen[bytes]
    tasks: IO[bytes]
    answers: IO[bytes]
    said: Path

    @classmethod
    def begin(cls, scratch: Path, number: int) -> Self:
        said = scratch / f"worker-{number}.txt"
        own_group = None if os.name == "nt" else 0
        with said.open("wb") as stream:
            process = subprocess.Popen(  # noqa: S603 - this program
                [sys.executable, "-P", "-m", "blueprint_cli.fleet.worker", str(scratch)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
                env={**MEMORY, **os.environ},
                process_group=own_group,
            )
        if process.stdin is None or process.stdout is None:
            raise Failed("a process cannot be asked")
        return cls(process, process.stdin, process.stdout, said)

    def ask(self, function: Callable[[Any], Any], task: object) -> Any:  # noqa: ANN401 - see `each_done`
        try:
            pickle.dump((function, task), self.tasks)
            self.tasks.flush()
            return pickle.load(self.answers)  # noqa: S301 - our own process wrote it
        except (OSError, EOFError, pickle.UnpicklingError):
            self.process.wait()
            lines = self.said.read_text(encoding="utf-8", errors="replace").splitlines()
            why = f": {lines[-1].strip()}" if lines else ""
            return Failed(f"the process that was at it ended ({self.process.returncode}){why}")

    def end(self) -> None:
        """Wait until it has ended, and do not wait for ever."""
        try:
            self.process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.answers.close()
