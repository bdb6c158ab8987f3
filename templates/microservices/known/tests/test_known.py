"""Which rows another service has: asked by its client, answered by its route."""

from collections.abc import Collection
from typing import Annotated
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI, Header

from kit import problems
from kit.client import CallFailed, CallPolicy, CallRefused, ServiceClient
from kit.known import AT_ONCE, REMEMBERED_SECONDS, KnownOverHttp, known_router
from kit.problems import Problem


async def only_ours(authorization: Annotated[str, Header()] = "") -> None:
    if authorization != "Bearer for-titles":
        raise Problem(403, "forbidden")


class Titles:
    """A service that has some rows, and counts how often it is asked."""

    def __init__(self, rows: set[UUID]) -> None:
        self.rows = rows
        self.asked: list[int] = []
        self.now = 100.0
        app = FastAPI()
        problems.install(app, {})
        app.include_router(known_router("copies", self.known, only_ours))
        self.transport: httpx.AsyncBaseTransport = httpx.ASGITransport(app)

    async def known(self, ids: Collection[UUID]) -> frozenset[UUID]:
        self.asked.append(len(ids))
        return frozenset(self.rows.intersection(ids))

    def client(self, bearer: str = "for-titles") -> KnownOverHttp:
        policy = CallPolicy(attempts=1)
        service = ServiceClient("titles", "http://titles", lambda _: bearer, policy, self.transport)
        return KnownOverHttp(service, "copies", lambda: self.now)


async def test_those_that_are_there_are_known_and_remembered_for_a_while() -> None:
    there, missing = uuid4(), uuid4()
    titles = Titles({there})
    copies = titles.client()
    assert await copies.known([there, missing]) == {there}
    titles.rows.clear()
    assert await copies.known([there]) == {there}
    assert titles.asked == [2]
    titles.now += REMEMBERED_SECONDS
    assert await copies.known([there]) == frozenset()


async def test_what_was_not_there_is_asked_for_again() -> None:
    late = uuid4()
    titles = Titles(set())
    copies = titles.client()
    assert await copies.known([late]) == frozenset()
    titles.rows.add(late)
    assert await copies.known([late]) == {late}


async def test_many_are_asked_for_in_parts_and_none_not_at_all() -> None:
    titles = Titles({uuid4() for _ in range(AT_ONCE + 1)})
    copies = titles.client()
    assert await copies.known(titles.rows) == titles.rows
    assert titles.asked == [AT_ONCE, 1]
    assert await copies.known([]) == frozenset()
    assert len(titles.asked) == 2


async def test_it_is_for_the_services_that_ask() -> None:
    with pytest.raises(CallRefused, match="403"):
        await Titles(set()).client("for-another").known([uuid4()])


async def test_an_answer_that_is_not_understood_is_none() -> None:
    titles = Titles(set())
    titles.transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"ids": "all"}))
    with pytest.raises(CallFailed, match="not understood"):
        await titles.client().known([uuid4()])
