"""Functions as Lambda runs them: an image's content, read-only, in instances that are frozen."""

import http.client
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from blueprint_cli.ports import free_port
from tests.deploy.aws_lambda import programs

READY_SECONDS = 30.0
FROZEN_SECONDS = 10.0
STOPPED = {"T", "Z", "X"}
INVOKE = "/2015-03-31/functions/function/invocations"
# A root of its own over the machine's: what an image has, nothing else that can be written but
# /tmp, and, as on Lambda, no /dev/shm.
SANDBOX = """
set -e
mount -t tmpfs none {root}; mkdir {root}/up {root}/work {root}/new
mount -t overlay none -o lowerdir=/,upperdir={root}/up,workdir={root}/work {root}/new
cd {root}/new
rm -rf app venv; mkdir -p app venv opt/extensions root/bin
mount --bind {venv} venv; mount -o remount,bind,ro venv
cp -r {app}/. app
{extension}
cp {emulator} opt/emulator
mount -t proc none proc
mount --rbind /dev dev; mount -t tmpfs -o ro none dev/shm
mount -t tmpfs none tmp
mount -o remount,bind,ro .
exec /usr/sbin/chroot . /bin/sh -c 'cd /app && exec /opt/emulator "$@"' emulator {arguments}
"""


@dataclass(frozen=True)
class Image:
    """What an image of a rendered Dockerfile holds: `app` is /app of it."""

    app: Path
    venv: Path
    environment: Mapping[str, str]


@dataclass
class Instance:
    """One execution environment of a function; frozen whenever it is not called."""

    name: str
    log: Path
    process: subprocess.Popen[bytes]
    port: int
    frozen: list[int] = field(default_factory=list)

    @classmethod
    def start(cls, function: "Function", folder: Path) -> Self:
        """An instance; its log is in the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        root, port, runtime, server = folder / "root", free_port(), free_port(), free_port()
        root.mkdir()
        adapter = shlex.quote(str(programs.adapter())) if function.web else ""
        script = SANDBOX.format(
            root=shlex.quote(str(root)),
            venv=shlex.quote(str(function.image.venv)),
            app=shlex.quote(str(function.image.app)),
            emulator=shlex.quote(str(programs.emulator())),
            extension=f"cp {adapter} opt/extensions/lambda-adapter"
            if function.web
            else "rm -rf opt/extensions/*",
            arguments=shlex.join(
                [
                    *("--runtime-interface-emulator-address", f"127.0.0.1:{port}"),
                    *("--runtime-api-address", f"127.0.0.1:{runtime}"),
                    *function.command,
                ]
            ),
        )
        variables = {
            **function.image.environment,
            **function.environment,
            # Instances have one network here.
            "AWS_LWA_PORT": str(server),
            "GRANIAN_PORT": str(server),
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
            "AWS_LAMBDA_FUNCTION_TIMEOUT": "60",
        }
        log = folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        instance = cls(function.name, log, process, port)
        instance._wait()
        return instance

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
            try:
                connection.connect()
            except OSError:
                time.sleep(0.02)
            else:
                return
            finally:
                connection.close()
        raise AssertionError(f"{self.name} does not start: {self.written()[-2000:]}")

    def invoke(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """What the function answers; raises FailedError. It is thawed for as long as that takes."""
        for process in self.frozen:
            os.kill(process, signal.SIGCONT)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        try:
            connection.request("POST", INVOKE, json.dumps(event))
            body = connection.getresponse().read()
        finally:
            connection.close()
            self.freeze()
        answer: dict[str, Any] = json.loads(body or "{}") or {}
        if "errorType" in answer:
            raise FailedError(f"{self.name}: {answer}\n{self.written()[-1500:]}")
        return answer

    def freeze(self) -> None:
        """Stop all that runs in the sandbox; the emulator stands for what is outside of it."""
        self.frozen = descendants(self.process.pid)
        for process in self.frozen:
            os.kill(process, signal.SIGSTOP)
        # A signal is on its way until its process is scheduled; the real freezer waits as well.
        until = time.monotonic() + FROZEN_SECONDS
        while {state_of(process) for process in self.frozen} - STOPPED:
            assert time.monotonic() < until, f"{self.name}: it goes on though it is stopped"
            time.sleep(0.001)

    def stop(self) -> None:
        """End it, as Lambda ends what it needs no more."""
        for process in [*descendants(self.process.pid), self.process.pid]:
            os.kill(process, signal.SIGKILL)
        self.process.wait()

    def written(self) -> str:
        """Its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")


class FailedError(AssertionError):
    """A function that Lambda would report as failed."""


def descendants(pid: int) -> list[int]:
    """Every process below one."""
    found: list[int] = []
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                children = [int(each) for each in task.read_text().split()]
            except OSError:
                continue
            found += children
            waiting += children
    return found


def state_of(pid: int) -> str:
    """The letter of a process's state as `ps` shows it: `T` for a stopped one, `X` for none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except OSError:
        return "X"


@dataclass
class Function:
    """A function with as many instances as are called at once, up to `most`."""

    name: str
    image: Image
    command: list[str]
    environment: Mapping[str, str]
    web: bool
    folder: Path
    most: int
    cold: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._idle: list[Instance] = []
        self._all: list[Instance] = []
        self._changed = threading.Condition()
        self._starting = 0

    def invoke(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """By an instance that is free, or a new one."""
        instance, began = self._taken(), time.monotonic()
        if instance is None:
            try:
                number = f"{len(self._all)}-{os.urandom(2).hex()}"
                instance = Instance.start(self, self.folder / f"{self.name}-{number}")
            finally:
                with self._changed:
                    self._starting -= 1
            with self._changed:
                self._all.append(instance)
            answer = self._through(instance, event)
            self.cold.append(time.monotonic() - began)
            return answer
        return self._through(instance, event)

    def _through(self, instance: Instance, event: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return instance.invoke(event)
        finally:
            with self._changed:
                self._idle.append(instance)
                self._changed.notify()

    def _taken(self) -> Instance | None:
        with self._changed:
            while not self._idle and len(self._all) + self._starting >= self.most:
                assert self._changed.wait(60), f"{self.name}: no instance is free"
            if self._idle:
                return self._idle.pop()
            self._starting += 1
            return None

    @property
    def instances(self) -> list[Instance]:
        """Those that were started."""
        return list(self._all)

    def stop(self) -> None:
        """End them all."""
        for instance in self._all:
            instance.stop()


def image_of(project: Path, dockerfile: Path, layer: Path, folder: Path) -> Image:
    """What a Dockerfile and the one of the target put into /app, and their variables."""
    lines = re.sub(r"\\\n", " ", dockerfile.read_text(encoding="utf-8")).splitlines()
    lines += layer.read_text(encoding="utf-8").splitlines()
    for line in lines:
        match line.split():
            case ["COPY", *sources, place] if place.startswith("/app") and "--from" not in line:
                for source in sources:
                    into = folder / place.removeprefix("/app").strip("/")
                    _copy(project / source, into)
    environment = dict(
        pair.split("=", 1)
        for line in lines
        if line.startswith("ENV ")
        for pair in line.removeprefix("ENV ").split()
    )
    environment["PATH"] = "/venv/bin:/usr/local/bin:/usr/bin:/bin"
    return Image(folder, project / ".venv", environment)


def _copy(source: Path, into: Path) -> None:
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, into, dirs_exist_ok=True, ignore=ignored)
    else:
        into.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, into)
