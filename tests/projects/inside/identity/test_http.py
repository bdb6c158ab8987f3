"""What the black-box suite cannot ask: of proxies, of time, of bytes that are no text."""

from collections.abc import AsyncIterator, Collection
from datetime import timedelta
from ipaddress import ip_network
from json import dumps
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from identity.adapters.keys import SigningKeys
from identity.adapters.passwords import Argon2Passwords
from identity.adapters.tokens import SignedAccessTokens
from identity.application.ports import UserView
from identity.domain.user import Role
from identity.entrypoints.http import STATUSES, ClientAddress, router
from kit.auth import bearer
from kit.problems import install
from tests.identity.builders import EMAIL, PASSWORD, THROTTLE, Door

pytestmark = pytest.mark.anyio
JSON = {"Content-Type": "application/json"}
ADA = {"email": EMAIL, "password": PASSWORD, "name": "Ada"}


class MemoryQueries:
    """Users of the door's memory."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def user(self, user_id: UUID) -> UserView | None:
        found = self._door.memory.committed.users.rows.get(user_id)
        if found is None:
            return None
        return UserView(id=found.id, email=found.email, name=found.name, role=found.role)

    async def known_users(self, ids: Collection[UUID]) -> frozenset[UUID]:
        return frozenset(ids) & self._door.memory.committed.users.rows.keys()


@pytest.fixture
def tokens(door: Door, tmp_path: Path) -> SignedAccessTokens:
    keys = SigningKeys(tmp_path, lifetime=timedelta(minutes=15), production=False)
    keys.ensure(door.clock())
    tokens = SignedAccessTokens(
        keys,
        issuer="shop",
        audience="shop",
        lifetime=timedelta(minutes=15),
        clock=door.clock,
        new_id=uuid4,
    )
    door.authentication._access_tokens = tokens
    return tokens


@pytest.fixture
async def client(door: Door, tokens: SignedAccessTokens) -> AsyncIterator[AsyncClient]:
    app = FastAPI()
    install(app, STATUSES)
    routes = router(
        registration=door.registration,
        authentication=door.authentication,
        users=MemoryQueries(door),
        published_keys=tokens.published,
        authenticate=bearer(tokens),
        client_address=ClientAddress([ip_network("127.0.0.1")]),
    )
    app.include_router(routes)
    transport = ASGITransport(app, client=("127.0.0.1", 1234))
    async with AsyncClient(transport=transport, base_url="http://shop") as client:
        yield client


async def test_too_many_attempts_by_the_client_that_the_proxy_saw(client: AsyncClient) -> None:
    await client.post("/v1/auth/register", json=ADA)
    attacker = {"X-Forwarded-For": "198.51.100.1"}
    for number in range(THROTTLE.client.free):
        body = {"email": f"{number}@example.com", "password": "wrong"}
        await client.post("/v1/auth/login", json=body, headers=attacker)
    answer = await client.post("/v1/auth/login", json=ADA, headers=attacker)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
    assert answer.headers["Retry-After"] == "1"
    other = {"X-Forwarded-For": "198.51.100.2"}
    assert (await client.post("/v1/auth/login", json=ADA, headers=other)).status_code == 200


async def test_the_right_password_of_a_client_that_failed_often_is_always_taken(
    client: AsyncClient, door: Door
) -> None:
    await client.post("/v1/auth/register", json=ADA)
    for number in range(THROTTLE.client.free):
        body = {"email": f"{number}@example.com", "password": "wrong"}
        await client.post("/v1/auth/login", json=body)
    door.clock.pass_time(seconds=1)
    answers = [await client.post("/v1/auth/login", json=ADA) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 4


async def test_a_used_token_comes_back_from_the_client_that_the_proxy_saw(
    client: AsyncClient,
) -> None:
    await client.post("/v1/auth/register", json=ADA)
    logged_in = await client.post("/v1/auth/login", json=ADA)
    assert logged_in.headers["Cache-Control"] == "no-store"
    first = {"refresh_token": logged_in.json()["refresh_token"]}
    owner, thief = ({"X-Forwarded-For": f"198.51.100.{number}"} for number in (1, 2))
    answers = [await client.post("/v1/auth/refresh", json=first, headers=owner) for _ in range(2)]
    second, again = (answer.json()["refresh_token"] for answer in answers)
    assert second == again
    for tried, headers in ((first, thief), ({"refresh_token": second}, owner)):
        refused = await client.post("/v1/auth/refresh", json=tried, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (401, "token_invalid")


@pytest.mark.parametrize("strange", ["\ud800", "\0"])
async def test_what_no_text_has_is_answered_like_any_other_mistake(
    client: AsyncClient, door: Door, strange: str
) -> None:
    passwords = Argon2Passwords(memory_kib=64, passes=1)
    door.registration._passwords = door.authentication._passwords = passwords
    await client.post("/v1/auth/register", json=ADA)

    async def answer(path: str, body: dict[str, str]) -> tuple[int, str]:
        escaped = dumps(body)  # half of a UTF-16 pair has no other form
        answer = await client.post(f"/v1/auth/{path}", content=escaped, headers=JSON)
        return answer.status_code, answer.json()["code"] if answer.content else ""

    for email, password in ((EMAIL, strange), ("a@b.example", strange), (strange, PASSWORD)):
        tried = await answer("login", {"email": email, "password": password})
        assert tried == (401, "invalid_credentials")
    assert await answer("refresh", {"refresh_token": strange}) == (401, "token_invalid")
    assert await answer("logout", {"refresh_token": strange}) == (204, "")
    for field in ("email", "name"):
        refused = await answer("register", {**ADA, field: f"bob{strange}@b.example"})
        assert refused == (422, "validation_failed")


async def test_a_password_that_is_no_text_is_refused(client: AsyncClient) -> None:
    body = dumps({**ADA, "password": PASSWORD + "\ud800"})
    answer = await client.post("/v1/auth/register", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert answer.json()["errors"][0]["pointer"] == "#/password"


async def test_who_is_nobody(client: AsyncClient, tokens: SignedAccessTokens, door: Door) -> None:
    missing = await client.get("/v1/auth/me")
    assert (missing.status_code, missing.json()["code"]) == (401, "token_missing")
    gone = tokens.issue(uuid4(), Role.USER, door.clock()).value
    for token in ("nonsense", gone):
        invalid = await client.get("/v1/auth/me", headers={"Authorization": f"Bearer {token}"})
        assert (invalid.status_code, invalid.json()["code"]) == (401, "token_invalid")
        assert invalid.headers["WWW-Authenticate"].startswith("Bearer")
