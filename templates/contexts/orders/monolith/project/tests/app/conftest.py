"""The whole process in this one: the real wiring on a real PostgreSQL, called without a socket."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from app.composition import Settings
from app.server import create_app

PASSWORD = "seven lamps over the harbour"


@pytest.fixture
def settings(clean_database: str, tmp_path: Path) -> Settings:
    """Settings of a test; nothing of them comes from the environment."""
    return Settings.model_construct(
        **Settings(
            environment="test",
            database_url=SecretStr(clean_database),
            mailbox_directory=tmp_path / "mailbox",
            signing_keys_directory=tmp_path / "keys",
        ).model_dump()
    )


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Calls the running application."""
    app = create_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://shop.test") as caller,
    ):
        yield caller


@pytest.fixture
async def user(client: httpx.AsyncClient) -> dict[str, str]:
    """The headers of somebody who is logged in."""
    return await log_in(client, "ada@example.org")


@pytest.fixture
async def admin(client: httpx.AsyncClient, settings: Settings) -> dict[str, str]:
    """The headers of an administrator."""
    await register(client, "admin@example.org")
    with psycopg.connect(settings.database_url.get_secret_value(), autocommit=True) as connection:
        connection.execute(
            "UPDATE identity.users SET role = 'admin' WHERE email = 'admin@example.org'"
        )
    return await log_in(client, "admin@example.org")


async def register(client: httpx.AsyncClient, email: str) -> None:
    """A new user."""
    body = {"email": email, "password": PASSWORD, "name": "Ada"}
    answer = await client.post("/v1/auth/register", json=body)
    assert answer.status_code in {201, 409}, answer.text


async def log_in(client: httpx.AsyncClient, email: str) -> dict[str, str]:
    """The headers of a user, who is registered first if need be."""
    await register(client, email)
    answer = await client.post("/v1/auth/login", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}
