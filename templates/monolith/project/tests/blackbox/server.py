"""Starts the real server for the black-box suite: its own database, migrations, granian."""

import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app import CONTEXTS
from dev.database import make
from dev.exclusive import free_port
from dev.postgres import EmbeddedPostgres
from dev.processes import kept
from identity.domain.user import Role
from kit.migrations import upgrade
from kit.settings import role_of
from tests.blackbox.client import ORIGIN

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 60.0
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


@contextlib.contextmanager
def running_server(folder: Path) -> Iterator[Server]:
    """`folder` takes the server's data and its log."""
    port = free_port()
    server = Server(f"http://127.0.0.1:{port}", "admin@example.com", secrets.token_urlsafe(16))
    with contextlib.ExitStack() as stack:
        postgres = os.environ.get("TEST_DATABASE_URL")
        if not postgres:
            postgres = stack.enter_context(EmbeddedPostgres(folder / "pg", durable=False)).url
        roles = make(postgres, f"blackbox_{secrets.token_hex(4)}", role="blackbox")
        upgrade(roles.owner, CONTEXTS, rows=role_of(roles.rows))
        environment = os.environ | {
            "CORS_ORIGINS": ORIGIN,
            "DATABASE_URL": roles.rows,
            "ENVIRONMENT": "test",
            "HOST": "127.0.0.1",
            "MAILBOX_DIRECTORY": str(folder / "mailbox"),
            "PORT": str(port),
            "SIGNING_KEYS_DIRECTORY": str(folder / "keys"),
            "PASSWORD": server.admin_password,
        }
        log = stack.enter_context((folder / "log").open("wb"))
        granian = ("-m", "granian", "--interface", "asgi", "--no-ws", "--port", str(port))
        process = subprocess.Popen(
            kept([sys.executable, *granian, "--factory", "app.server:create_app"]),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        stack.enter_context(process)  # closes its input, and so ends it, and waits
        given = [sys.executable, "-c", GIVE_ROLES, *({*Role} - {Role.USER})]
        subprocess.run(given, cwd=ROOT, env=environment, check=True)
        wait_until_ready(server.base_url, process, folder / "log")
        yield server
        written = (folder / "log").read_text(encoding="utf-8", errors="replace")
        for never in ("Traceback", "@example.com", server.admin_password, TOKEN_BEGINS):
            if never in written:
                pytest.fail(f"the server wrote {never!r}: see {folder / 'log'}")


def wait_until_ready(base_url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    with httpx.Client(timeout=2, trust_env=False) as client:
        while process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                if client.get(f"{base_url}/readyz").status_code == 200:
                    return
            time.sleep(0.05)
    pytest.fail(f"the server is not ready:\n{log.read_text(encoding='utf-8')[-3000:]}")
