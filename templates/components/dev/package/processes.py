"""Runs processes in the foreground: starts them stage by stage, names and restarts the one that
dies, and stops all of them, last stage first, on SIGINT or SIGTERM."""

import asyncio
import contextlib
import os
import queue
import signal
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from dev.postgres import WATCHDOG

FIRST_DELAY, LONGEST_DELAY = 0.5, 15.0
STEADY_SECONDS = 30.0
"""A process that ran this long starts anew with the first delay."""
KILLED = 128
"""A shell's and the watchdog's exit status of a command that signal n ended is 128 + n."""
_LINES = 10_000
"""More than that do not wait for a reader."""
_LAST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Process:
    """`command` ends when its standard input ends: see `kept`."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ready: Callable[[], Awaitable[bool]]
    quiet: bool = False
    """Its output is shown only when it dies."""
    inherited: Sequence[int] = ()
    """File descriptors that it keeps open."""
    ready_within: float = float(os.environ.get("READY_SECONDS") or 60)  # more where it is slow
    prepare: Callable[[], Awaitable[None]] | None = field(default=None)
    """Awaited once, before the first start and after the processes before it are ready."""
    restarts: Sequence[str] = ()
    """The processes that have to start anew when this one did."""


class ProcessError(Exception):
    """A process did not become ready; its output says why."""


def kept(command: Sequence[str], *, stop: str = "SIGTERM", grace: float = 15.0) -> list[str]:
    """The command that runs `command` and ends it when standard input ends."""
    watchdog = (*WATCHDOG, "--stop", stop, "--grace", str(grace))
    return [*watchdog, "--", *command]


class Supervisor:
    """Runs the processes of `stages`: a stage starts at once, when the one before it is ready.

    `announce` is called once when all of them are ready. `show` gets every line of output, and must
    not wait: nobody else reads what the processes write.
    """

    def __init__(
        self,
        stages: Sequence[Sequence[Process]],
        announce: Callable[[], None],
        show: Callable[[str], None],
    ) -> None:
        self._stages = stages
        self._processes = [process for stage in stages for process in stage]
        self._announce = announce
        self._show = show
        self._width = max(len(process.name) for process in self._processes)
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        """Until `stop` or a signal.

        Raises:
            ProcessError: a process ended, or did not answer, before it was ready once.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.stop)
        watchers = [asyncio.create_task(self._watch_parent())]
        try:
            for stage in self._stages:
                self._print("dev", f"starting {', '.join(process.name for process in stage)}")
                starts = [self._start_first(process) for process in stage]
                if not await self._unless_stopped(asyncio.gather(*starts)):
                    return
                watchers += [asyncio.create_task(self._keep_running(each)) for each in stage]
            self._announce()
            await self._stopping.wait()
        finally:
            self._stopping.set()
            for watcher in watchers:
                watcher.cancel()
            await asyncio.gather(*watchers, return_exceptions=True)
            for stage in reversed(self._stages):
                await asyncio.gather(*(self._end(process.name) for process in stage))

    async def _unless_stopped(self, work: Awaitable[object]) -> bool:
        """Whether `work` was done; it is given up when we are asked to stop."""
        task = asyncio.ensure_future(work)
        stopped = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            return False
        task.result()
        return True

    async def _start_first(self, process: Process) -> None:
        if process.prepare is not None:
            await process.prepare()
        tail = await self._start(process)
        if not await self._becomes_ready(process):
            await asyncio.wait([self._readers[process.name]], timeout=_LAST_SECONDS)
            raise ProcessError(self._failure(process, tail))

    async def _start(self, process: Process) -> list[str]:
        """Returns the list that its last lines of output are kept in."""
        started = await asyncio.create_subprocess_exec(
            *process.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=dict(process.environment),
            pass_fds=process.inherited,
            start_new_session=True,  # Ctrl-C is for us; we stop them in order
        )
        self._running[process.name] = started
        tail: list[str] = []
        reader = asyncio.create_task(self._read(process, started, tail))
        self._readers[process.name] = reader
        reader.add_done_callback(lambda done: done.cancelled() or done.exception())
        return tail

    async def _read(
        self, process: Process, started: asyncio.subprocess.Process, tail: list[str]
    ) -> None:
        if started.stdout is None:
            return
        while chunk := await _line(started.stdout):
            line = chunk.decode("utf-8", errors="replace").rstrip("\n")
            tail.append(line)
            del tail[:-20]
            if not process.quiet:
                self._print(process.name, line)

    async def _becomes_ready(self, process: Process) -> bool:
        started = self._running[process.name]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(process.ready_within):
                while started.returncode is None:
                    if await process.ready():
                        return True
                    await asyncio.sleep(0.05)
        return False

    def _failure(self, process: Process, tail: list[str]) -> str:
        status = self._running[process.name].returncode
        output = f"\n{chr(10).join(tail)}" if process.quiet and tail else ""
        if status is None:
            return f"{process.name} is not ready after {process.ready_within:g} s{output}"
        return f"{process.name} {_ended(status)} before it was ready{output}"

    async def _keep_running(self, process: Process) -> None:
        loop = asyncio.get_running_loop()
        delay = FIRST_DELAY
        since = loop.time()
        tail: list[str] = []
        while True:
            status = await self._running[process.name].wait()
            if self._stopping.is_set():
                return
            if loop.time() - since > STEADY_SECONDS:
                delay = FIRST_DELAY
            if process.quiet:
                for line in tail:
                    self._print(process.name, line)
            self._print("dev", f"{process.name} {_ended(status)}; starting it again in {delay:g} s")
            await asyncio.sleep(delay)
            delay = min(delay * 2, LONGEST_DELAY)
            since = loop.time()
            tail = await self._start(process)
            if await self._becomes_ready(process):
                self._print("dev", f"{process.name} is ready again")
                for name in process.restarts:
                    self._ask_to_end(name)

    def _ask_to_end(self, name: str) -> None:
        started = self._running.get(name)
        if started is not None and started.stdin is not None:
            started.stdin.close()

    async def _end(self, name: str) -> None:
        self._ask_to_end(name)
        if name in self._running:
            await self._running[name].wait()

    async def _watch_parent(self) -> None:
        """make does not always take us along: when it is killed, we are nobody's child."""
        if "MAKELEVEL" not in os.environ:
            return
        parent = os.getppid()
        while os.getppid() == parent:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.5)
        self.stop()

    def _print(self, name: str, line: str) -> None:
        shown = sum(not process.quiet for process in self._processes)
        prefix = f"{name:{self._width}} | " if shown > 1 or name == "dev" else ""
        self._show(f"{prefix}{line}")


async def _line(stream: asyncio.StreamReader) -> bytes:
    """The next line; of a longer one than the buffer holds, a piece. Empty at the end."""
    try:
        return await stream.readuntil(b"\n")
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError as long:
        return await stream.read(long.consumed)


def _ended(status: int) -> str:
    number = status - KILLED if status > KILLED else -status
    if number > 0:
        with contextlib.suppress(ValueError):
            return f"was ended by {signal.Signals(number).name}"
    return f"ended with status {status}"


class Output:
    """Lines for a file descriptor, which a thread writes.

    What does not fit in while the reader is stuck is left out, and how much is said once it reads
    again. What cannot be written (a closed pipe, a full disk) is dropped.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines: queue.Queue[str | None] = queue.Queue(_LINES)
        self._left_out = 0
        # A daemon: one that is stuck in a write does not keep the process from ending.
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def line(self, text: str) -> None:
        """Show it, at some time; returns at once."""
        try:
            if self._left_out:
                self._lines.put_nowait(f"({self._left_out} lines were not read and are left out)")
                self._left_out = 0
            self._lines.put_nowait(text)
        except queue.Full:
            self._left_out += 1

    def close(self) -> None:
        """Give the last lines a second to be written."""
        with suppress(queue.Full):
            self._lines.put_nowait(None)
            self._thread.join(_LAST_SECONDS)

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            left = f"{line}\n".encode(errors="replace")
            with suppress(OSError):
                while left:
                    left = left[os.write(self._descriptor, left) :]


def complain(text: str) -> None:
    """Show it as an error, unless standard error is stuck."""
    output = Output(2)
    output.line(f"error: {text}")
    output.close()
