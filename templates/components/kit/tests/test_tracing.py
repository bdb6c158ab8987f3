"""Whether a trace is recorded is decided once, here, and not by a stranger."""

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind

from kit import tracing
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
