"""One order from placing to its end, through the whole process."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

pytestmark = pytest.mark.postgres


async def add_product(client: httpx.AsyncClient, admin: dict[str, str], stock: int) -> Any:
    body = {"sku": f"S-{uuid4()}", "name": "Pen", "price_cents": 250, "currency": "EUR"}
    answer = await client.post("/v1/products", json=body | {"stock": stock}, headers=admin)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def place(
    client: httpx.AsyncClient, user: dict[str, str], product_id: str, quantity: int
) -> Any:
    answer = await client.post(
        "/v1/orders",
        json={"lines": [{"product_id": product_id, "quantity": quantity}]},
        headers=user | {"Idempotency-Key": str(uuid4())},
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "pending"
    return answer.json()


async def settled(client: httpx.AsyncClient, user: dict[str, str], order_id: str) -> Any:
    for _ in range(200):
        order = (await client.get(f"/v1/orders/{order_id}", headers=user)).json()
        if order["status"] != "pending":
            return order
        await asyncio.sleep(0.02)
    pytest.fail("the order is still pending")


async def test_an_order_is_confirmed_with_captured_prices(
    client: httpx.AsyncClient, admin: dict[str, str], user: dict[str, str]
) -> None:
    product = await add_product(client, admin, stock=5)
    order = await place(client, user, product["id"], 3)
    confirmed = await settled(client, user, order["id"])
    assert (confirmed["status"], confirmed["total_cents"]) == ("confirmed", 750)
    left = (await client.get(f"/v1/products/{product['id']}")).json()
    assert left["stock"] == 2


async def test_missing_stock_rejects_the_order(
    client: httpx.AsyncClient, admin: dict[str, str], user: dict[str, str]
) -> None:
    product = await add_product(client, admin, stock=2)
    order = await place(client, user, product["id"], 3)
    rejected = await settled(client, user, order["id"])
    assert (rejected["status"], rejected["reason"]) == ("rejected", "out_of_stock")


async def test_a_cancelled_order_returns_its_stock(
    client: httpx.AsyncClient, admin: dict[str, str], user: dict[str, str]
) -> None:
    product = await add_product(client, admin, stock=5)
    order = await place(client, user, product["id"], 3)
    await settled(client, user, order["id"])
    for _ in range(2):
        answer = await client.post(f"/v1/orders/{order['id']}/cancel", headers=user)
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    for _ in range(200):
        left = (await client.get(f"/v1/products/{product['id']}")).json()
        if left["stock"] == 5:
            return
        await asyncio.sleep(0.02)
    pytest.fail("the stock did not come back")


async def test_metrics_tell_of_orders(client: httpx.AsyncClient) -> None:
    text = (await client.get("/metrics")).text
    assert "orders_pending 0.0" in text
    assert "orders_oldest_pending_seconds 0.0" in text
