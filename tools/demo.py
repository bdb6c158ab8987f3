"""`make demo`: a shop, from nothing to a confirmed order, in a temporary folder.

Every step is what a user would type; the HTTP requests use the public API only.
"""

import json
import os
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCRIPTS = Path(sys.executable).parent
STARTED = time.monotonic()
READY_WITHIN_SECONDS = 600  # the first start installs the project's packages
SETTLED_WITHIN_SECONDS = 20


def say(text: str) -> None:
    """Print one line, with the seconds since the start."""
    print(f"{time.monotonic() - STARTED:6.1f} s  {text}", flush=True)


def run(*command: str, cwd: Path, env: dict[str, str]) -> None:
    """Run what a user would type; its output is shown only where it fails."""
    say(f"$ {shlex.join(command)}")
    result = subprocess.run(
        command, cwd=cwd, env=env, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if result.returncode:
        sys.stdout.buffer.write(result.stdout)
        sys.exit(f"{command[0]} failed with exit code {result.returncode}")


def call(
    url: str, method: str = "GET", *, body: object = None, token: str = "", key: str = ""
) -> Any:  # noqa: ANN401 - JSON of any shape
    """One JSON request; an HTTP error ends the demo with what the server said."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if key:
        headers["Idempotency-Key"] = key
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310 - http on loopback
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - the same
            return json.load(response)
    except urllib.error.HTTPError as error:
        sys.exit(f"{method} {url} answered {error.code}: {error.read().decode()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_ready(base: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            sys.exit(f"make dev ended with {server.returncode}:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(f"{base}/readyz", timeout=2):  # noqa: S310 - http on loopback
                return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"not ready after {READY_WITHIN_SECONDS} s:\n{log.read_text()}")


@contextmanager
def running(project: Path, env: dict[str, str], log: Path) -> Iterator[str]:
    """`make dev` on a free port until the block is left; then SIGINT, as Ctrl-C would."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    say(f"$ make dev PORT={port}")
    with log.open("wb") as output:
        server = subprocess.Popen(
            ["make", "dev", f"PORT={port}"],  # noqa: S607 - make from PATH, as a user would
            cwd=project,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            wait_until_ready(base, server, log)
            say(f"ready at {base}")
            yield base
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGINT)
            server.wait(timeout=30)
            say("stopped")


def place_an_order(base: str, email: str, password: str) -> None:
    login = {"email": email, "password": password}
    admin = call(f"{base}/v1/auth/login", "POST", body=login)["access_token"]
    product = call(
        f"{base}/v1/products",
        "POST",
        token=admin,
        body={
            "sku": "TEA-1",
            "name": "Green tea",
            "price_cents": 450,
            "currency": "EUR",
            "stock": 10,
        },
    )
    say(f"product  {product['name']}, {product['stock']} in stock")

    customer = {"email": "ada@example.com", "password": secrets.token_urlsafe(24)}
    call(f"{base}/v1/auth/register", "POST", body={**customer, "name": "Ada"})
    token = call(f"{base}/v1/auth/login", "POST", body=customer)["access_token"]
    order = call(
        f"{base}/v1/orders",
        "POST",
        token=token,
        key=str(uuid.uuid4()),
        body={"lines": [{"product_id": product["id"], "quantity": 2}]},
    )
    say(f"order    {order['status']}")

    placed = time.monotonic()
    while order["status"] == "pending":
        if time.monotonic() - placed > SETTLED_WITHIN_SECONDS:
            sys.exit("the order is still pending")
        time.sleep(0.02)
        order = call(f"{base}/v1/orders/{order['id']}", token=token)
    settled = (time.monotonic() - placed) * 1000
    say(f"order    {order['status']} after {settled:.0f} ms, {order['total_cents']} cents")
    left = call(f"{base}/v1/products/{product['id']}")["stock"]
    say(f"product  {left} in stock")
    if (order["status"], order["total_cents"], left) != ("confirmed", 900, 8):
        sys.exit("the order did not settle as it should")


def main() -> None:
    """Generate, start, drive, stop."""
    with tempfile.TemporaryDirectory(prefix="blueprint-demo-") as folder:
        project = Path(folder) / "shop"
        env = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
        env.pop("MAKELEVEL", None)
        run(
            str(SCRIPTS / "blueprint"),
            "new",
            "shop",
            "--example",
            "shop",
            cwd=Path(folder),
            env=env,
        )
        with running(project, env, Path(folder) / "dev.log") as base:
            # Written for this run only and gone with its folder.
            email, password = "admin@example.com", secrets.token_urlsafe(24)
            run("make", "admin", f"EMAIL={email}", cwd=project, env={**env, "PASSWORD": password})
            place_an_order(base, email, password)


if __name__ == "__main__":
    main()
