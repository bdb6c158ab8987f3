"""The catalog's routes over its adapters in memory."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from catalog.application.products import ProductService
from catalog.entrypoints.http import STATUSES, router
from kit import problems
from kit.auth import Principal
from kit.clock import new_id
from tests.catalog.conftest import Clock
from tests.catalog.memory import MemoryCatalog

PEN = {"sku": "PEN-1", "name": "Pen", "price_cents": 250, "currency": "EUR", "stock": 5}
CACHE = "public, max-age=5, stale-while-revalidate=30, stale-if-error=300"


class Role:
    """Who calls; tests change it."""

    def __init__(self) -> None:
        self.name = "admin"

    async def __call__(self) -> Principal:
        """Authenticate."""
        return Principal(UUID(int=1), self.name)


@pytest.fixture
def role() -> Role:
    """An administrator, until a test says otherwise."""
    return Role()


@pytest.fixture
async def client(role: Role) -> AsyncIterator[httpx.AsyncClient]:
    """Calls the routes."""
    memory = MemoryCatalog()
    service = ProductService(memory, Clock(), new_id)
    app = FastAPI(routes=router(service, memory, role).routes)
    problems.install(app, STATUSES)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://catalog.test") as caller:
        yield caller


async def add(client: httpx.AsyncClient, **changed: object) -> Any:
    answer = await client.post("/v1/products", json=PEN | changed)
    assert answer.status_code == 201, answer.text
    return answer


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_new_product_has_a_place_and_a_tag(client: httpx.AsyncClient) -> None:
    added = await add(client)
    got = await client.get(added.headers["Location"])
    assert got.json() == added.json()
    assert got.headers["ETag"] == added.headers["ETag"]
    assert got.headers["Cache-Control"] == CACHE
    assert added.json() | PEN == added.json()
    assert added.json()["description"] == ""
    assert added.json()["created_at"].endswith("Z")


@pytest.mark.parametrize(
    "changed",
    [
        {"sku": ""},
        {"sku": "x" * 65},
        {"name": ""},
        {"price_cents": -1},
        {"price_cents": 100_000_001},
        {"price_cents": 2.5},
        {"price_cents": "250"},
        {"price_cents": True},
        {"currency": "eur"},
        {"currency": "EUR\n"},
        {"stock": 1_000_001},
        {"stock": None},
        {"colour": "blue"},
    ],
)
async def test_what_is_not_a_product_is_refused(
    client: httpx.AsyncClient, changed: dict[str, object]
) -> None:
    answer = await client.post("/v1/products", json=PEN | changed)
    assert code(answer) == (422, "validation_failed")


async def test_only_administrators_write(client: httpx.AsyncClient, role: Role) -> None:
    path = (await add(client)).headers["Location"]
    role.name = "user"
    assert code(await client.post("/v1/products", json=PEN)) == (403, "forbidden")
    assert code(await client.patch(path, json={})) == (403, "forbidden")
    assert code(await client.delete(path)) == (403, "forbidden")
    assert code(await adjust(client, path, 1)) == (403, "forbidden")
    assert (await client.get(path)).status_code == 200


async def test_a_sku_is_taken_once(client: httpx.AsyncClient) -> None:
    await add(client)
    assert code(await client.post("/v1/products", json=PEN)) == (409, "sku_taken")


async def test_a_client_that_has_it_gets_304(client: httpx.AsyncClient) -> None:
    path = (await add(client)).headers["Location"]
    for url in (path, "/v1/products"):
        first = await client.get(url)
        again = await client.get(url, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert again.headers["Cache-Control"] == CACHE
        other = await client.get(url, headers={"If-None-Match": '"other"'})
        assert other.status_code == 200


async def test_a_patch_changes_what_it_names(client: httpx.AsyncClient) -> None:
    added = await add(client, description="Blue.")
    path, tag = added.headers["Location"], added.headers["ETag"]
    answer = await client.patch(
        path,
        content=b'{"price_cents": 300, "description": null}',
        headers={"If-Match": tag, "Content-Type": "application/merge-patch+json"},
    )
    assert answer.status_code == 200
    changed = answer.json()
    assert (changed["price_cents"], changed["description"], changed["name"]) == (300, "", "Pen")
    assert answer.headers["ETag"] != tag
    assert (await client.get(path)).headers["ETag"] == answer.headers["ETag"]


@pytest.mark.parametrize(
    ("if_match", "expected"),
    [
        (None, (428, "precondition_required")),
        ('"0-1"', (412, "precondition_failed")),
        ('W/"1-2"', (412, "precondition_failed")),
        ('"x", "1", "01-2", "1-2-3", "99999999999999999999-1"', (412, "precondition_failed")),
        ('"7-1", "1-2"', (200, None)),
        ('"1-1"', (200, None)),
        ("*", (200, None)),
    ],
)
async def test_an_edit_needs_the_edits_that_were_seen(
    client: httpx.AsyncClient, if_match: str | None, expected: tuple[int, str | None]
) -> None:
    path = (await add(client)).headers["Location"]
    assert (await adjust(client, path, 1)).headers["ETag"] == '"1-2"'
    headers = {} if if_match is None else {"If-Match": if_match}
    answer = await client.patch(path, json={"name": "Pencil"}, headers=headers)
    assert (answer.status_code, answer.json().get("code")) == expected
    if answer.status_code == 200:
        assert answer.headers["ETag"] == '"2-2"'


@pytest.mark.parametrize(
    ("if_match", "expected"),
    [
        (None, (428, "precondition_required")),
        ("*", (428, "precondition_required")),
        ('"1-1"', (412, "precondition_failed")),
        ('"1-1", "1-2"', (200, None)),
    ],
)
async def test_setting_stock_needs_the_stock_that_was_seen(
    client: httpx.AsyncClient, if_match: str | None, expected: tuple[int, str | None]
) -> None:
    path = (await add(client)).headers["Location"]
    await adjust(client, path, 1)
    headers = {} if if_match is None else {"If-Match": if_match}
    answer = await client.patch(path, json={"name": "Pencil", "stock": 1}, headers=headers)
    assert (answer.status_code, answer.json().get("code")) == expected
    got = (await client.get(path)).json()
    assert (got["name"], got["stock"]) == (("Pencil", 1) if expected[0] == 200 else ("Pen", 6))


async def adjust(
    client: httpx.AsyncClient, path: str, delta: object, key: str | None = None, **body: object
) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    content = {"delta": delta, "reason": "counted", **body}
    return await client.post(f"{path}/stock", json=content, headers=headers)


async def test_stock_is_added_and_taken(client: httpx.AsyncClient) -> None:
    path = (await add(client)).headers["Location"]
    added = await adjust(client, path, 3)
    assert (added.status_code, added.json()["stock"], added.headers["ETag"]) == (200, 8, '"1-2"')
    assert (await adjust(client, path, -8)).json()["stock"] == 0
    assert code(await adjust(client, path, -1)) == (409, "stock_exceeded")
    assert (await adjust(client, path, 1_000_000)).json()["stock"] == 1_000_000
    assert code(await adjust(client, path, 1)) == (409, "stock_limit")
    assert (await client.get(path)).headers["ETag"] == '"1-4"'
    assert code(await adjust(client, f"/v1/products/{uuid4()}", 1)) == (404, "not_found")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"delta": 0}, "#/delta"),
        ({"delta": 1_000_001}, "#/delta"),
        ({"delta": -1_000_001}, "#/delta"),
        ({"delta": 1.5}, "#/delta"),
        ({"delta": "1"}, "#/delta"),
        ({"delta": True}, "#/delta"),
        ({"reason": ""}, "#/reason"),
        ({"reason": "x" * 201}, "#/reason"),
        ({"stock": 1}, "#/stock"),
    ],
)
async def test_what_is_no_adjustment_is_refused(
    client: httpx.AsyncClient, body: dict[str, object], pointer: str
) -> None:
    path = (await add(client)).headers["Location"]
    answer = await client.post(f"{path}/stock", json={"delta": 1, "reason": "counted"} | body)
    assert code(answer) == (422, "validation_failed")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_repeated_adjustment_has_no_second_effect(client: httpx.AsyncClient) -> None:
    path = (await add(client)).headers["Location"]
    other = (await add(client, sku="PEN-2")).headers["Location"]
    first = await adjust(client, path, -5, "key-of-one")
    again = await adjust(client, path, -5, "key-of-one")
    assert first.json() == again.json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    for changed in ({"delta": -4}, {"delta": -5, "reason": "lost"}):
        refused = await adjust(client, path, key="key-of-one", **changed)
        assert code(refused) == (422, "idempotency_key_reused")
    # A key names a request to one product.
    assert (await adjust(client, other, -5, "key-of-one")).json()["stock"] == 0
    for length in (7, 129):
        refused = await adjust(client, path, 1, "k" * length)
        assert code(refused) == (422, "validation_failed")


@pytest.mark.parametrize(
    "patch", [{"sku": None}, {"stock": -1}, {"id": "x"}, [], None, {"price_cents": "1"}]
)
async def test_a_patch_that_is_no_product_is_refused(
    client: httpx.AsyncClient, patch: object
) -> None:
    path = (await add(client)).headers["Location"]
    answer = await client.patch(path, json=patch, headers={"If-Match": "*"})
    assert code(answer) == (422, "validation_failed")


async def test_a_deleted_product_is_not_found(client: httpx.AsyncClient) -> None:
    path = (await add(client)).headers["Location"]
    assert (await client.delete(path)).status_code == 204
    assert code(await client.get(path)) == (404, "not_found")
    assert code(await client.delete(path)) == (404, "not_found")
    assert code(await client.patch(path, json={}, headers={"If-Match": "*"})) == (404, "not_found")


async def test_unknown_and_malformed_ids(client: httpx.AsyncClient) -> None:
    assert code(await client.get(f"/v1/products/{uuid4()}")) == (404, "not_found")
    assert code(await client.get("/v1/products/7")) == (422, "validation_failed")


async def test_pages_follow_their_cursors(client: httpx.AsyncClient) -> None:
    for number in range(5):
        await add(client, sku=f"PEN-{number}")
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get("/v1/products", params={"limit": "2", **cursor})).json()
        seen += [item["sku"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == [f"PEN-{number}" for number in (4, 3, 2, 1, 0)]
    found = (await client.get("/v1/products", params={"q": "pen-3"})).json()
    assert [item["sku"] for item in found["items"]] == ["PEN-3"]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": "0"}, "query/limit"),
        ({"limit": "101"}, "query/limit"),
        ({"limit": ""}, "query/limit"),
        ({"q": "x" * 101}, "query/q"),
        ({"q": "\0"}, "query/q"),
        ({"cursor": "x" * 513}, "query/cursor"),
    ],
)
async def test_a_wrong_query_is_pointed_at(
    client: httpx.AsyncClient, query: dict[str, str], pointer: str
) -> None:
    answer = await client.get("/v1/products", params=query)
    assert code(answer) == (422, "validation_failed")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_foreign_cursor_is_invalid(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/products", params={"cursor": "abc"})
    assert code(answer) == (422, "invalid_cursor")
