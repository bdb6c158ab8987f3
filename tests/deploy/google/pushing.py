"""Run by a project's own Python, in its folder: what Pub/Sub's pushes do, and whom they are of.

Starts the function of each kind on one database, and says what it saw in a line of JSON.
"""

import base64
import contextlib
import json
import os
import secrets
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

sys.path.insert(0, ".")

import httpx  # type: ignore[import-not-found]
from app import CONTEXTS  # type: ignore[import-not-found]
from dev.database import make  # type: ignore[import-not-found]
from dev.exclusive import free_port  # type: ignore[import-not-found]
from dev.postgres import EmbeddedPostgres  # type: ignore[import-not-found]
from joserfc import jwt  # type: ignore[import-not-found]
from joserfc.jwk import RSAKey  # type: ignore[import-not-found]
from kit.migrations import upgrade  # type: ignore[import-not-found]
from kit.settings import role_of  # type: ignore[import-not-found]

ACCOUNT = "work-push@project.iam.gserviceaccount.com"
AUDIENCE = "shop-server"
KEY, OTHER = RSAKey.generate_key(2048, auto_kid=True), RSAKey.generate_key(2048, auto_kid=True)
MESSAGE = {"message": {"data": base64.b64encode(b"work").decode(), "messageId": "1"}}
CLOUD_EVENT = {
    "ce-id": "1",
    "ce-source": "//pubsub.googleapis.com/projects/project/topics/shop-work",
    "ce-specversion": "1.0",
    "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
    "content-type": "application/json",
}


class Keys(BaseHTTPRequestHandler):
    """Google's page of keys."""

    def do_GET(self) -> None:
        content = json.dumps({"keys": [KEY.as_dict(private=False)]}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def token(key: RSAKey = KEY, **changed: object) -> dict[str, str]:
    claims = {
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "email": ACCOUNT,
        "email_verified": True,
        "exp": int(time.time()) + 600,
        **changed,
    }
    header = {"alg": "RS256", "kid": KEY.kid}
    encoded = jwt.encode(header, claims, key, algorithms=["RS256"])
    return {"authorization": f"Bearer {encoded}"}


@contextlib.contextmanager
def function(target: str, kind: str, environment: dict[str, str]) -> Iterator[str]:
    port = free_port()
    with Path(f"{target}.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "functions_framework", "--asgi", "--debug"),
                *("--source", "deploy/google-functions/main.py", "--target", target),
                *("--signature-type", kind, "--host", "127.0.0.1", "--port", str(port)),
            ],
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            deadline = time.monotonic() + 60
            while process.poll() is None and time.monotonic() < deadline:
                with contextlib.suppress(httpx.HTTPError):
                    httpx.get(f"http://127.0.0.1:{port}/livez", timeout=20, trust_env=False)
                    break
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def packed(folder: Path) -> str:
    """Keys of tokens as the secret holds them."""
    held = BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        archive.add(folder, ".")
    return base64.b64encode(held.getvalue()).decode()


def tries(url: str) -> dict[str, object]:
    seen: dict[str, object] = {}
    with httpx.Client(base_url=url, timeout=20, trust_env=False) as client:

        def register() -> None:
            body = {
                "email": f"{secrets.token_hex(6)}@example.com",
                "password": secrets.token_urlsafe(16),
                "name": "Someone",
            }
            client.post("/v1/auth/register", json=body).raise_for_status()

        def waiting() -> float:
            lines = client.get("/metrics").text.splitlines()
            counts = [one for one in lines if one.startswith("outbox_waiting_messages{")]
            return sum(float(one.rpartition(" ")[2]) for one in counts)

        def push(**headers: str) -> int:
            path = "/internal/google/push"
            return int(client.post(path, json=MESSAGE, headers=headers).status_code)

        register()
        seen["before"] = waiting()
        seen["refused"] = {
            "nobody": push(),
            "no token": push(authorization="Bearer x.y.z"),
            "another kind": push(authorization=token()["authorization"].replace("Bearer", "Basic")),
            "audience": push(**token(aud="shop-orders")),
            "account": push(**token(email="else@project.iam.gserviceaccount.com")),
            "issuer": push(**token(iss="https://example.com")),
            "unverified": push(**token(email_verified=False)),
            "expired": push(**token(exp=int(time.time()) - 600)),
            "signature": push(**token(OTHER)),
        }
        seen["still"] = waiting()
        seen["pushed"] = push(**token())
        seen["after"] = waiting()
        seen["method"] = client.get("/internal/google/push", headers=token()).status_code
        outside = {"x-forwarded-for": "192.0.2.1"}
        hidden = ("/livez", "/readyz", "/metrics")
        seen["outside"] = [client.get(path, headers=outside).status_code for path in hidden]
        seen["inside"] = client.get("/readyz").status_code
        seen["newline"] = client.get("/v1/products/%0A").headers["content-type"]
        seen["keys"] = [one["kid"] for one in client.get("/.well-known/jwks.json").json()["keys"]]
        register()
        seen["again"] = waiting()
    return seen


def main(folder: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with EmbeddedPostgres(folder / "pg", durable=False) as postgres:
        roles = make(postgres.url, "functions", role="functions")
        upgrade(roles.owner, CONTEXTS, rows=role_of(roles.rows))
        environment = os.environ | {
            "COMPOSITION": "app.composition",
            "DATABASE_URL": roles.rows,
            "ENVIRONMENT": "test",
            "GOOGLE_KEYS": f"http://127.0.0.1:{server.server_address[1]}",
            "MAILBOX_DIRECTORY": str(folder / "mailbox"),
            "PUSH_ACCOUNT": ACCOUNT,
            "PUSH_AUDIENCE": AUDIENCE,
            # Nothing is delivered before an answer, so that all of it waits.
            "SETTLE_SECONDS": "0.000001",
        }
        with function("http", "http", environment | keys_in(folder / "keys")) as url:
            seen = tries(url)
        given = {"SIGNING_KEYS": packed(folder / "keys")} | keys_in(folder / "others")
        with function("event", "cloudevent", environment | given) as url:
            options = {"headers": CLOUD_EVENT, "timeout": 20.0, "trust_env": False}
            seen["event"] = httpx.post(url, json=MESSAGE, **options).status_code
        with function("http", "http", environment | given) as url:
            found = httpx.get(f"{url}/.well-known/jwks.json", timeout=20, trust_env=False).json()
            seen["unpacked"] = [one["kid"] for one in found["keys"]]
            lines = httpx.get(f"{url}/metrics", trust_env=False).text.splitlines()
            counts = [one for one in lines if one.startswith("outbox_waiting_messages{")]
            seen["worked"] = sum(float(one.rpartition(" ")[2]) for one in counts)
    sys.stdout.write(json.dumps(seen) + "\n")


def keys_in(folder: Path) -> dict[str, str]:
    return {"SIGNING_KEYS_DIRECTORY": str(folder)}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        main(Path(scratch))
