"""A service in a process of its own, as its image runs it: not ready first, then gone.

All services are served by the same code; this is the smallest of them.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from dev.contexts import SERVICES
from dev.exclusive import free_port
from identity_service.composition import SCHEMAS
from kit.migrations import upgrade
from kit.settings import role_of

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
ADA = {"email": "ada@example.org", "password": "seven lamps over the harbour", "name": "Ada"}

NOBODY = "127.0.0.1:9"
# An API needs none of them to be ready.
ELSEWHERE = {
    **{f"{service.upper()}_URL": f"http://{NOBODY}" for service in SERVICES},
    "KAFKA_BOOTSTRAP_SERVERS": NOBODY,
    "ROLES": "api",
}


@contextmanager
def identity(folder: Path, **settings: str) -> Iterator[tuple[int, httpx.Client]]:
    """The process of a server that is ready, and a client of it."""
    port = str(free_port())
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--interface", "asgi", "--no-ws"),
                *("--port", port, "--factory", "identity_service.server:create_app"),
            ],
            cwd=folder,
            env={**os.environ, "ENVIRONMENT": "test", **settings},
            stdout=log,
            stderr=log,
        )
    limits = httpx.Limits(max_keepalive_connections=0)  # as balancers ask: anew
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, limits=limits
        ) as client:
            until(lambda: server.poll() is not None or status(client) == "ok")
            assert server.poll() is None, (folder / "log").read_text(encoding="utf-8")
            yield server.pid, client
        assert server.wait(timeout=20) == 0
    finally:
        server.kill()
        server.wait()


def until(holds: Callable[[], bool]) -> None:
    """Return once it holds."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def status(client: httpx.Client) -> str:
    """What `/readyz` says; empty while nobody answers."""
    try:
        return str(client.get("/readyz").json()["status"])
    except httpx.HTTPError:
        return ""


def worker_of(server: int) -> int:
    """The process that answers, below the one that supervises it."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,args="],  # noqa: S607 - a POSIX command
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    (worker,) = [
        int(pid) for pid, parent, args in rows if int(parent) == server and "tracker" not in args
    ]
    return worker


def someone_waits_for_a_lock(connection: psycopg.Connection) -> bool:
    found = connection.execute(
        "SELECT FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return found.fetchone() is not None


def test_a_service_says_that_it_ends_and_answers_what_it_began(
    clean_database: str, owner_url: str, tmp_path: Path
) -> None:
    upgrade(owner_url, SCHEMAS, rows=role_of(clean_database))
    with (
        identity(
            tmp_path,
            DATABASE_URL=clean_database,
            SIGNING_KEYS_DIRECTORY=str(tmp_path / "keys"),
            DRAIN_SECONDS="300",
            **ELSEWHERE,
        ) as (server, client),
        psycopg.connect(clean_database) as blocker,
        psycopg.connect(clean_database, autocommit=True) as watcher,
        ThreadPoolExecutor() as threads,
    ):
        blocker.execute("LOCK TABLE identity.users IN ACCESS EXCLUSIVE MODE")
        registered = threads.submit(client.post, "/v1/auth/register", json=ADA, timeout=60)
        until(lambda: someone_waits_for_a_lock(watcher))
        os.kill(server, signal.SIGTERM)
        until(lambda: status(client) == "draining")
        assert client.get("/.well-known/jwks.json").status_code == 200
        # What DRAIN_SECONDS would do at their end: a second one shortens them.
        os.kill(worker_of(server), signal.SIGTERM)
        blocker.rollback()
        assert registered.result().status_code == 201
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert '"event":"draining"' in log
    assert "Traceback" not in log
