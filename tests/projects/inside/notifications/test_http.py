from typing import Annotated
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI, Header

from kit import problems
from kit.auth import Principal
from notifications.entrypoints.http import router
from tests.notifications.builders import ADA, MemoryNotificationQueries, Office, notice

pytestmark = pytest.mark.anyio


async def from_header(x_user: Annotated[UUID, Header()]) -> Principal:
    """Believe what the test says."""
    return Principal(x_user, "user")


async def test_my_notifications_are_paged(office: Office) -> None:
    app = FastAPI()
    problems.install(app, {})
    app.include_router(router(MemoryNotificationQueries(office.store), from_header))
    books = [uuid4() for _ in range(3)]
    for book in books:
        await office.service.notify([notice(about=book)])
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
    assert [item["about"] for item in items] == [str(book) for book in books[::-1]]
    assert rest["next_cursor"] is None
    assert items[0] == {
        "id": str(UUID(int=3)),
        "kind": "lent",
        "subject": "You have a book",
        "about": str(books[2]),
        "created_at": "2026-01-01T12:00:00Z",
    }
    assert other.json() == {"items": [], "next_cursor": None}
    assert (bad.status_code, bad.json()["code"]) == (422, "invalid_cursor")
