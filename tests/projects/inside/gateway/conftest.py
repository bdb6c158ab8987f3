"""The real gateway with production's configuration, before replicas that only the tests know.

Host names are looked up in a name server of the tests', as containers look them up in Docker's.
"""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from dnslib import QTYPE, RR, A, DNSRecord  # type: ignore[import-untyped]
from dnslib.server import (  # type: ignore[import-untyped]
    BaseResolver,
    DNSLogger,
    DNSServer,
)

from dev import gateway
from dev.contexts import CONTEXTS
from dev.exclusive import free_port
from dev.processes import kept

UPSTREAM = Path(__file__).with_name("upstream.py")
SECONDS = 30.0


class Names(BaseResolver):  # type: ignore[misc]
    """Every service's name stands for the same addresses."""

    def __init__(self) -> None:
        self.addresses: list[str] = []

    def resolve(self, request: DNSRecord, handler: object) -> DNSRecord:
        """The name server's answer."""
        del handler
        reply = request.reply()
        if request.q.qtype == QTYPE.A:
            for address in self.addresses:
                reply.add_answer(RR(request.q.qname, QTYPE.A, rdata=A(address), ttl=1))
        return reply


class Setup:
    """A gateway and its replicas, which all listen on one port of different addresses."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{free_port()}"
        self._replicas: dict[str, subprocess.Popen[bytes]] = {}
        self._names = Names()
        self._name_server = DNSServer(
            self._names, address="127.0.0.1", port=0, logger=DNSLogger(logf=lambda _: None)
        )
        self._name_server.start_thread()
        _, number = self._name_server.server.server_address
        command = gateway.command(
            folder,
            "127.0.0.1",
            int(self.base_url.rpartition(":")[2]),
            {context: f"{context}:{self.port}" for context in CONTEXTS},
            resolver=f"127.0.0.1:{number}",
            **options,
        )
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self._gateway = subprocess.Popen(
                kept(command), stdin=subprocess.PIPE, stdout=log, stderr=log
            )
        self.client = httpx.Client(base_url=self.base_url, timeout=20, trust_env=False)

    def start(self, address: str) -> None:
        """One more replica of every service; returns when it has answered through the gateway."""
        self._replicas[address] = subprocess.Popen(
            [sys.executable, str(UPSTREAM), address, str(self.port)], stderr=subprocess.DEVNULL
        )
        self._names.addresses = [*self._replicas]
        self.until(lambda: self.ask("/v1/orders").json()["by"] == address)

    def kill(self, address: str) -> None:
        """As `kill -9` does; its name stays for a while, as it does in production."""
        replica = self._replicas.pop(address)
        replica.kill()
        replica.wait()

    def ask(self, path: str, method: str = "GET", **options: Any) -> httpx.Response:
        """An answer of the gateway."""
        return self.client.request(method, path, **options)

    def until(self, holds: Any) -> None:
        """Wait until it holds."""
        deadline = time.monotonic() + SECONDS
        while True:
            with contextlib.suppress(httpx.HTTPError, KeyError, ValueError):
                if holds():
                    return
            assert time.monotonic() < deadline, self.log.read_text(encoding="utf-8")[-2000:]
            time.sleep(0.05)

    def close(self) -> None:
        """Stop everything."""
        self.client.close()
        if self._gateway.stdin is not None:
            self._gateway.stdin.close()
        self._gateway.wait()
        for address in list(self._replicas):
            self.kill(address)
        self._name_server.stop()
        self._name_server.server.server_close()


@contextlib.contextmanager
def running(folder: Path, *addresses: str, **options: Any) -> Iterator[Setup]:
    """A gateway with a replica of every service at each address; the options are the command's."""
    setup = Setup(folder, **{"rate": 100_000, **options})
    try:
        for address in addresses:
            setup.start(address)
        yield setup
    finally:
        setup.close()


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setup]:
    """Two replicas of every service."""
    with running(tmp_path_factory.mktemp("gateway"), "127.0.0.2", "127.0.0.3") as made:
        yield made
