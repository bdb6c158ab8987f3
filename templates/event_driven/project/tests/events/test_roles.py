"""What production starts are the roles that the code says, each once."""

import copy
import os
import subprocess
import sys
from collections import Counter
from importlib import import_module
from typing import Any

import pytest
import yaml

from dev import openapi
from dev.brokers import roles_of
from dev.contexts import SERVICES
from dev.database import ROOT

PRODUCTION = ROOT / "compose.production.yaml"


class Compose(yaml.SafeLoader):
    """With Compose's own tags, such as `!override`."""


Compose.add_multi_constructor("!", lambda loader, _, node: loader.construct_sequence(node))


def production() -> dict[str, Any]:
    found = yaml.load(PRODUCTION.read_text(encoding="utf-8"), Compose)  # noqa: S506 - it is one
    services: dict[str, Any] = found["services"]
    return services


def wrong(services: dict[str, Any]) -> list[str]:
    """What is started of each service that has nothing to do, or twice; what is not started."""
    found = []
    for each in SERVICES:
        has, started = Counter[str](roles_of(each)), Counter[str]()
        for name, service in services.items():
            if name == each or name.startswith(f"{each}-"):
                roles = service.get("environment", {}).get("ROLES")
                started.update(roles.split(",") if roles else roles_of(each))
        surplus, missing = started - has, has - started
        found += [f"{each}: {role} has nothing to do, or is started twice" for role in surplus]
        found += [f"{each}: nothing is started as {role}" for role in missing]
    return found


def test_production_starts_what_has_something_to_do() -> None:
    assert wrong(production()) == [], f"mend {PRODUCTION.name}"


def started_alone() -> set[str]:
    """The roles that something is started with and nothing else."""
    found = (one.get("environment", {}).get("ROLES") for one in production().values())
    return {roles for roles in found if roles and "," not in roles}


@pytest.mark.parametrize("has", sorted(started_alone()))
def test_a_role_too_many_and_one_too_few_are_seen(has: str) -> None:
    services = copy.deepcopy(production())
    owner, name = next(
        (each, name)
        for each in SERVICES
        for name in (each, f"{each}-{has}")
        if services.get(name, {}).get("environment", {}).get("ROLES") == has
    )
    others = (each for each in SERVICES if each != owner)
    idle = min(others, key=lambda other: has in roles_of(other))
    services[f"{idle}-idle"] = {"environment": {"ROLES": has}}
    del services[name]
    seen = wrong(services)
    assert f"{owner}: nothing is started as {has}" in seen
    assert f"{idle}: {has} has nothing to do, or is started twice" in seen


def test_a_process_that_would_do_nothing_says_so_and_ends() -> None:
    start = "from identity_service.server import create_app; create_app()"
    settings = {"DATABASE_URL": "postgresql://nowhere/none", "KAFKA_BOOTSTRAP_SERVERS": "nowhere:9"}
    done = subprocess.run(
        [sys.executable, "-c", start],
        env={**os.environ, **settings, "ENVIRONMENT": "test", "ROLES": "consumer"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    said = "error: ROLES: identity has nothing to do as consumer; its roles are api,relay\n"
    assert done.stderr == said


def test_who_has_an_api_documents_one() -> None:
    documents = openapi.documents()
    for each in SERVICES:
        paths = documents[ROOT / "services" / each / "openapi.json"]["paths"]
        assert ("api" in roles_of(each)) == bool(paths), each


def test_the_roles_follow_from_what_is_read() -> None:
    for each in SERVICES:
        reads = import_module(f"{each}_service.composition").READS
        assert ("consumer" in roles_of(each)) == bool(reads), each
