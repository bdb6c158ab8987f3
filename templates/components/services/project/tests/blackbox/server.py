"""Runs the whole project as `make dev` does; the black-box suite talks to the gateway."""

import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dev.exclusive import free_port
from identity.domain.user import Role
from tests.blackbox.client import ORIGIN

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 90.0
TOKEN_BEGINS = "eyJ"  # {" in base64: every signed token
# What `make admin` does, in one process for all roles.
GIVE_ROLES = """
import sys
from identity.commands import main
sys.exit(any(main(["admin", f"{role}@example.com", "--role", role]) for role in sys.argv[1:]))
"""


@dataclass(frozen=True, slots=True)
class Server:
    base_url: str
    admin_email: str
    admin_password: str
    log: Path = Path(os.environ.get("SERVER_LOG", ""))  # at BASE_URL; lines are "process | JSON"
    process: int = 0


@contextlib.contextmanager
def running_server(folder: Path, **variables: str) -> Iterator[Server]:
    """`folder` takes the data and the log; `variables` are settings of the services."""
    port = free_port()
    password = secrets.token_urlsafe(16)
    environment = os.environ | {
        "CORS_ORIGINS": ORIGIN,
        "DEV_STATE": str(folder),
        "ENVIRONMENT": "test",
        "LOG_FORMAT": "json",
        "PASSWORD": password,
        "PORT": str(port),
        "RELOAD": "0",
        **variables,
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dev"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    server = Server(
        f"http://127.0.0.1:{port}", "admin@example.com", password, folder / "log", process.pid
    )
    try:
        wait_until_ready(process, folder / "log")
        given = (sys.executable, "-c", GIVE_ROLES, *({*Role} - {Role.USER}))
        subprocess.run(
            [sys.executable, "-m", "dev.database", "--database", "identity", *given],
            cwd=ROOT,
            env=environment,
            check=True,
        )
        yield server
    finally:
        process.terminate()
        process.wait()
    written = server.log.read_text(encoding="utf-8", errors="replace")
    for never in ("Traceback", "@example.com", password, TOKEN_BEGINS):
        if never in written:
            pytest.fail(f"a service wrote {never!r}: see {server.log}")


def wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if "Ready in" in log.read_text(encoding="utf-8", errors="replace"):
            return
        time.sleep(0.05)
    pytest.fail(f"not ready:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")
