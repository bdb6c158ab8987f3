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

from dev.database import make  # type: ignore[import-not-found]
from dev.exclusive import free_port  # type: ignore[import-not-found]
from dev.postgres import EmbeddedPostgres  # type: ignore[import-not-found]
from identity.adapters.settings import IdentitySettings  # type: ignore[import-not-found]
from identity.adapters.tokens import SignedAccessTokens  # type: ignore[import-not-found]
from identity.wiring import keys  # type: ignore[import-not-found]
from kit.clock import new_id, utc_now  # type: ignore[import-not-found]
from kit.migrations import upgrade  # type: ignore[import-not-found]
from kit.settings import load, role_of  # type: ignore[import-not-found]

IN_SERVICES = Path("services").is_dir()
SECONDS = 90.0
LIFETIME_MINUTES = "60"


def wait_until_ready(server: subprocess.Popen[bytes]) -> None:
    url = f"http://127.0.0.1:{os.environ['PORT']}"
    deadline = time.monotonic() + SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        said = Path("server.log").read_text(encoding="utf-8", errors="replace")
        if IN_SERVICES and "Ready in" in said:
            return
        if not IN_SERVICES:
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


def start_monolith(stack: contextlib.ExitStack, folder: Path, port: int) -> None:
    """The one process on a database that is thrown away."""
    from app import CONTEXTS  # type: ignore[import-not-found]  # noqa: PLC0415 - services have none

    postgres = stack.enter_context(EmbeddedPostgres(folder / "pg", durable=False)).url
    roles = make(postgres, "described", role="described")
    upgrade(roles.owner, CONTEXTS, rows=role_of(roles.rows))
    os.environ["DATABASE_URL"] = roles.rows
    granian = ("-m", "granian", "--interface", "asgi", "--no-ws", "--port", str(port))
    run(stack, *granian, "--factory", "app.server:create_app")


def start_services(stack: contextlib.ExitStack, folder: Path) -> None:
    """All that `make dev` starts."""
    os.environ |= {"DEV_STATE": str(folder / "state"), "RELOAD": "0"}
    run(stack, "-m", "dev")
    # Nobody connects to it here: tokens are signed with the keys of the folder.
    os.environ["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"


def run(stack: contextlib.ExitStack, *command: str) -> None:
    with Path("server.log").open("wb") as log:
        server = subprocess.Popen([sys.executable, *command], stdout=log, stderr=log)
    stack.callback(server.wait)
    stack.callback(server.terminate)
    wait_until_ready(server)


def main() -> None:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="described-")))
        port = free_port()
        os.environ |= {
            "ACCESS_TOKEN_MINUTES": LIFETIME_MINUTES,
            "ENVIRONMENT": "test",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "MAILBOX_DIRECTORY": str(folder / "mailbox"),
            "SIGNING_KEYS_DIRECTORY": str(folder / "keys"),
        }
        if IN_SERVICES:
            start_services(stack, folder)
        else:
            start_monolith(stack, folder, port)
        serve(f"http://127.0.0.1:{port}")


if __name__ == "__main__":
    main()
