"""Spans go through a real Collector, with a project's configuration, to where Jaeger would be."""

import contextlib
import json
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from blueprint_cli.ports import free_port
from tests.deploy.observability import programs
from tests.deploy.observability.conftest import Project

SECONDS = 30.0
TRACE = "5b8efff798038103d269b633813fc60c"
SPAN = {"traceId": TRACE, "spanId": "eee19b7ec3c1b174", "name": "POST /v1/orders", "kind": 2}
RESOURCE = {"attributes": [{"key": "service.name", "value": {"stringValue": "orders"}}]}
SENT = {"resourceSpans": [{"resource": RESOURCE, "scopeSpans": [{"spans": [SPAN]}]}]}
_ask = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


@contextlib.contextmanager
def running(configuration: str, folder: Path, name: str) -> Iterator[Path]:
    """A Collector; yields what it says."""
    file, log = folder / f"{name}.yaml", folder / f"{name}.log"
    file.write_text(configuration)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [programs.collector(), "--config", file], stdout=output, stderr=output
        )
    try:
        until(lambda: "Everything is ready" in log.read_text(), log)
        yield log
    finally:
        process.terminate()
        process.wait(SECONDS)


def until(so: Callable[[], bool], log: Path) -> None:
    """Wait for it."""
    deadline = time.monotonic() + SECONDS
    while not so():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def test_a_span_goes_through_it(project: Project, tmp_path: Path) -> None:
    taken, jaeger, shown = free_port(), free_port(), free_port()
    said = (project("monolith", "shop") / "deploy/observability/collector.yaml").read_text()
    for theirs, here in (
        ("0.0.0.0:4318", f"127.0.0.1:{taken}"),
        ("jaeger:4317", f"127.0.0.1:{jaeger}"),
        ("host: 0.0.0.0, port: 8888", f"host: 127.0.0.1, port: {shown}"),
    ):
        assert theirs in said
        said = said.replace(theirs, here)
    sink = {
        "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": f"127.0.0.1:{jaeger}"}}}},
        "exporters": {"debug": {"verbosity": "detailed"}},
        "service": {
            "telemetry": {"metrics": {"level": "none"}},
            "pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["debug"]}},
        },
    }
    request = urllib.request.Request(
        f"http://127.0.0.1:{taken}/v1/traces",
        data=json.dumps(SENT).encode(),
        headers={"Content-Type": "application/json"},
    )
    with (
        running(json.dumps(sink), tmp_path, "jaeger") as arrived,
        running(said, tmp_path, "collector"),
    ):
        assert _ask(request, timeout=20).status == 200
        until(lambda: TRACE in arrived.read_text(), arrived)
        assert "service.name: Str(orders)" in arrived.read_text()
        # What Prometheus asks it.
        with _ask(f"http://127.0.0.1:{shown}/metrics", timeout=20) as answer:
            assert b"otelcol_receiver_accepted_spans" in answer.read()
