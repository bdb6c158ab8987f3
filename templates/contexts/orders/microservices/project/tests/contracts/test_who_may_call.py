"""Which service may call which route of another, and tell it what: the services as they are wired,
each with the keys that it has under `make dev`."""

import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from unittest import mock
from uuid import uuid4

import httpx
import pytest

from dev.contexts import SERVICES
from dev.stack import Stack
from kit.clock import utc_now
from kit.delivery import PATH
from kit.messages import publisher_of
from kit.service_tokens import ServiceTokens, private_key
from tests.contracts.document import document_of

MESSAGES: Final = ("PUT", f"{PATH}/{{message_id}}")
RESERVE: Final = ("PUT", "/internal/v1/reservations/{order_id}")
MAY_CALL: Final[Mapping[tuple[str, tuple[str, str]], set[str]]] = {
    ("catalog", MESSAGES): {"orders"},
    ("catalog", RESERVE): {"orders"},
    ("notifications", MESSAGES): {"identity", "orders"},
    ("orders", MESSAGES): {"catalog"},
}
STACK = Stack("127.0.0.1", 0, Path(), reload=False, environment={"ENVIRONMENT": "test"})
REFUSED, NOT_UNDERSTOOD = {401, 403}, 422


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """Each service's application; nothing is connected to."""
    made = {}
    for name in SERVICES:
        settings = STACK.settings(name, "postgresql://nowhere/none")
        with mock.patch.dict(os.environ, settings):
            made[name] = import_module(f"{name}_service.server").create_app()
    return made


def token_of(caller: str, audience: str, key_of: str | None = None) -> str:
    private, _ = STACK.keys[key_of or caller]
    return ServiceTokens(caller, private_key(private), {}, utc_now).sign(audience)


async def status(
    service: Any, route: tuple[str, str], token: str | None, body: object = None
) -> int:
    """What a call is answered; a body that makes no sense is not understood, and does nothing."""
    method, path = route
    path = f"{path.rpartition('/')[0]}/{uuid4()}"
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    transport = httpx.ASGITransport(service, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        answer = await client.request(method, path, json=body or {}, headers=headers)
    return answer.status_code


def test_every_internal_route_is_looked_at() -> None:
    found = {
        (name, (method.upper(), path))
        for name in SERVICES
        for path, item in document_of(name)["paths"].items()
        for method in item
        if path.startswith("/internal/")
    }
    assert found == MAY_CALL.keys()


@pytest.mark.parametrize(("name", "route"), MAY_CALL)
async def test_a_route_is_for_the_services_that_need_it(
    services: dict[str, Any], name: str, route: tuple[str, str]
) -> None:
    allowed = MAY_CALL[name, route]
    answers = {
        caller: await status(services[name], route, token_of(caller, name)) for caller in SERVICES
    }
    assert {caller for caller, it in answers.items() if it == NOT_UNDERSTOOD} == allowed
    assert {it for caller, it in answers.items() if caller not in allowed} <= REFUSED
    assert await status(services[name], route, None) == 401
    for caller, other in ((caller, other) for caller in allowed for other in SERVICES):
        in_its_name, for_another = token_of(caller, name, key_of=other), token_of(caller, other)
        if other != caller:
            assert await status(services[name], route, in_its_name) == 401, other
        if other != name:
            assert await status(services[name], route, for_another) == 401, other


@pytest.mark.parametrize("name", [name for name, route in MAY_CALL if route == MESSAGES])
async def test_an_event_comes_from_the_service_that_publishes_it(
    services: dict[str, Any], name: str
) -> None:
    described = document_of(name)["paths"][MESSAGES[1]]["put"]["requestBody"]
    envelopes = described["content"]["application/json"]["schema"]["oneOf"]
    for type_ in (each["properties"]["type"]["const"] for each in envelopes):
        body = {"type": type_, "key": "a key", "payload": {}, "occurred_at": str(utc_now())}
        answers = {
            caller: await status(services[name], MESSAGES, token_of(caller, name), body)
            for caller in SERVICES
        }
        publisher = publisher_of(type_)
        assert answers.pop(publisher) == NOT_UNDERSTOOD
        assert set(answers.values()) <= REFUSED
