from typing import Annotated
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI, Header

from kit import problems
from kit.auth import Principal
from notifications.entrypoints.http import router
from tests.notifications.builders import ADA, Office
from tests.notifications.memory import MemoryNotificationQueries

pytestmark = pytest.mark.anyio


async def from_header(x_user: Annotated[UUID, Header()]) -> Principal:
    """Believe what the test says."""
    return Principal(x_user, "user")


async def test_my_notifications_are_paged(office: Office) -> None:
    app = FastAPI()
    problems.install(app, {})
    app.include_router(router(MemoryNotificationQueries(office.store), from_header))
    orders = [uuid4() for _ in range(3)]
    for order_id in orders:
        await office.service.order_cancelled(order_id, ADA.user_id)
    transport = httpx.ASGITransport(app)
    headers = {"X-User": str(ADA.user_id)}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://shop", headers=headers
    ) as client:
        first = (await client.get("/v1/notifications?limit=2")).json()
        cursor = {"cursor": first["next_cursor"]}
        rest = (await client.get("/v1/notifications", params=cursor)).json()
        other = await client.get("/v1/notifications", headers={"X-User": str(uuid4())})
        bad = await client.get("/v1/notifications?cursor=x")
    items = first["items"] + rest["items"]
    assert [item["order_id"] for item in items] == [str(order_id) for order_id in orders[::-1]]
    assert rest["next_cursor"] is None
    assert items[0] == {
        "id": str(UUID(int=3)),
        "kind": "order_cancelled",
        "order_id": str(orders[2]),
        "subject": "Your order is cancelled",
        "created_at": "2026-01-01T12:00:00Z",
    }
    assert other.json() == {"items": [], "next_cursor": None}
    assert (bad.status_code, bad.json()["code"]) == (422, "invalid_cursor")
