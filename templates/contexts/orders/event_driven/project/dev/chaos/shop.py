"""The whole project, each role a process of its own, and how to kill one of them."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from dev.brokers import VARIABLE, address_file
from dev.database import ROOT
from dev.exclusive import free_port

PASSWORD = "seven lamps over the harbour"  # noqa: S105 - of a database that is thrown away
ADMIN = "admin@example.com"
START_SECONDS = 120.0
SPLIT = ("catalog", "orders")
"""Of these API, relay and consumer are killed each for itself; the others are one process."""


class ChaosError(Exception):
    """What was lost or doubled."""


class Shop:
    """Started as `make dev` starts it, with its data and its log in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.environment = os.environ | {
            "DEV_STATE": str(folder),
            "ENVIRONMENT": "test",
            "LOG_FORMAT": "json",
            "PASSWORD": PASSWORD,
            "PORT": str(self.port),
            "RELOAD": "0",
            "SPLIT_ROLES": ",".join(SPLIT),
        }
        self.log = folder / "log"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return when it is ready and has an administrator; raises ChaosError."""
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "dev"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while "Ready in" not in self.output:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise ChaosError(f"it does not start: {self.output[-2000:]}")
            time.sleep(0.1)
        admin = ("--database", "identity", sys.executable, "-m", "identity.commands", "admin")
        subprocess.run(
            [sys.executable, "-m", "dev.database", *admin, ADMIN],
            cwd=ROOT,
            env=self.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def stop(self) -> None:
        """End all of it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    @property
    def output(self) -> str:
        """Its log."""
        return self.log.read_text("utf-8", "replace")

    @property
    def brokers(self) -> str:
        """Where they are now."""
        given = os.environ.get(VARIABLE)
        return given or address_file(self._folder).read_text("ascii")

    @property
    def victims(self) -> dict[str, list[str]]:
        """What may be killed, by kind: each what the command of its process holds."""
        ports = dict(
            re.findall(
                r"^  ([a-z_-]+) +http://127\.0\.0\.1:(\d+)/readyz", self.output, re.MULTILINE
            )
        )
        found = {"postgres": [" -D "]}
        for name, port in ports.items():
            kind = name.partition("-")[2] or ("api" if name in SPLIT else "service")
            found.setdefault(kind, []).append(f" --port {port} ")
        return found

    def kill(self, mark: str) -> bool:
        """End with SIGKILL the process of ours whose command holds the mark, if it runs."""
        listing = subprocess.run(
            ["ps", "-ww", "-A", "-o", "pid=,ppid=,args="],  # noqa: S607 - every Unix has it
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        rows = [(*line.split(None, 2), "")[:3] for line in listing.splitlines()]
        parents = {int(pid): int(parent) for pid, parent, _ in rows}
        for pid, command in ((int(pid), command) for pid, _, command in rows):
            if mark in command and "watchdog.py" not in command and self._is_ours(pid, parents):
                with suppress(ProcessLookupError):  # it ended meanwhile
                    os.kill(pid, signal.SIGKILL)
                    return True
        return False

    def _is_ours(self, pid: int, parents: dict[int, int]) -> bool:
        while self._process is not None and pid in parents:
            if pid == self._process.pid:
                return True
            pid = parents[pid]
        return False
