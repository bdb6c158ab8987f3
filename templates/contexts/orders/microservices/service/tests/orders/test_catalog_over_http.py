"""Orders that are settled together ask the catalog at once; what fails, fails alone."""

import asyncio
from collections.abc import Callable, Coroutine
from uuid import UUID

import httpx
import pytest
from opentelemetry.trace import SpanKind

from kit.client import CallFailed, CallPolicy, ServiceClient
from kit.clock import new_id
from kit.tracing import following, outgoing_headers, span, trace_ids
from orders.adapters.catalog_over_http import CatalogOverHttp
from orders.domain.lines import OrderLine

Answer = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]


def wanted(count: int) -> dict[UUID, list[OrderLine]]:
    return {new_id(): [OrderLine(new_id(), 1)] for _ in range(count)}


def catalog(answer: Answer, concurrent: int = 8) -> CatalogOverHttp:
    policy = CallPolicy(attempts=1, concurrent=concurrent)
    transport = httpx.MockTransport(answer)
    return CatalogOverHttp(ServiceClient("catalog", "http://catalog", str, policy, transport))


def order_of(request: httpx.Request) -> UUID:
    return UUID(request.url.path.rpartition("/")[2])


def held(request: httpx.Request) -> httpx.Response:
    data = {
        "order_id": str(order_of(request)),
        "currency": "EUR",
        "expires_at": "2030-01-01T00:00:00Z",
        "lines": [],
    }
    return httpx.Response(200, json={"type": "catalog.stock-reserved.v1", "data": data})


async def test_many_are_asked_for_at_once_but_leave_places_for_other_calls() -> None:
    waiting, most = 0, 0
    full = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal waiting, most
        waiting += 1
        most = max(most, waiting)
        if waiting == 4:
            full.set()
        await full.wait()
        waiting -= 1
        return held(request)

    orders = wanted(40)
    answers = await catalog(answer, concurrent=8).reserve(orders)
    assert [each.order_id for each in answers] == list(orders)
    assert most == 4


async def test_one_that_fails_does_not_fail_the_others() -> None:
    orders = wanted(5)
    unlucky = list(orders)[2]

    async def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503) if order_of(request) == unlucky else held(request)

    answers = await catalog(answer).reserve(orders)
    assert {each.order_id for each in answers} == orders.keys() - {unlucky}


async def test_when_all_fail_it_is_raised() -> None:
    async def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(503)

    with pytest.raises(CallFailed, match="answered 503"):
        await catalog(answer).reserve(wanted(3))


async def test_each_goes_on_with_the_trace_of_its_own_message() -> None:
    orders = wanted(2)
    headers: dict[str, dict[str, str]] = {}
    expected = {}
    for order_id in orders:
        with span("a request", SpanKind.SERVER):
            headers[str(order_id)] = outgoing_headers()
            expected[order_id] = trace_ids()["trace_id"]
    seen = {}

    async def answer(request: httpx.Request) -> httpx.Response:
        seen[order_of(request)] = request.headers["traceparent"].split("-")[1]
        return held(request)

    with span("many messages", SpanKind.CONSUMER), following(headers):
        await catalog(answer).reserve(orders)
    assert seen == expected
