"""An order from the gateway to its e-mail, as the spans of one trace that a collector receives."""

import gzip
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.blackbox.client import Client, eventually, unique
from tests.blackbox.placing import new_order, settled
from tests.blackbox.products import create_product
from tests.blackbox.server import Server, running_server

LAST = "INSERT notifications.notifications"


@dataclass(frozen=True)
class Traced:
    """A span, and the service that sent it."""

    service: str
    span: Span

    @property
    def id(self) -> str:
        return self.span.span_id.hex()

    @property
    def parent(self) -> str:
        return self.span.parent_span_id.hex()

    @property
    def attributes(self) -> dict[str, str]:
        return {one.key: one.value.string_value for one in self.span.attributes}


@dataclass
class Collector:
    """What takes spans by OTLP over HTTP, as a collector does."""

    received: list[Traced] = field(default_factory=list)

    def of(self, trace: str) -> list[Traced]:
        return [one for one in self.received if one.span.trace_id.hex() == trace]

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            names = {one.key: one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.received += (Traced(names["service.name"], one) for one in scope.spans)


@dataclass(frozen=True)
class Running:
    server: Server
    log: Path
    collector: Collector


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    collector = Collector()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            packed = self.headers["Content-Encoding"] == "gzip"
            collector.take(gzip.decompress(body) if packed else body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    Thread(target=http.serve_forever, daemon=True).start()
    folder = tmp_path_factory.mktemp("traced")
    try:
        with pytest.MonkeyPatch.context() as patched:
            endpoint = f"http://127.0.0.1:{http.server_port}"
            patched.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
            patched.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
            patched.setenv("TRACES_FOLLOW_GATEWAY", "true")
            with running_server(folder) as server:
                yield Running(server, folder / "log", collector)
    finally:
        http.shutdown()
        http.server_close()


def test_an_order_is_one_trace_to_its_email(running: Running) -> None:
    server = running.server
    trace, caller = secrets.token_hex(16), secrets.token_hex(8)
    with httpx.Client(base_url=server.base_url, timeout=20, trust_env=False) as client:
        visitor = Client(client, set())
        admin = visitor.as_user(server.admin_email, server.admin_password)
        product = create_product(admin, stock=5)["id"]
        user = visitor.newcomer()
        headers = {"Idempotency-Key": unique("key"), "traceparent": f"00-{trace}-{caller}-01"}
        body = new_order((product, 1))
        placed = user.ask("POST", "/v1/orders", status=201, json=body, headers=headers).json()
        assert settled(user, placed["id"])["status"] == "confirmed"

    def arrived() -> dict[str, Traced]:
        return {one.id: one for one in running.collector.of(trace)}

    def whole(found: dict[str, Traced]) -> bool:
        known = {caller, *found}
        return all(one.parent in known for one in found.values()) and any(
            one.span.name == LAST for one in found.values()
        )

    spans = eventually(arrived, whole)

    (request,) = (one for one in spans.values() if one.parent == caller)
    assert (request.span.name, request.span.kind) == ("POST /v1/orders", Span.SPAN_KIND_SERVER)
    last = next(one for one in spans.values() if one.span.name == LAST)
    assert last.attributes["db.system.name"] == "postgresql"
    way = [last]
    while way[-1].parent != caller:
        way.append(spans[way[-1].parent])
    told = [one.span.name.split()[-1] for one in way if one.span.kind == Span.SPAN_KIND_CONSUMER]
    assert told[0] == "orders.order-confirmed.v1"
    assert way[-1] is request
    # Each request of it is one span, and none holds what a client wrote.
    served = [one for one in spans.values() if one.span.kind == Span.SPAN_KIND_SERVER]
    assert len({one.parent for one in served}) == len(served)
    written = {"url.path", "url.query"}
    assert [one for one in spans.values() if written & one.attributes.keys()] == []
    # Each line that a process wrote about it names the span that it was in, which may come later.
    said = _in_the_log(running.log, trace)
    assert any(one["event"] == "request" for one in said)
    assert {one["trace_id"] for one in said} == {trace}
    eventually(arrived, lambda found: {one["span_id"] for one in said} <= found.keys())


def _in_the_log(log: Path, trace: str) -> list[dict[str, str]]:
    """What processes wrote that names a trace."""
    lines = [line for line in log.read_text("utf-8", "replace").splitlines() if trace in line]
    texts = [line[line.index("{") :] for line in lines if '"event"' in line]  # not the gateway's
    return [json.loads(text) for text in texts]
