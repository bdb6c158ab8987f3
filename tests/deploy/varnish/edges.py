"""The rendered edge, run by the real Varnish on this machine, and what a client sees of it."""

import http.client
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from blueprint_cli.ports import free_port

TOKEN = "only-for-tests"  # noqa: S105 - nobody else's
ORIGIN = "https://shop.example"
SECONDS = 20.0


@dataclass(frozen=True)
class Seen:
    """An answer, and after how many seconds its first byte came."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    seconds: float

    @property
    def kept(self) -> bool:
        """Whether it came out of the edge's memory."""
        return "hit" in self.headers.get("cache-status", "")


def ask(url: str, path: str, method: str = "GET", sent_body: str = "", /, **headers: str) -> Seen:
    """One request on a connection of its own; `_` in the names of headers stands for `-`."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    began = time.perf_counter()
    connection.request(method, path, sent_body.encode() or None, sent)
    answer = connection.getresponse()
    seconds = time.perf_counter() - began
    content = answer.read()
    connection.close()
    found = {name.lower(): value for name, value in answer.getheaders()}
    return Seen(answer.status, found, content, seconds)


def show(text: str) -> None:
    """A figure for who reads the tests' output: none of them is asserted."""
    sys.stdout.write(f"{text}\n")


def wait_until(condition: Callable[[], bool], what: str, seconds: float = SECONDS) -> float:
    """How long it took until the condition held."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - began


@dataclass
class Edge:
    """One Varnish with a project's configuration, as if in a region of its own."""

    folder: Path
    port: int = field(default_factory=free_port)
    operators: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def purges(self) -> str:
        """Where it takes PURGE."""
        return f"http://127.0.0.1:{self.operators}"

    def start(self, configuration: Path, origin: str) -> None:
        """As the rendered image starts it, but for addresses and sizes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(configuration / "edge.vcl", self.folder / "edge.vcl")
        parts = urlsplit(origin)
        site = (configuration / "origin.vcl").read_text()
        site = site.replace('"gateway"', f'"{parts.hostname}"').replace('"8080"', f'"{parts.port}"')
        (self.folder / "origin.vcl").write_text(site)
        command = [*self._command(configuration), "-n", str(self.folder / "varnish")]
        with (self.folder / "varnishd.log").open("wb") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                env=os.environ | {"EDGE_PURGE_TOKEN": TOKEN, "CORS_ORIGINS": ORIGIN},
            )
        wait_until(self._answers, f"{self.folder / 'varnishd.log'}: it is up")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)

    def ask(self, path: str, method: str = "GET", **headers: str) -> Seen:
        return ask(self.url, path, method, "", **headers)

    def purge(self, *keys: str, token: str = TOKEN) -> Seen:
        told = {"surrogate_key": " ".join(keys)} if keys else {}
        return ask(self.purges, "/", "PURGE", "", authorization=f"Bearer {token}", **told)

    def _command(self, configuration: Path) -> list[str]:
        """The image's, out of its Dockerfile."""
        text = (configuration / "Dockerfile").read_text().replace("\\\n", "")
        command = re.findall(r'"([^"]*)"', re.findall(r"^CMD \[(.*)\]$", text, re.MULTILINE)[0])
        here = {
            "public=:8080": f"public=127.0.0.1:{self.port}",
            "operators=:8081": f"operators=127.0.0.1:{self.operators}",
            "/etc/varnish/edge.vcl": str(self.folder / "edge.vcl"),
            "malloc,256m": "malloc,32m",
            "malloc,64m": "malloc,16m",
        }
        place = command.index("-n")
        return [here.get(one, one) for one in [*command[:place], *command[place + 2 :]]]

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "varnishd.log").read_text()[-3000:]
        try:
            return ask(self.purges, "/livez").status == 204
        except OSError:
            return False
