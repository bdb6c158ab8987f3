"""A generated shop on somebody's PostgreSQL: migrated, served as in production, asked over HTTP."""

import contextlib
import json
import secrets
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPResponse
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

from blueprint_cli.ports import free_port
from tests.newcomer import environment, set_up
from tests.rendered import BLUEPRINT

PASSWORD = "own-words-of-somebody-41"  # noqa: S105 - of users that the tests make
CONCURRENTLY = 4


def generate(folder: Path, *keys: str) -> Path:
    """The shop as a monolith with these keys of its `blueprint.yaml`, and its environment."""
    settings = [part for key in keys for part in ("--set", key)]
    subprocess.run(
        [BLUEPRINT, "new", "shop", "--example", "shop", "--pattern", "monolith", *settings],
        cwd=folder,
        env=environment(),
        check=True,
        capture_output=True,
    )
    set_up(folder / "shop")
    return folder / "shop"


@dataclass(frozen=True)
class Answer:
    """An answer: its status, its headers by their names in small letters, its JSON."""

    status: int
    headers: Mapping[str, str]
    json: Any


def _answer(found: HTTPResponse | urllib.error.HTTPError) -> Answer:
    headers = {name.lower(): value for name, value in found.headers.items()}
    return Answer(found.status or 0, headers, json.load(found))


@dataclass
class Client:
    """Somebody who asks, after `login` as a user."""

    base_url: str
    token: str = ""

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Raises OSError where nobody answers."""
        given = {"Content-Type": "application/json", **headers}
        if self.token:
            given["Authorization"] = f"Bearer {self.token}"
        content = None if body is None else json.dumps(body).encode()
        url = self.base_url + path
        request = urllib.request.Request(url, content, given, method=method)  # noqa: S310 - http
        try:
            with urllib.request.urlopen(request, timeout=12) as answer:  # noqa: S310 - http
                return _answer(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                return _answer(refused)

    def newcomer(self) -> "Client":
        """A new user, logged in."""
        account = {"email": f"{secrets.token_hex(6)}@example.com", "password": PASSWORD}
        self.ask("POST", "/v1/auth/register", {**account, "name": "Ada"})
        tokens = self.ask("POST", "/v1/auth/login", account)
        return Client(self.base_url, tokens.json["access_token"])

    def place(self) -> Answer:
        """Place an order."""
        # Of what there is not it is placed as well, and rejected later.
        lines = [{"product_id": str(uuid4()), "quantity": 1}]
        return self.ask("POST", "/v1/orders", {"lines": lines}, **{"Idempotency-Key": str(uuid4())})


@dataclass
class Orders:
    """Places orders, several at once, until it is stopped; what was acknowledged, and when."""

    client: Client
    acknowledged: dict[str, float] = field(default_factory=dict)
    refused: list[int] = field(default_factory=list)
    listed: list[float] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def placed(self) -> Iterator["Orders"]:
        """They are placed until the block is left."""
        threads = [threading.Thread(target=self._place) for _ in range(CONCURRENTLY)]
        threads.append(threading.Thread(target=self._list))
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._stopped.set()
            for thread in threads:
                thread.join()

    def _place(self) -> None:
        while not self._stopped.is_set():
            with contextlib.suppress(OSError):
                answer = self.client.place()
                if answer.status == 201:
                    self.acknowledged[answer.json["id"]] = time.monotonic()
                else:
                    self.refused.append(answer.status)
            time.sleep(0.02)

    def _list(self) -> None:
        while not self._stopped.is_set():
            with contextlib.suppress(OSError):
                if self.client.ask("GET", "/v1/orders").status == 200:
                    self.listed.append(time.monotonic())
            time.sleep(0.1)


def longest_gap(moments: Iterable[float]) -> float:
    """The longest time between two moments that follow each other, in seconds."""
    inorder = sorted(moments)
    return max(after - before for before, after in pairwise(inorder))


@dataclass(frozen=True)
class Shop:
    """A project, and where its processes keep what they write."""

    project: Path
    state: Path

    def run(self, *command: str, **variables: str) -> str:
        """What a command of the project says, by its own Python."""
        done = subprocess.run(
            [".venv/bin/python", *command],
            cwd=self.project,
            env=self._environment(variables),
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def migrate(self, admin_url: str, owner_url: str, rows_url: str) -> str:
        """Make the roles and the database, and bring it to the newest schema."""
        urls = {
            "ADMIN_DATABASE_URL": admin_url,
            "MIGRATION_DATABASE_URL": owner_url,
            "DATABASE_URL": rows_url,
        }
        return self.run("-m", "kit.migrate", "app:CONTEXTS", **urls)

    @contextlib.contextmanager
    def serving(self, **variables: str) -> Iterator[Client]:
        """The server with these settings, until the block is left; somebody who asks it."""
        port = free_port()
        granian = ("-m", "granian", "--interface", "asgi", "--no-ws", "--port", str(port))
        with (self.state / "log").open("ab") as log:
            process = subprocess.Popen(
                [".venv/bin/python", *granian, "--factory", "app.server:create_app"],
                cwd=self.project,
                env=self._environment({"PORT": str(port), "DRAIN_SECONDS": "0", **variables}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            try:
                client = Client(f"http://127.0.0.1:{port}")
                self._wait(client, process)
                yield client
            finally:
                process.terminate()
                process.wait(40)

    def _wait(self, client: Client, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < end:
            with contextlib.suppress(OSError):
                if client.ask("GET", "/readyz").status == 200:
                    return
            time.sleep(0.1)
        raise AssertionError((self.state / "log").read_text()[-3000:])

    def _environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        return {
            **environment(),
            "ENVIRONMENT": "production",
            "PLAINTEXT_ALLOWED": "postgres",
            "SIGNING_KEYS_DIRECTORY": str(self.state / "keys"),
            "MAILBOX_DIRECTORY": str(self.state / "mailbox"),
            "TRUSTED_PROXIES": "127.0.0.0/8",
            **variables,
        }
