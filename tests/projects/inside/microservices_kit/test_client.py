"""Calls: in time, repeated where that is safe, and given up where it is hopeless."""

import asyncio
import contextlib
import io
import json
import sys
import time
from collections.abc import Awaitable, Callable

import httpx
import pytest
import structlog
from opentelemetry.trace import SpanKind

from kit import deadline
from kit.client import CallFailed, CallPolicy, CallRefused, ServiceClient
from kit.tracing import span

Answer = Callable[[httpx.Request], Awaitable[httpx.Response]]
QUICK = CallPolicy(seconds=2, attempt_seconds=0.2, attempts=3, failures=5, open_seconds=0.2)


def client(answer: Answer, policy: CallPolicy = QUICK) -> tuple[ServiceClient, list[httpx.Request]]:
    """A client of a service that answers like that, and what it was sent."""
    sent: list[httpx.Request] = []

    async def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return await answer(request)

    transport = httpx.MockTransport(handle)
    return ServiceClient("other", "http://other", lambda to: f"for-{to}", policy, transport), sent


def answers(*statuses: int) -> Answer:
    """These, the last one again and again."""
    left = list(statuses)

    async def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(left.pop(0) if len(left) > 1 else left[0], json={"a": 1})

    return answer


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_what_may_be_repeated_is_until_it_is_answered(method: str) -> None:
    other, sent = client(answers(502, 502, 200))
    assert await other.call(method, "/x") == {"a": 1}
    assert len(sent) == 3


async def test_what_may_not_be_repeated_is_not() -> None:
    other, sent = client(answers(503, 200))
    with pytest.raises(CallFailed, match="answered 503"):
        await other.call("POST", "/x", {"b": 2})
    assert len(sent) == 1


@pytest.mark.parametrize("status", [429, 500, 503, 504])
async def test_an_answer_that_says_not_now_is_not_repeated_and_opens_no_circuit(
    status: int,
) -> None:
    other, sent = client(answers(*[status] * 8, 200))
    for _ in range(8):
        with pytest.raises(CallFailed, match=f"answered {status}"):
            await other.call("GET", "/x")
    assert len(sent) == 8
    assert await other.call("GET", "/x") == {"a": 1}


async def test_what_is_refused_is_not_repeated_and_opens_no_circuit() -> None:
    other, sent = client(answers(404))
    for _ in range(8):
        with pytest.raises(CallRefused) as refused:
            await other.call("GET", "/x")
        assert refused.value.status == 404
    assert len(sent) == 8


async def test_a_service_that_fails_again_and_again_is_left_alone_for_a_while() -> None:
    statuses = [502] * 5 + [200]
    other, sent = client(answers(*statuses))
    for _ in range(5):
        with pytest.raises(CallFailed):
            await other.call("POST", "/x")
    with pytest.raises(CallFailed, match="not asked again for now"):
        await other.call("POST", "/x")
    assert len(sent) == 5
    await asyncio.sleep(0.25)
    assert await other.call("POST", "/x") == {"a": 1}


async def test_a_call_ends_with_the_callers_deadline() -> None:
    async def sleep(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(5)
        return httpx.Response(200)

    other, sent = client(sleep)
    began = time.monotonic()
    with pytest.raises((CallFailed, TimeoutError)):
        async with deadline.within(0.3):
            await other.call("GET", "/x")
    assert time.monotonic() - began < 1
    assert float(sent[0].headers[deadline.HEADER]) <= 0.2


async def test_a_slow_service_takes_no_more_than_its_share() -> None:
    gate = asyncio.Event()

    async def wait(_: httpx.Request) -> httpx.Response:
        await gate.wait()
        return httpx.Response(204)

    other, sent = client(wait, CallPolicy(seconds=5, attempt_seconds=5, concurrent=2))
    waiting = [asyncio.create_task(other.call("GET", "/x")) for _ in range(2)]
    while len(sent) < 2:
        await asyncio.sleep(0)
    with pytest.raises(CallFailed, match="too many calls at once"):
        await other.call("GET", "/x")
    gate.set()
    assert await asyncio.gather(*waiting) == [None, None]


async def test_a_call_carries_who_calls_the_trace_and_the_deadline() -> None:
    other, sent = client(answers(200))
    with span("a request", SpanKind.SERVER) as current:
        await other.call("GET", "/x")
    headers = sent[0].headers
    assert headers["authorization"] == "Bearer for-other"
    assert f"{current.get_span_context().trace_id:032x}" in headers["traceparent"]
    assert 0 < float(headers[deadline.HEADER]) <= 0.2


async def test_no_connection_is_a_failure() -> None:
    async def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no")

    other, sent = client(refuse)
    with pytest.raises(CallFailed, match="ConnectError"):
        await other.call("GET", "/x")
    assert len(sent) == 3


async def test_a_call_searches_for_no_module(monkeypatch: pytest.MonkeyPatch) -> None:
    class Searches:
        searched: tuple[str, ...] = ()

        def find_spec(self, name: str, *_: object) -> None:
            self.searched += (name,)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        other = ServiceClient("other", f"http://127.0.0.1:{port}", lambda to: to, QUICK)
        await other.call("GET", "/x")
        searches = Searches()
        monkeypatch.setattr(sys, "meta_path", [searches, *sys.meta_path])
        await other.call("GET", "/x")
        await other.close()
    assert searches.searched == ()


async def test_a_repeated_call_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("kit.client._log", structlog.wrap_logger(structlog.WriteLogger(out)))
    other, _ = client(answers(502, 502, 200))
    with span("a request", SpanKind.SERVER) as current:
        await other.call("PUT", "/x")
    (line,) = out.getvalue().splitlines()
    logged = json.loads(line)
    assert (logged["event"], logged["service"], logged["attempts"]) == ("call repeated", "other", 3)
    assert logged["error"] == "CallFailed: other: answered 502"
    assert logged["trace_id"] == f"{current.get_span_context().trace_id:032x}"


async def test_a_call_that_is_answered_at_once_is_not_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    other, _ = client(answers(200))
    await other.call("GET", "/x")
    assert capsys.readouterr().out == ""


async def test_an_open_circuit_is_not_tried_again_in_the_same_call() -> None:
    other, sent = client(answers(502), CallPolicy(attempts=3, failures=3, open_seconds=60))
    with pytest.raises(CallFailed, match="answered 502"):
        await other.call("GET", "/x")
    began = time.monotonic()
    with pytest.raises(CallFailed, match="not asked again for now"):
        await other.call("GET", "/x")
    assert (len(sent), time.monotonic() - began < 0.05) == (3, True)
