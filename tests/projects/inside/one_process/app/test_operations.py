"""What operators and browsers see of the assembled application."""

import sys

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from app.composition import Settings
from app.server import create_app

pytestmark = pytest.mark.postgres

ORIGIN = "https://shop.example"


def calling(settings: Settings) -> httpx.AsyncClient:
    """A caller of an application that does not run in the background."""
    transport = httpx.ASGITransport(create_app(settings), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://shop.test")


async def test_it_is_ready_when_everything_is(client: httpx.AsyncClient) -> None:
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert set(answer.json()["checks"]) == {
        "database",
        "migrations",
        "preconditions",
        "relays",
    }


async def test_it_is_not_ready_while_a_schema_is_behind(
    client: httpx.AsyncClient, owner_url: str
) -> None:
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE identity.version AS TABLE identity.alembic_version")
        connection.execute("DELETE FROM identity.alembic_version")
        answer = await client.get("/readyz")
        connection.execute("INSERT INTO identity.alembic_version TABLE identity.version")
        connection.execute("DROP TABLE identity.version")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "RuntimeError: not migrated: identity"
    assert (await client.get("/readyz")).status_code == 200


async def test_without_its_database_it_lives_but_is_not_ready(settings: Settings) -> None:
    nowhere = make_conninfo("postgresql://u:p@127.0.0.1:9/none", connect_timeout=1)
    lost = settings.model_copy(update={"database_url": SecretStr(nowhere)})
    async with calling(lost) as caller:
        assert (await caller.get("/livez")).status_code == 200
        answer = await caller.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] != "ok"


async def test_metrics_tell_of_requests_pools_and_outboxes(
    client: httpx.AsyncClient,
) -> None:
    await client.get("/v1/auth/me")
    text = (await client.get("/metrics")).text
    assert 'http_requests_total{method="GET",route="/v1/auth/me",status="401"} 1.0' in text
    assert "\ndatabase_up 1.0\n" in text
    for outbox in ("identity", "catalog", "orders"):
        assert f'outbox_waiting_messages{{outbox="{outbox}.outbox"}} 0.0' in text
        assert f'outbox_parked_messages{{outbox="{outbox}.outbox"}} 0.0' in text
        assert f'outbox_oldest_message_seconds{{outbox="{outbox}.outbox"}} 0.0' in text
    for pool in ("transactions", "statements"):
        assert f'database_connections_in_use{{pool="{pool}"}} ' in text
        assert f'database_connections_waiting{{pool="{pool}"}} ' in text
        assert f'database_connections_limit{{pool="{pool}"}} ' in text
    assert "\nevent_loop_delay_seconds_count " in text
    if sys.platform == "linux":
        assert "\nprocess_cpu_seconds_total " in text
        assert "\nprocess_resident_memory_bytes " in text


async def test_a_problem_is_counted_by_its_code(client: httpx.AsyncClient) -> None:
    await client.get("/v1/auth/me")
    await client.post("/v1/auth/login", json={"email": 1})
    await client.get("/nowhere")
    text = (await client.get("/metrics")).text
    for labels in (
        'code="token_missing",method="GET",route="/v1/auth/me"',
        'code="validation_failed",method="POST",route="/v1/auth/login"',
        'code="not_found",method="GET",route="unmatched"',
    ):
        assert f"http_problems_total{{{labels}}} 1.0" in text


async def test_the_document_has_no_operators_endpoint(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert "/v1/auth/me" in document["paths"]
    assert not {"/livez", "/readyz", "/metrics"} & set(document["paths"])
    for path in document["paths"].values():
        for operation in path.values():
            errors = {s: r for s, r in operation["responses"].items() if s >= "400"}
            assert all("application/problem+json" in each["content"] for each in errors.values())


async def test_only_named_origins_may_call_from_a_browser(settings: Settings) -> None:
    strict = settings.model_copy(update={"cors_origins": (ORIGIN,)})
    preflight = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "Authorization, If-None-Match",
    }
    async with calling(strict) as caller:
        ours = await caller.options("/v1/auth/login", headers=preflight | {"Origin": ORIGIN})
        other = await caller.options(
            "/v1/auth/login", headers=preflight | {"Origin": "https://e.vil"}
        )
        failed = await caller.get("/nowhere", headers={"Origin": ORIGIN})
        no_json = {"Origin": ORIGIN, "Content-Type": "text/plain"}
        refused = await caller.post("/v1/auth/login", content="x", headers=no_json)
    assert (ours.status_code, ours.headers["access-control-allow-origin"]) == (200, ORIGIN)
    assert "access-control-allow-credentials" not in ours.headers
    assert "access-control-allow-origin" not in other.headers
    assert failed.headers["access-control-allow-origin"] == ORIGIN
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (415, ORIGIN)


async def test_without_origins_no_browser_of_another_site_may_call(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/v1/auth/me", headers={"Origin": ORIGIN})
    assert "access-control-allow-origin" not in answer.headers
