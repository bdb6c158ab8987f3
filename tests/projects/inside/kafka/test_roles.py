"""What a process does follows from what its context has to do, and from ROLES."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import APIRouter
from pydantic import SecretStr

from contracts.orders_v1 import OrderPlaced
from kit.background import Periodic
from kit.bus import Bus
from kit.composition import Part
from kit.database import Database
from kit.settings import SettingsError
from kit_kafka.process import Kafka
from kit_kafka.roles import roles_of
from kit_kafka.settings import KafkaSettings, Role

URL = "postgresql://nowhere/none"


async def nothing() -> None:
    """Work that is never done here."""


def kafka(has: tuple[Role, ...], asked: str) -> Kafka:
    environment: dict[str, Any] = {"roles": asked} if asked else {}
    settings = KafkaSettings(
        environment="test",
        database_url=SecretStr(URL),
        kafka_bootstrap_servers="nowhere:9092",
        **environment,
    )
    return Kafka(settings, "orders", Database(URL), Bus(), has)


def does(has: tuple[Role, ...], asked: str = "") -> set[str]:
    """What a process does of a part that serves, and has periodic work."""
    routes = APIRouter()
    routes.add_api_route("/", nothing)
    part = Part(router=routes, periodic=(Periodic("purge", nothing, timedelta(hours=1)),))
    here = kafka(has, asked)
    (left,) = here.in_roles(part)
    consumer = here.part((OrderPlaced,) if "consumer" in has else ())
    found = {"api": left.router.routes, "periodic": left.periodic, "consumer": consumer.loops}
    return {name for name, something in found.items() if something}


@pytest.mark.parametrize(
    ("context", "reads", "serves", "roles"),
    [
        ("orders", (OrderPlaced,), True, ("api", "relay", "consumer")),
        ("orders", (), True, ("api", "relay")),
        ("nobody", (), True, ("api",)),
        ("nobody", (OrderPlaced,), False, ("consumer",)),
    ],
)
def test_a_context_has_the_roles_in_which_it_does_something(
    context: str, reads: tuple[type[OrderPlaced], ...], *, serves: bool, roles: tuple[Role, ...]
) -> None:
    assert roles_of(context, reads, serves=serves) == roles


@pytest.mark.parametrize(
    "has", [("api", "relay", "consumer"), ("api", "relay"), ("api",), ("consumer",)]
)
def test_periodic_work_is_done_in_one_role_whatever_a_context_has(has: tuple[Role, ...]) -> None:
    assert [role for role in has if "periodic" in does(has, role)] == [has[-1]]


def test_without_roles_a_process_does_all_that_its_context_has() -> None:
    assert does(("api", "relay", "consumer")) == {"api", "periodic", "consumer"}
    assert does(("api", "relay", "consumer"), "api, relay") == {"api"}


@pytest.mark.parametrize(("asked", "named"), [("consumer", "consumer"), ("api,relay", "relay")])
def test_a_role_that_has_nothing_to_do_is_refused(asked: str, named: str) -> None:
    with pytest.raises(SettingsError, match=f"^ROLES: orders has nothing to do as {named};"):
        kafka(("api",), asked)


def test_who_only_serves_needs_no_broker() -> None:
    assert kafka(("api",), "").part(()).checks == {}
    assert "kafka" in kafka(("api", "relay"), "").part(()).checks
