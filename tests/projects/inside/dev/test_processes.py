"""The supervisor: starts in order, restarts what dies, leaves nothing behind."""

import asyncio
import contextlib
import os
import re
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from dev.processes import Output, Process, ProcessError, Supervisor, kept
from tests.dev.endings import still_running

pytestmark = pytest.mark.slow

# Writes its process id, and that of a child it never looks after, last of all; then waits.
WORKER = """
import os, subprocess, sys, time
child = subprocess.Popen(["sleep", "60"])
print("hello from", sys.argv[1], flush=True)
with open(sys.argv[1], "a") as file:
    file.write(f"{os.getpid()} {child.pid}\\n")
time.sleep(60)
"""


def worker(name: str, folder: Path) -> Process:
    async def ready() -> bool:
        return (folder / name).exists() and bool(pids(folder / name))

    command = kept([sys.executable, "-c", WORKER, str(folder / name)])
    return Process(name=name, command=command, environment=dict(os.environ), ready=ready)


def pids(file: Path) -> list[int]:
    return [int(pid) for pid in file.read_text(encoding="ascii").split()]


def supervise(processes: list[Process], meanwhile: Callable[[Supervisor], Awaitable[None]]) -> None:
    async def run() -> None:
        ready = asyncio.Event()
        supervisor = Supervisor([[each] for each in processes], ready.set, print)
        running = asyncio.create_task(supervisor.run())
        await asyncio.wait_for(ready.wait(), 20)
        await meanwhile(supervisor)
        await asyncio.wait_for(running, 20)

    asyncio.run(run())


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_every_process_and_its_children(
    tmp_path: Path, number: signal.Signals, capfd: pytest.CaptureFixture[str]
) -> None:
    async def interrupt(_: Supervisor) -> None:
        os.kill(os.getpid(), number)

    supervise([worker("one", tmp_path), worker("second", tmp_path)], interrupt)

    assert still_running(pids(tmp_path / "one") + pids(tmp_path / "second")) == set()
    assert f"second | hello from {tmp_path / 'second'}\n" in capfd.readouterr().out


def test_a_process_that_dies_is_named_and_restarted(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "one"

    async def kill(supervisor: Supervisor) -> None:
        os.kill(pids(file)[0], signal.SIGKILL)
        await until(lambda: len(pids(file)) == 4)
        supervisor.stop()

    supervise([worker("one", tmp_path)], kill)

    assert still_running(pids(file)) == set()
    assert "one was ended by SIGKILL; starting it again in 0.5 s" in capfd.readouterr().out


def test_a_process_that_cannot_start_ends_the_others_and_says_why(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    broken = Process(
        name="broken",
        command=kept([sys.executable, "-c", "raise SystemExit('a setting is missing')"]),
        environment=dict(os.environ),
        ready=never,
        quiet=True,
    )

    async def run() -> None:
        await Supervisor([[worker("one", tmp_path)], [broken]], lambda: None, print).run()

    with pytest.raises(ProcessError, match=r"broken ended with status 1 .*\na setting is missing"):
        asyncio.run(run())
    assert still_running(pids(tmp_path / "one")) == set()


TALKER = """
import time
while True:
    print("x" * 10_000, flush=True)
    time.sleep(0.001)
"""


def test_a_reader_that_is_stuck_or_gone_stops_nothing(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writing, b"\n" * 4096)
    os.set_blocking(writing, True)
    output = Output(writing)

    async def ready() -> bool:
        return True

    talker = Process(
        name="talker",
        command=kept([sys.executable, "-c", TALKER]),
        environment=dict(os.environ),
        ready=ready,
    )

    async def run() -> None:
        supervisor = Supervisor([[talker], [worker("one", tmp_path)]], lambda: None, output.line)
        running = asyncio.create_task(supervisor.run())
        await until(lambda: (tmp_path / "one").exists() and bool(pids(tmp_path / "one")))
        os.close(reading)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(running, 20)

    asyncio.run(run())
    output.close()
    os.close(writing)
    assert still_running(pids(tmp_path / "one")) == set()


def test_what_was_not_read_is_counted() -> None:
    reading, writing = os.pipe()
    output = Output(writing)
    for _ in range(20_000):  # twice what waits for a reader
        output.line("x" * 100)
    with os.fdopen(reading, "rb") as reader:
        reader.readline()
        while not output._lines.empty():
            reader.readline()
        output.line("at last")
        output.close()
        os.close(writing)
        *_, counted, last = reader.read().decode().splitlines()
    assert last == "at last"
    assert re.fullmatch(r"\(\d+ lines were not read and are left out\)", counted)
