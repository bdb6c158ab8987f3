"""`make dev` as a developer has it: ready, restarted when it dies, and gone without a trace."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dev.__main__ import main
from dev.exclusive import free_port
from tests.dev.endings import still_running
from tests.dev.parts import PARTS

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
SECONDS = 90.0
UNKNOWN = "/v1/products/01900000-0000-7000-8000-000000000000"  # answered by the database alone


class MakeDev:
    def __init__(self, state: Path) -> None:
        self.base_url = f"http://127.0.0.1:{(port := free_port())}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
            "DEV_STATE": str(state),
            # Nothing that runs here asks it for anything.
            "HTTP_PROXY": "http://127.0.0.1:9",
            "http_proxy": "http://127.0.0.1:9",  # curl reads no other
            "PORT": str(port),
            "SIGNING_KEYS_DIRECTORY": str(state / "keys"),
        }
        self.state = state
        self._log = state / "output"
        state.mkdir(parents=True)
        with self._log.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "dev"],
                cwd=ROOT,
                env=self.environment,
                stdout=file,
                stderr=file,
            )

    @property
    def output(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + SECONDS
        while text not in self.output:
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.05)

    def wait_for_file(self, name: str) -> None:
        deadline = time.monotonic() + SECONDS
        while not (self.state / name).exists():
            assert time.monotonic() < deadline, self.output
            time.sleep(0.05)

    def processes(self) -> dict[int, str]:
        """Every process that descends from it, with its command line."""
        listed = subprocess.run(
            ["ps", "-ww", "-eo", "pid=,ppid=,args="],  # noqa: S607 - a POSIX command
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        rows = [line.split(maxsplit=2) for line in listed.splitlines()]
        found: dict[int, str] = {}
        parents = {self.process.pid}
        while parents:
            children = {int(pid): args for pid, ppid, args in rows if int(ppid) in parents}
            found |= children
            parents = set(children)
        return found

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(SECONDS)


@pytest.fixture
def make_dev(tmp_path: Path) -> Iterator[MakeDev]:
    running = MakeDev(tmp_path / "a state")
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.stop(signal.SIGTERM)


def paste_the_first_order(make_dev: MakeDev) -> None:
    """As it stands there, into a shell in the project's folder."""
    printed = make_dev.output.partition("in this folder:\n\n")[2].partition("\n\n")[0]
    assert "make seed" in printed
    # The environment that runs the tests is not made anew under them.
    lines = printed.replace("make seed", "make -o .venv/ready seed")
    done = subprocess.run(
        ["/bin/sh", "-c", lines],
        cwd=ROOT,
        env=make_dev.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert re.search(r'"items":\[\{"id":"[^"]+","status":"(confirmed|pending)"', done.stdout), (
        done.stdout
    )
    make_dev.wait_for_file("mailbox/sent.mbox")  # its confirmation


def a_second_one_touches_nothing(make_dev: MakeDev) -> None:
    """It is told why it cannot start, and the first one's files stay as they are."""
    before = files_in(make_dev.state)
    url = make_dev.state.joinpath("postgres", "url").read_text(encoding="ascii")
    for given in ({}, {"DATABASE_URL": url}):  # with a database of its own, too
        port = str(free_port())
        done = subprocess.run(
            [sys.executable, "-m", "dev"],
            cwd=ROOT,
            env={**make_dev.environment, **given, "PORT": port},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 3, done.stderr
        assert "in use" in done.stderr
    assert files_in(make_dev.state) == before


def files_in(folder: Path) -> dict[Path, int]:
    """Every file of a run but those that it goes on writing, with its inode."""
    written = {"cluster", "temp"}  # PostgreSQL's, and the gateway's cache
    names = (path for path in folder.rglob("*") if not written & set(path.parts))
    return {path: path.stat().st_ino for path in names if path.is_file()}


def test_it_serves_heals_and_leaves_nothing(make_dev: MakeDev) -> None:
    make_dev.wait_for("Ready in")
    assert make_dev.base_url in make_dev.output
    for path in ("/", "/docs", "/docs/swagger-ui.css", "/openapi.json", "/v1/products"):
        assert httpx.get(f"{make_dev.base_url}{path}", trust_env=False).status_code == 200
    a_second_one_touches_nothing(make_dev)
    paste_the_first_order(make_dev)

    started = make_dev.processes()
    for _, part in PARTS:
        servers = [pid for pid, args in started.items() if part in args]
        os.kill(next(pid for pid in servers if "watchdog.py" not in started[pid]), signal.SIGKILL)
    for name, _ in PARTS:
        make_dev.wait_for(f"{name} was ended by SIGKILL; starting it again")
        make_dev.wait_for(f"{name} is ready again")
    deadline = time.monotonic() + SECONDS
    with httpx.Client(timeout=5, trust_env=False) as client:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if client.get(make_dev.base_url + UNKNOWN).status_code == 404:
                    break
            assert time.monotonic() < deadline
            time.sleep(0.05)

    started |= make_dev.processes()
    assert make_dev.stop(signal.SIGINT) == 0
    assert still_running(started) == set()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "dev"],
            cwd=ROOT,
            env={**os.environ, "PORT": str(port), "DEV_STATE": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 3
    assert f"port {port} is taken" in done.stderr
    assert f"PORT={port + 1}" in done.stderr


@pytest.mark.parametrize("port", ["http", "0", "70000"])
def test_what_is_no_port_is_named(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(SystemExit, match=f"PORT is '{port}'"):
        main()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "postgresql://shop:not-told@127.0.0.1:{port}/shop",
            "error: no PostgreSQL takes connections at 127.0.0.1:{port}, which DATABASE_URL",
        ),
        ("shop:not-told@localhost", "error: DATABASE_URL is no URL of PostgreSQL, such as "),
    ],
)
def test_a_database_that_is_not_there_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], url: str, said: str
) -> None:
    port = free_port()
    monkeypatch.setenv("DATABASE_URL", url.format(port=port))
    monkeypatch.setenv("PORT", str(free_port()))
    assert main() == 3
    found = capfd.readouterr()
    assert found.err.startswith(said.format(port=port))
    assert found.err.count("\n") == 1
    assert "not-told" not in found.err
    assert found.out == ""
