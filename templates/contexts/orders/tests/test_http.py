from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI, Header

from kit import problems
from kit.auth import Principal
from orders.application.ports import Refused
from orders.domain.errors import IdempotencyInProgressError
from orders.domain.states import Rejection
from orders.entrypoints.http import STATUSES, router
from tests.orders.builders import Shop
from tests.orders.memory import MemoryOrderQueries

pytestmark = pytest.mark.anyio
PRODUCT = "018f0000-0000-7000-8000-000000000001"
ME = str(UUID(int=1))


async def from_header(x_user: Annotated[UUID, Header()]) -> Principal:
    """Believe what the test says."""
    return Principal(x_user, "user")


@pytest.fixture
def app(shop: Shop) -> FastAPI:
    app = FastAPI()
    problems.install(app, STATUSES)
    app.include_router(router(shop.service, MemoryOrderQueries(shop.store), from_header))
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    headers = {"X-User": ME}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://shop", headers=headers
    ) as client:
        yield client


def new_order(product_id: str = PRODUCT, quantity: object = 2) -> dict[str, object]:
    return {"lines": [{"product_id": product_id, "quantity": quantity}]}


async def place(
    client: httpx.AsyncClient, body: object = None, key: str | None = "my-first-key"
) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await client.post("/v1/orders", json=body or new_order(), headers=headers)


async def test_placing_answers_with_the_pending_order(client: httpx.AsyncClient) -> None:
    response = await place(client)
    assert response.status_code == 201
    order = response.json()
    assert response.headers["Location"] == f"/v1/orders/{order['id']}"
    assert "Idempotency-Replayed" not in response.headers
    assert order == {
        "id": order["id"],
        "status": "pending",
        "reason": None,
        "lines": [{"product_id": PRODUCT, "quantity": 2, "unit_price_cents": None}],
        "total_cents": None,
        "currency": None,
        "created_at": "2026-01-01T12:00:00Z",
        "updated_at": "2026-01-01T12:00:00Z",
    }
    assert (await client.get(response.headers["Location"])).json() == order


async def test_a_repeat_is_marked(client: httpx.AsyncClient, shop: Shop) -> None:
    first = await place(client)
    await shop.settle(UUID(first.json()["id"]))
    again = await place(client)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(
    ("body", "key", "status", "code"),
    [
        (new_order(), None, 400, "idempotency_key_required"),
        (new_order(), "short", 422, "validation_failed"),
        (new_order(), "x" * 129, 422, "validation_failed"),
        ({"lines": []}, "long-enough", 422, "validation_failed"),
        ({"lines": new_order()["lines"], "more": 1}, "long-enough", 422, "validation_failed"),
        (new_order(quantity=0), "long-enough", 422, "validation_failed"),
        (new_order(quantity=1001), "long-enough", 422, "validation_failed"),
        (new_order(quantity="2"), "long-enough", 422, "validation_failed"),
        (new_order(quantity=True), "long-enough", 422, "validation_failed"),
        (new_order("no-uuid"), "long-enough", 422, "validation_failed"),
        (
            {"lines": [{"product_id": PRODUCT, "quantity": 1}] * 2},
            "long-enough",
            422,
            "validation_failed",
        ),
    ],
)
async def test_bad_requests_are_problems(
    client: httpx.AsyncClient, body: object, key: str | None, status: int, code: str
) -> None:
    response = await place(client, body, key)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["Content-Type"] == "application/problem+json"


async def test_a_key_with_another_body_is_refused(client: httpx.AsyncClient) -> None:
    await place(client)
    response = await place(client, new_order(quantity=3))
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_request_in_progress_may_be_repeated_later(
    client: httpx.AsyncClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def in_progress(_: object) -> None:
        raise IdempotencyInProgressError

    monkeypatch.setattr(shop.service, "place", in_progress)
    response = await place(client)
    assert (response.status_code, response.json()["code"]) == (409, "idempotency_in_progress")
    assert response.headers["Retry-After"] == "1"


async def test_cancelling_twice_changes_nothing(client: httpx.AsyncClient) -> None:
    order = (await place(client)).json()
    first = await client.post(f"/v1/orders/{order['id']}/cancel")
    second = await client.post(f"/v1/orders/{order['id']}/cancel")
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert first.json()["status"] == "cancelled"


async def test_a_rejected_order_cannot_be_cancelled(client: httpx.AsyncClient, shop: Shop) -> None:
    order = (await place(client)).json()
    refused = Refused(order_id=UUID(order["id"]), reason=Rejection.OUT_OF_STOCK)
    await shop.process.record([refused])
    response = await client.post(f"/v1/orders/{order['id']}/cancel")
    assert (response.status_code, response.json()["code"]) == (409, "order_not_cancellable")
    shown = (await client.get(f"/v1/orders/{order['id']}")).json()
    assert (shown["status"], shown["reason"]) == ("rejected", "out_of_stock")


async def test_another_users_order_is_not_found(client: httpx.AsyncClient) -> None:
    order = (await place(client)).json()
    stranger = {"X-User": str(uuid4())}
    for response in (
        await client.get(f"/v1/orders/{order['id']}", headers=stranger),
        await client.post(f"/v1/orders/{order['id']}/cancel", headers=stranger),
        await client.get(f"/v1/orders/{uuid4()}"),
    ):
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


async def test_a_list_is_paged(client: httpx.AsyncClient) -> None:
    made = [(await place(client, key=f"key-number-{n}")).json() for n in range(3)]
    first = (await client.get("/v1/orders", params={"limit": 2})).json()
    rest = (await client.get("/v1/orders", params={"cursor": first["next_cursor"]})).json()
    assert first["items"] + rest["items"] == made[::-1]
    assert rest["next_cursor"] is None
    bad = await client.get("/v1/orders", params={"cursor": "no-cursor"})
    assert (bad.status_code, bad.json()["code"]) == (422, "invalid_cursor")


async def test_the_document_demands_the_key(app: FastAPI) -> None:
    parameters = app.openapi()["paths"]["/v1/orders"]["post"]["parameters"]
    key = next(each for each in parameters if each["name"] == "Idempotency-Key")
    assert key["required"]
    assert key["schema"] == {"type": "string", "minLength": 8, "maxLength": 128}
