"""Run by a project's own Python, in its folder: its server, for as long as standard input is open.

Writes a line of JSON once it is ready. A line of standard input is a user's id and a role: answered
by an access token of such a user.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

sys.path.insert(0, ".")

from app import CONTEXTS  # type: ignore[import-not-found]
from dev.database import make  # type: ignore[import-not-found]
from dev.ports import free_port  # type: ignore[import-not-found]
from dev.postgres import EmbeddedPostgres  # type: ignore[import-not-found]
from identity.adapters.settings import IdentitySettings  # type: ignore[import-not-found]
from identity.adapters.tokens import SignedAccessTokens  # type: ignore[import-not-found]
from identity.wiring import keys  # type: ignore[import-not-found]
from kit.clock import new_id, utc_now  # type: ignore[import-not-found]
from kit.migrations import upgrade  # type: ignore[import-not-found]
from kit.settings import load, role_of  # type: ignore[import-not-found]

SECONDS = 60.0
LIFETIME_MINUTES = "60"


def wait_until_ready(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/readyz"):  # noqa: S310 - our own
            return
        time.sleep(0.05)
    sys.exit("the server is not ready")


def serve(url: str) -> None:
    settings = load(IdentitySettings)
    signing, _ = keys(settings)
    tokens = SignedAccessTokens(
        signing,
        issuer=settings.token_issuer,
        audience=settings.token_audience,
        lifetime=settings.access_token_lifetime,
        clock=utc_now,
        new_id=new_id,
    )
    sys.stdout.write(json.dumps({"url": url}) + "\n")
    sys.stdout.flush()
    for line in sys.stdin:
        user, role = line.split()
        issued = tokens.issue(UUID(user), SimpleNamespace(value=role), utc_now())
        sys.stdout.write(f"{issued.value}\n")
        sys.stdout.flush()


def main() -> None:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="described-")))
        postgres = stack.enter_context(EmbeddedPostgres(folder / "pg", durable=False)).url
        roles = make(postgres, "described", role="described")
        upgrade(roles.owner, CONTEXTS, rows=role_of(roles.rows))
        port = free_port()
        os.environ |= {
            "ACCESS_TOKEN_MINUTES": LIFETIME_MINUTES,
            "DATABASE_URL": roles.rows,
            "ENVIRONMENT": "test",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "MAILBOX_DIRECTORY": str(folder / "mailbox"),
            "SIGNING_KEYS_DIRECTORY": str(folder / "keys"),
        }
        log = stack.enter_context(Path("server.log").open("wb"))
        granian = ("-m", "granian", "--interface", "asgi", "--no-ws", "--port", str(port))
        server = subprocess.Popen(
            [sys.executable, *granian, "--factory", "app.server:create_app"], stdout=log, stderr=log
        )
        stack.callback(server.wait)
        stack.callback(server.terminate)
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, server)
        serve(url)


if __name__ == "__main__":
    main()
