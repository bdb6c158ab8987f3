"""A catalog that sleeps five seconds slows nothing that does not need it."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from kit.clock import new_id
from tests.blackbox.client import Client
from tests.blackbox.placing import place
from tests.blackbox.server import running_server

SLEEPS = 5.0
AT_MOST = 1.5
ROUNDS, AT_MOST_ROUNDS = 3, 12
REQUESTS = 60
PATHS = ("/v1/orders?limit=5", "/v1/notifications?limit=5", "/v1/auth/me")


class Catalog(BaseHTTPRequestHandler):
    """What orders calls instead of the catalog: it sells nothing, at once or late."""

    protocol_version = "HTTP/1.1"
    seconds = 0.0
    asked = 0

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        Catalog.asked += 1
        time.sleep(self.seconds)
        order_id = self.path.rpartition("/")[2]
        content = (
            b'{"type": "catalog.stock-rejected.v1",'
            b' "data": {"order_id": "%b", "reason": "out_of_stock"}}' % order_id.encode()
        )
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing."""


class Quiet(ThreadingHTTPServer):
    """Callers that give up are what this is about."""

    def handle_error(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def catalog_url() -> Iterator[str]:
    server = Quiet(("127.0.0.1", 0), Catalog)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_other_endpoints_are_as_fast_as_before(tmp_path: Path, catalog_url: str) -> None:
    quick: list[float] = []
    slow: list[float] = []
    with (
        running_server(tmp_path, CATALOG_URL=catalog_url) as server,
        httpx.Client(base_url=server.base_url, timeout=20, trust_env=False) as client,
    ):
        user = Client(client, set()).newcomer()
        _measure(user)  # warm
        while len(slow) < ROUNDS or (not _alike(quick, slow) and len(slow) < AT_MOST_ROUNDS):
            for seconds, measured in ((0.0, quick), (SLEEPS, slow)):
                Catalog.seconds = seconds
                _keep_asking(user)
                measured.append(_measure(user))
    print(f"p99 {min(quick) * 1000:.0f} ms, {min(slow) * 1000:.0f} ms while catalog sleeps")
    assert _alike(quick, slow), (quick, slow)


def _alike(quick: list[float], slow: list[float]) -> bool:
    """By the best of the rounds: what else the machine does is in the others. An endpoint that
    waits for the catalog is slow in every round, so more of them do not hide it."""
    return min(slow) <= AT_MOST * min(quick)


def _keep_asking(user: Client) -> None:
    """Place orders until the catalog was asked for one, and some more for it to be busy with.

    It is not asked for a while after it has slept too often.
    """
    asked = Catalog.asked
    give_up = time.monotonic() + 30
    while Catalog.asked == asked:
        assert time.monotonic() < give_up, "catalog is not asked"
        place(user, (str(new_id()), 1))
        time.sleep(0.1)
    for _ in range(10):
        place(user, (str(new_id()), 1))


def _measure(user: Client) -> float:
    """The 99th percentile of the answers' seconds."""
    took = []
    for _ in range(REQUESTS):
        for path in PATHS:
            began = time.perf_counter()
            answer = user.client.get(path, headers=user.headers)
            took.append(time.perf_counter() - began)
            assert answer.status_code == 200, answer.text
    return sorted(took)[int(len(took) * 0.99)]
