"""What every request meets: identifiers, limits, problems, security headers."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

import httpx
import psycopg
import pytest
from fastapi import APIRouter, Depends, FastAPI
from psycopg_pool import PoolTimeout
from pydantic import BaseModel, Field
from sqlalchemy.exc import InternalError
from starlette.requests import Request

from kit import operations, problems
from kit.auth import LONGEST_TOKEN, Authenticate, InvalidToken, Principal, bearer, require_role
from kit.clock import new_id
from kit.http import PageQuery, Text, encode_cursor, json_response
from kit.limits import Limit, Limits
from kit.metrics import Metrics
from kit.protocol import Protocol
from kit.requests import RequestContext

USER = UUID(int=7)


class OutOfPaperError(Exception):
    """A domain error."""

    code = "out_of_paper"
    retry_after = 2.4


class Line(BaseModel):
    """A line of a body."""

    quantity: Annotated[int, Field(ge=1)]
    note: Text = ""


class Body(BaseModel):
    """A body."""

    lines: list[Line]


class StrictBody(Body, extra="forbid"):
    """A body without other members."""


class Tokens:
    """Knows two tokens."""

    async def verify(self, token: str) -> Principal:
        """Say who it is."""
        assert len(token) <= LONGEST_TOKEN
        if token not in {"user", "desk"}:
            raise InvalidToken
        return Principal(USER, token)


ERRORS: dict[str, Exception] = {
    "domain": OutOfPaperError("The tray is empty."),
    "pool": PoolTimeout(),
    "database": psycopg.OperationalError("the server is gone"),
    "read-only": psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT"),
    "wrapped": InternalError("INSERT", {}, psycopg.errors.ReadOnlySqlTransaction("cannot")),
    "internal": InternalError("INSERT", {}, psycopg.errors.DataCorrupted("secret")),
    "slow": psycopg.errors.QueryCanceled("canceling statement"),
    "bug": RuntimeError("secret"),
}


SMALL = Limit(body_bytes=1_000, seconds=0.2, concurrent=2)


def make_app(limit: Limit = SMALL) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None)
    metrics = Metrics()
    add_routes(app)
    add_protected_routes(app, bearer(Tokens()))
    checks = {"database": broken}
    app.router.routes.extend(operations.router(metrics, checks).routes)
    problems.install(app, {OutOfPaperError: 429})
    app.add_middleware(Limits, limit=limit)
    app.add_middleware(Protocol)
    app.add_middleware(RequestContext, metrics=metrics, hsts=True)
    return app


async def broken() -> None:
    raise ConnectionError("no database")


def routed() -> APIRouter:
    routes = APIRouter(prefix="/routed")

    @routes.get("")
    async def listed() -> dict[str, int]:
        return {"lines": 0}

    @routes.patch("")
    async def patched() -> dict[str, int]:
        return {"lines": 0}

    return routes


def add_routes(app: FastAPI) -> None:
    @app.post("/lines")
    async def lines(body: Body) -> dict[str, int]:
        return {"lines": len(body.lines)}

    app.include_router(routed())

    @app.post("/strict")
    async def strict(body: StrictBody) -> dict[str, int]:
        return {"lines": len(body.lines)}

    @app.get("/lines")
    async def none() -> dict[str, int]:
        return {"lines": 0}

    @app.post("/empty")
    async def empty() -> dict[str, bool]:
        return {"empty": True}

    @app.get("/fail/{kind}")
    async def fail(kind: str) -> None:
        raise ERRORS[kind]

    @app.get("/wait")
    async def wait() -> None:
        await asyncio.sleep(30)

    @app.get("/page")
    async def page(request: Request) -> dict[str, object]:
        query = PageQuery.of(request)
        return {"limit": query.limit, "after": str(query.after)}

    @app.get("/cached")
    async def cached(request: Request) -> object:
        del request
        return json_response({}, headers={"Cache-Control": "public"})


def add_protected_routes(app: FastAPI, authenticate: Authenticate) -> None:
    @app.get("/me")
    async def me(who: Annotated[Principal, Depends(authenticate)]) -> dict[str, str]:
        return {"id": str(who.user_id)}

    @app.get("/office")
    async def office(
        who: Annotated[Principal, Depends(require_role(authenticate, "admin", "desk"))],
    ) -> dict[str, str]:
        return {"role": who.role}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """Calls the application above."""
    transport = httpx.ASGITransport(make_app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://kit.test") as caller:
        yield caller


def check(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    """The answer is a problem; its body."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    return body


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("domain", 429, "out_of_paper"),
        ("pool", 503, "unavailable"),
        ("database", 503, "unavailable"),
        ("read-only", 503, "unavailable"),
        ("wrapped", 503, "unavailable"),
        ("internal", 500, "internal_error"),
        ("slow", 504, "deadline_exceeded"),
        ("bug", 500, "internal_error"),
    ],
)
async def test_every_error_is_a_problem(
    client: httpx.AsyncClient, kind: str, status: int, code: str
) -> None:
    answer = await client.get(f"/fail/{kind}")
    body = check(answer, status, code)
    assert "secret" not in answer.text
    assert body["instance"] == f"/fail/{kind}"
    assert ("Retry-After" in answer.headers) == (status in {429, 503})
    if kind == "domain":
        assert (body["detail"], answer.headers["Retry-After"]) == ("The tray is empty.", "2")


async def test_unknown_routes_and_methods(client: httpx.AsyncClient) -> None:
    check(await client.get("/nowhere"), 404, "not_found")
    answer = await client.put("/lines", json={})
    check(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, POST"
    assert (await client.put("/routed", json={})).headers["allow"] == "GET, PATCH"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/lines"),
        ({"lines": [{"quantity": 0}]}, "#/lines/0/quantity"),
        ({"lines": [{"quantity": 1}, {"quantity": "x"}]}, "#/lines/1/quantity"),
        ({"lines": [{"quantity": 1, "note": "\0"}]}, "#/lines/0/note"),
        ({"lines": [{"quantity": 1, "note": "\ud800"}]}, "#/lines/0/note"),
    ],
)
async def test_a_wrong_body_is_pointed_at(
    client: httpx.AsyncClient, body: object, pointer: str
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/lines", content=json.dumps(body), headers=headers)
    problem = check(answer, 422, "validation_failed")
    errors = problem["errors"]
    assert isinstance(errors, list)
    assert [error["pointer"] for error in errors] == [pointer]


@pytest.fixture
async def roomy() -> AsyncIterator[httpx.AsyncClient]:
    """Calls the application with room for a large body."""
    app = make_app(Limit(body_bytes=1_048_576, seconds=20, concurrent=2))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://kit.test") as caller:
        yield caller


@pytest.mark.parametrize(
    "body",
    [
        {f"unknown{number}": 1 for number in range(1_000)},
        {"lines": [{"quantity": 0}] * 900},
        {"x" * 100_000: 1},
        {"~/" * 50_000: 1},
        {"lines": "x" * 100_000},
    ],
)
async def test_an_answer_is_small_whatever_the_body(
    roomy: httpx.AsyncClient, body: dict[str, object]
) -> None:
    answer = await roomy.post("/strict", json=body)
    problem = check(answer, 422, "validation_failed")
    assert len(answer.content) < 12_000
    errors = problem["errors"]
    assert isinstance(errors, list)
    assert 0 < len(errors) <= 20
    if len(body) == 1_000:
        assert problem["detail"] == "1001 errors, of which these are the first."


@pytest.mark.parametrize(
    "content",
    [
        b"{" + b",".join(b'"k%d":1' % number for number in range(2_002)) + b"}",
        b'{"lines":[' + b",".join([b"[]"] * 2_002) + b"]}",
        b'{"lines":' + b"[" * 2_002 + b"]" * 2_002 + b"}",
        b'{"a\\\\":1,' + b'"\\"":1,' * 2_002 + b'"b":1}',
    ],
)
async def test_a_body_of_too_many_members_is_refused_before_it_is_read(
    roomy: httpx.AsyncClient, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("it was parsed")

    monkeypatch.setattr(json, "loads", never)
    headers = {"Content-Type": "application/json"}
    answer = await roomy.post("/strict", content=content, headers=headers)
    monkeypatch.undo()
    problem = check(answer, 422, "validation_failed")
    assert problem["errors"] == [{"pointer": "#", "message": "has more than 2,000 members"}]


async def test_commas_in_a_text_are_no_members(roomy: httpx.AsyncClient) -> None:
    note = ',[{"\\' * 3_000
    answer = await roomy.post("/lines", json={"lines": [{"quantity": 1, "note": note}]})
    assert answer.json() == {"lines": 1}


@pytest.mark.parametrize("content", [b"{", b"\xff\xff", b'{"lines": NaN1}', b"[" * 900])
async def test_what_is_not_json_is_malformed(client: httpx.AsyncClient, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/lines", content=content, headers=headers)
    check(answer, 400, "malformed_request")


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", ""])
async def test_other_media_types_are_not_supported(
    client: httpx.AsyncClient, media_type: str
) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    answer = await client.post("/lines", content=b"{}", headers=headers)
    check(answer, 415, "unsupported_media_type")


async def test_no_body_needs_no_media_type(client: httpx.AsyncClient) -> None:
    assert (await client.post("/empty")).status_code == 200


@pytest.mark.parametrize("length", ["9" * 5_000, "\xb2", "-1", "1_0"])
async def test_a_length_that_is_no_number_is_too_large(
    client: httpx.AsyncClient, length: str
) -> None:
    headers = [
        (b"Content-Type", b"application/json"),
        (b"Content-Length", length.encode("latin-1")),
    ]
    check(await client.post("/lines", content=b"{}", headers=headers), 413, "body_too_large")


async def test_a_long_body_is_too_large_with_or_without_its_length(
    client: httpx.AsyncClient,
) -> None:
    async def stream() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100

    headers = {"Content-Type": "application/json"}
    check(await client.post("/lines", content=b" " * 1001, headers=headers), 413, "body_too_large")
    check(await client.post("/lines", content=stream(), headers=headers), 413, "body_too_large")


@pytest.mark.parametrize(("parts", "read"), [(8, 8), (100, 17)])
async def test_a_body_that_is_too_large_is_read_on_but_not_for_ever(
    parts: int, read: int, client: httpx.AsyncClient
) -> None:
    sent = 0

    async def stream() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(parts):
            sent += 1
            yield b" " * 1000

    headers = {"Content-Type": "application/json"}
    check(await client.post("/lines", content=stream(), headers=headers), 413, "body_too_large")
    assert sent == read


async def test_a_streamed_body_reaches_its_route(client: httpx.AsyncClient) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield b'{"lines": '
        yield b'[{"quantity": 1}]}'

    answer = await client.post(
        "/lines", content=stream(), headers={"Content-Type": "application/json"}
    )
    assert answer.json() == {"lines": 1}


async def test_an_answer_has_its_deadline(client: httpx.AsyncClient) -> None:
    check(await client.get("/wait"), 504, "deadline_exceeded")


async def test_too_many_at_once_are_unavailable_but_operators_get_through(
    client: httpx.AsyncClient,
) -> None:
    waiting = [asyncio.create_task(client.get("/wait")) for _ in range(2)]
    await asyncio.sleep(0.05)
    refused = await client.get("/nowhere")
    check(refused, 503, "unavailable")
    assert refused.headers["Retry-After"] == "1"
    assert (await client.get("/livez")).status_code == 200
    await asyncio.gather(*waiting)
    check(await client.get("/nowhere"), 404, "not_found")


async def test_a_body_that_is_not_complete_keeps_nobody_out(client: httpx.AsyncClient) -> None:
    complete = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b'{"lines": '
        await complete.wait()
        yield b"[]}"

    headers = {"Content-Type": "application/json"}
    sending = [
        asyncio.create_task(client.post("/lines", content=slow(), headers=headers))
        for _ in range(5)
    ]
    await asyncio.sleep(0.02)
    assert (await client.get("/lines")).status_code == 200
    complete.set()
    assert {answer.status_code for answer in await asyncio.gather(*sending)} == {200}


async def test_what_is_held_of_bodies_that_are_not_complete_is_bounded(
    client: httpx.AsyncClient,
) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b" " * 1_000
        await asyncio.sleep(30)

    headers = {"Content-Type": "application/json"}
    answers = await asyncio.gather(
        *(client.post("/lines", content=slow(), headers=headers) for _ in range(80))
    )
    assert [answer.status_code for answer in answers].count(503) == 80 - 64
    assert (await client.post("/lines", json={"lines": []})).status_code == 200


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        ({}, 401, "token_missing"),
        ({"Authorization": "Basic dTpw"}, 401, "token_missing"),
        ({"Authorization": "Bearer forged"}, 401, "token_invalid"),
        ({"Authorization": "Bearer " + "a" * (LONGEST_TOKEN + 1)}, 401, "token_invalid"),
    ],
)
async def test_a_token_is_needed(
    client: httpx.AsyncClient, header: dict[str, str], status: int, code: str
) -> None:
    answer = await client.get("/me", headers=header)
    check(answer, status, code)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_token_says_who_and_what(client: httpx.AsyncClient) -> None:
    user, desk = ({"Authorization": f"Bearer {each}"} for each in ("user", "desk"))
    assert (await client.get("/me", headers=user)).json() == {"id": str(USER)}
    check(await client.get("/office", headers=user), 403, "forbidden")
    assert (await client.get("/office", headers=desk)).json() == {"role": "desk"}


@pytest.mark.parametrize("sane", ["abc-1", "a" * 128])
async def test_a_sane_request_id_is_kept(client: httpx.AsyncClient, sane: str) -> None:
    answer = await client.get("/nowhere", headers={"X-Request-ID": sane})
    assert answer.headers["X-Request-ID"] == sane


@pytest.mark.parametrize("insane", ["", "a b", "x" * 129, '"quoted"'])
async def test_any_other_request_id_is_replaced(client: httpx.AsyncClient, insane: str) -> None:
    answer = await client.get("/nowhere", headers={"X-Request-ID": insane})
    assert UUID(answer.headers["X-Request-ID"]).version == 7


async def test_security_headers_are_on_every_answer(client: httpx.AsyncClient) -> None:
    for path in ("/nowhere", "/livez", "/fail/bug"):
        answer = await client.get(path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        assert answer.headers["cache-control"] == "no-store"
    assert (await client.get("/cached")).headers["cache-control"] == "public"


async def test_pages(client: httpx.AsyncClient) -> None:
    last = new_id()
    answer = await client.get("/page", params={"limit": 5, "cursor": encode_cursor(last)})
    assert answer.json() == {"limit": 5, "after": str(last)}
    for limit in ("0", "101", "x"):
        check(await client.get("/page", params={"limit": limit}), 422, "validation_failed")
    for cursor in ("x", "é", "A" * 23, "A" * 21 + "B", encode_cursor(last) + "="):
        check(await client.get("/page", params={"cursor": cursor}), 422, "invalid_cursor")


async def test_operators_see_what_is_not_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/livez")).json() == {"status": "ok"}
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "ConnectionError: no database"}


async def test_requests_are_measured_by_route(client: httpx.AsyncClient) -> None:
    await client.get("/fail/bug")
    await client.get("/nowhere")
    await client.request("INVENTED", "/nowhere")
    text = (await client.get("/metrics")).text
    assert 'http_requests_total{method="GET",route="/fail/{kind}",status="500"} 1.0' in text
    assert 'http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in text
    assert 'http_requests_total{method="_OTHER",route="unmatched",status="404"} 1.0' in text
    assert "INVENTED" not in text
    assert 'http_request_duration_seconds_count{method="GET",route="/fail/{kind}"} 1.0' in text
