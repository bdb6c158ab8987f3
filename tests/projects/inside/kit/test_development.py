"""`/` and `/docs`: there in development, nowhere else, and without another host."""

import re

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from kit import openapi, server
from kit.composition import compose, open_database
from kit.settings import CommonSettings, Environment

LINKS = {"e-mail": "var/<mailbox>", "orders": "http://127.0.0.1:8001/readyz"}
PAGES = ("/", "/docs", "/docs/swagger-ui.css")


@pytest.fixture(autouse=True)
def logging_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has logged before keeps its configuration, which other tests look into."""
    monkeypatch.setattr(server, "configure_logging", lambda *_: None)


def make_app(environment: Environment, links: dict[str, str] | None = None) -> FastAPI:
    settings = CommonSettings(
        environment=environment,
        database_url=SecretStr(
            "postgresql://shop:a-long-secret@db.example/shop?sslmode=verify-full"
        ),
        development_links=links or {},
    )
    database = open_database(settings, "kit")  # nothing here connects
    return server.serve(compose(settings, database, [], database.ping), settings, "kit")


async def get(app: FastAPI, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://kit.test") as client:
        return await client.get(path)


async def test_the_page_links_to_the_documentation_and_to_what_it_is_told() -> None:
    page = (await get(make_app("development", LINKS), "/")).text
    assert re.findall('href="([^"]*)"', page) == [
        "data:,",
        "/docs",
        "/openapi.json",
        "http://127.0.0.1:8001/readyz",
    ]
    assert "<code>var/&lt;mailbox&gt;</code>" in page


async def test_told_of_nothing_it_links_to_what_the_process_serves_operators() -> None:
    page = (await get(make_app("development"), "/")).text
    assert {"/livez", "/readyz", "/metrics"} < set(re.findall('href="([^"]*)"', page))


async def test_the_documentation_asks_no_other_host() -> None:
    app = make_app("development")
    answer = await get(app, "/docs")
    assert answer.status_code == 200
    used = set(re.findall('(?:href|src)="([^"]*)"', answer.text))
    assert used == {"data:,", "/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js"}
    assert '"validatorUrl": null' in answer.text
    [policy] = answer.headers.get_list("content-security-policy")
    assert {"default-src 'none'", "connect-src 'self'"} < set(policy.split("; "))
    assert "http" not in policy
    for path in used - {"data:,"}:
        assert (await get(app, path)).status_code == 200
    assert (await get(app, "/docs/index.html")).status_code == 404


@pytest.mark.parametrize("environment", ["test", "production"])
async def test_elsewhere_they_are_not_found(environment: Environment) -> None:
    app = make_app(environment, LINKS)
    for path in PAGES:
        answer = await get(app, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_where_the_package_is_not_installed_the_page_is_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(openapi, "find_spec", lambda _: None)
    app = make_app("development")
    assert (await get(app, "/docs")).status_code == 404
    page = await get(app, "/")
    assert (page.status_code, "/docs" in page.text) == (200, False)


def test_they_are_not_in_the_document() -> None:
    assert make_app("development").openapi()["paths"] == {}
