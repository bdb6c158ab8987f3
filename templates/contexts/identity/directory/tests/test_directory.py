"""Looking users up: by whom, and how often in vain."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from identity.application.directory import Directory
from identity.application.ports import Transactions
from identity.entrypoints.directory import READERS, directory_router
from identity.entrypoints.http import STATUSES
from kit.auth import InvalidToken, Principal, bearer
from kit.problems import install
from tests.identity.builders import EMAIL, THROTTLE, Door

pytestmark = pytest.mark.anyio
CALLER = UUID(int=7)
RULE = THROTTLE.client


class RoleIsToken:
    """The token is the role."""

    async def verify(self, token: str) -> Principal:
        if token == "forged":
            raise InvalidToken
        return Principal(CALLER, token)


@pytest.fixture
async def client(door: Door) -> AsyncIterator[AsyncClient]:
    app = FastAPI()
    install(app, STATUSES)
    directory = Directory(door.transactions, door.clock, RULE)
    app.include_router(directory_router(directory, bearer(RoleIsToken())))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://shop") as client:
        yield client


async def find(client: AsyncClient, email: str, role: str = "admin") -> Response:
    headers = {"Authorization": f"Bearer {role}"}
    return await client.get("/v1/users", params={"email": email}, headers=headers)


async def test_a_user_is_found_by_the_address_in_every_case(
    client: AsyncClient, door: Door
) -> None:
    ada = await door.register()
    for email in (EMAIL, EMAIL.upper()):
        answer = await find(client, email)
        assert answer.json() == {"items": [{"id": str(ada.id), "name": "Ada"}], "next_cursor": None}
        assert answer.headers["Cache-Control"] == "no-store"
    nobody = await find(client, f"x{EMAIL}")
    assert nobody.json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("role", READERS)
async def test_those_in_the_directory_may_look(client: AsyncClient, role: str) -> None:
    assert (await find(client, EMAIL, role)).status_code == 200


async def test_others_may_not(client: AsyncClient) -> None:
    for role, status, code in (("user", 403, "forbidden"), ("forged", 401, "token_invalid")):
        answer = await find(client, EMAIL, role)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    answer = await client.get("/v1/users", params={"email": EMAIL})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")


@pytest.mark.parametrize("email", ["", "nobody", "a" * 300 + "@b.co", "a\0@b.co"])
async def test_what_is_no_address_is_named(client: AsyncClient, email: str) -> None:
    answer = await find(client, email)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")


async def test_who_looks_in_vain_too_often_waits(client: AsyncClient, door: Door) -> None:
    await door.register()
    for number in range(RULE.free):
        assert (await find(client, f"{number}@example.com")).status_code == 200
    answer = await find(client, EMAIL)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
    assert answer.headers["Retry-After"] == "1"
    door.clock.pass_time(seconds=1)
    found = [await find(client, EMAIL) for _ in range(3)]
    assert [answer.status_code for answer in found] == [200] * 3


async def test_on_every_kind_of_transactions(transactions: Transactions) -> None:
    door = Door(transactions)
    directory = Directory(transactions, door.clock, RULE)
    assert await directory.find(EMAIL, CALLER) is None
    ada = await door.register()
    found = await directory.find(EMAIL, CALLER)
    assert found is not None
    assert (found.id, found.name) == (ada.id, "Ada")
