"""The real server in its own process: it exports traces, and ends when it has answered."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

import httpx
import psycopg
import pytest

from dev.exclusive import free_port

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
TRACE = "0af7651916cd43dd8448eb211c80319c"


class Collector:
    """Takes spans over OTLP."""

    def __init__(self) -> None:
        collected: list[tuple[str, bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collected.append((self.path, body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
                del format, args

        self.collected = collected
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def started(folder: Path, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A ready server and its URL; it is killed if it is still there."""
    port = str(free_port())
    command = ("-m", "granian", "--interface", "asgi", "--no-ws", "--port", port)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, *command, "--factory", "app.server:create_app"],
            cwd=folder,
            # The collector of this test is not behind the developer's proxy.
            env=os.environ
            | {"PYTHONPATH": str(ROOT / "src"), "ENVIRONMENT": "test", "NO_PROXY": "127.0.0.1"}
            | variables,
            stdout=log,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(trust_env=False) as client:
            for _ in range(2400):
                with contextlib.suppress(httpx.HTTPError):
                    if client.get(f"{url}/readyz").status_code == 200:
                        break
                time.sleep(0.05)
        yield process, url
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its workers, too
        process.wait()


def wait_for(holds: Callable[[], bool]) -> None:
    """Until it holds."""
    for _ in range(300):
        if holds():
            return
        time.sleep(0.05)
    pytest.fail("it never holds")


def wait_for_a_lock(database_url: str) -> None:
    """Until somebody waits for one."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        for _ in range(300):
            waiting = connection.execute(
                "SELECT FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if waiting.fetchone() is not None:
                return
            time.sleep(0.05)
    pytest.fail("nobody waits for a lock")


def is_healthy(url: str) -> bool:
    """What the image's health check finds, where there is a proxy that cannot be reached."""
    line = (ROOT / "Dockerfile").read_text("utf-8").partition("    CMD [")[2].partition("\n")[0]
    _, option, code = json.loads(f"[{line}")
    checked = subprocess.run(
        [sys.executable, option, code.replace("8000", url.rpartition(":")[2])],
        env=dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY"), "http://127.0.0.1:9"),
        check=False,
    )
    return checked.returncode == 0


def is_draining(url: str) -> bool:
    """Whether the worker that takes the connection says that it is not ready, and why."""
    answer = httpx.get(f"{url}/readyz", trust_env=False)
    return answer.status_code == 503 and answer.json() == {"status": "draining"}


def wait_until_refused(url: str) -> None:
    """Until the server takes no new request."""
    each_its_own_connection = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(trust_env=False, timeout=1, limits=each_its_own_connection) as client:
        for _ in range(300):
            try:
                client.get(f"{url}/livez")
            except httpx.HTTPError:
                return
            time.sleep(0.05)
    pytest.fail("it still takes requests")


def count_together(url: str, shared: Path) -> None:
    """Both workers answer, and either tells what both have counted."""
    wait_for(lambda: len(list(shared.glob("gauge_livesum_*.db"))) == 2)
    for _ in range(30):  # each on a connection of its own
        assert httpx.get(f"{url}/v1/products", trust_env=False).status_code == 200
    counted = 'http_requests_total{method="GET",route="/v1/products",status="200"} 30.0\n'
    # A request is counted after its answer was sent.
    wait_for(lambda: counted in httpx.get(f"{url}/metrics", trust_env=False).text)
    text = httpx.get(f"{url}/metrics", trust_env=False).text
    assert 'database_connections_in_use{pool="transactions"} ' in text
    # Of both workers together.
    assert 'database_connections_limit{pool="transactions"} 8.0\n' in text


def test_two_workers_count_together_answer_what_they_began_and_send_their_spans(
    clean_database: str, tmp_path: Path
) -> None:
    with (
        Collector() as collector,
        started(
            tmp_path,
            DATABASE_URL=clean_database,
            GRANIAN_WORKERS="2",
            PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "metrics"),
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
            DRAIN_SECONDS="4",
        ) as (process, url),
        psycopg.connect(clean_database) as blocker,
        ThreadPoolExecutor() as threads,
    ):
        count_together(url, tmp_path / "metrics")
        assert is_healthy(url)
        blocker.execute("LOCK TABLE catalog.products IN ACCESS EXCLUSIVE MODE")
        headers = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
        waiting = threads.submit(
            httpx.get, f"{url}/v1/products", headers=headers, trust_env=False, timeout=10
        )
        wait_for_a_lock(clean_database)
        process.send_signal(signal.SIGTERM)
        # Both workers are taken out, and serve whoever does not know it yet.
        wait_for(lambda: all(is_draining(url) for _ in range(6)))
        assert httpx.get(f"{url}/v1/auth/me", trust_env=False).status_code == 401
        wait_until_refused(url)
        assert process.poll() is None
        blocker.rollback()
        assert waiting.result().status_code == 200
        assert process.wait(timeout=15) == 0
    spans = b"".join(body for path, body in collector.collected if path == "/v1/traces")
    assert b"GET /v1/products" in spans
    assert bytes.fromhex(TRACE) in spans
    log = (tmp_path / "log").read_text()
    assert "Traceback" not in log
    lines = [json.loads(each) for each in log.splitlines() if '"/v1/products"' in each]
    [line] = [each for each in lines if each["trace_id"] == TRACE]
    assert line["status"] == 200


def test_a_bad_environment_is_named_and_nothing_starts(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kit.migrate", "app:CONTEXTS"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), "ENVIRONMENT": "moon"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "DATABASE_URL: is not set" in done.stderr
    assert "ENVIRONMENT: " in done.stderr
    assert "Traceback" not in done.stderr
