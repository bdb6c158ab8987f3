"""Whether a trace is recorded is decided once, here, and not by a stranger."""

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind
from starlette.types import Receive, Scope, Send

from kit import tracing
from kit.metrics import Metrics
from kit.requests import RequestContext
from kit.tracing import DecideOnce, outgoing_headers, span

TRACE = "0af7651916cd43dd8448eb211c80319c"
# To OpenTelemetry's own sampler this identifier is within every share.
CHOSEN = "0af7651916cd43dd0000000000000001"


def flags(trace: str, given: str, *, stranger: bool) -> str:
    """What goes on of a request's decision: from the request itself, and from a span within it."""
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-{given}"}
    with span("GET", SpanKind.SERVER, headers, stranger=stranger):
        outer = outgoing_headers()["traceparent"].split("-")
        with span("within", SpanKind.CLIENT):
            inner = outgoing_headers()["traceparent"].split("-")
    assert outer[1] == inner[1] == trace
    assert outer[3] == inner[3]
    return outer[3]


@pytest.mark.parametrize("ratio", [None, 0, 1])
@pytest.mark.parametrize("given", ["00", "01"])
def test_a_stranger_does_not_decide_and_a_service_does(
    monkeypatch: pytest.MonkeyPatch, ratio: int | None, given: str
) -> None:
    if ratio is not None:  # None: nothing is exported
        tracer = TracerProvider(sampler=DecideOnce(ratio)).get_tracer("test")
        monkeypatch.setattr(tracing, "_tracer", tracer)
    decided = "01" if ratio == 1 else "00"
    for trace in (TRACE, CHOSEN):
        assert flags(trace, given, stranger=True) == decided
        assert flags(trace, given, stranger=False) == given


def test_an_identifier_that_was_chosen_is_recorded_no_more_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tracer = TracerProvider(sampler=DecideOnce(0.5)).get_tracer("test")
    monkeypatch.setattr(tracing, "_tracer", tracer)
    assert {flags(CHOSEN, "01", stranger=True) for _ in range(100)} == {"00", "01"}


@pytest.mark.parametrize(
    ("edge", "path", "passed"),
    [
        (True, "/v1/products", "00"),
        (False, "/v1/products", "01"),
        (True, "/internal/v1/messages", "01"),
    ],
)
async def test_a_gateway_and_other_services_are_followed(
    monkeypatch: pytest.MonkeyPatch, edge: bool, path: str, passed: str
) -> None:
    tracer = TracerProvider(sampler=DecideOnce(0)).get_tracer("test")
    monkeypatch.setattr(tracing, "_tracer", tracer)
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        seen.append(outgoing_headers()["traceparent"].split("-")[3])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    transport = httpx.ASGITransport(RequestContext(app, Metrics(), edge=edge))
    async with httpx.AsyncClient(transport=transport, base_url="http://kit.test") as client:
        await client.get(path, headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    assert seen == [passed]
