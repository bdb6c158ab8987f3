from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from blueprint_cli.deployment.workloads import Workloads
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.reading import validate
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.templates.data import template_data

if TYPE_CHECKING:
    from blueprint_cli.patterns import Pattern

SHOP = "contexts: {identity: {}, notifications: {}, catalog: {}, orders: {}}\n"


def workloads(pattern: Pattern, more: str = SHOP) -> Workloads:
    document = parse_document(
        f"blueprint: 1\nproject: {{name: shop}}\npattern: {pattern}\n{more}", "blueprint.yaml"
    )
    spec = validate(document.data, document)
    made = template_data(spec, find_template(pattern))["workloads"]
    assert isinstance(made, Workloads)
    return made


def test_a_monolith_is_one_process_and_one_database() -> None:
    made = workloads("monolith")
    assert [(one.name, one.image, one.application) for one in made.processes] == [
        ("server", "shop", "app.server:create_app")
    ]
    assert [(one.name, one.owner) for one in made.databases] == [("app", "app_owner")]
    assert made.addresses == {}
    assert not made.broker


def test_services_are_a_process_and_a_database_each_and_know_their_callers() -> None:
    made = workloads("microservices")
    by_name = {one.name: one for one in made.processes}
    assert by_name.keys() == {"identity", "catalog", "orders", "notifications"}
    assert by_name["catalog"].public_keys == ("ORDERS_PUBLIC_KEYS",)
    assert by_name["notifications"].sends_email
    assert by_name["identity"].signs
    assert not by_name["orders"].signs
    assert made.addresses["CATALOG_URL"] == "catalog"
    assert [one.schemas for one in made.databases][:1] == ["identity_service.composition:SCHEMAS"]


def test_where_events_flow_each_role_is_a_process() -> None:
    names = [one.name for one in workloads("event-driven").processes]
    assert {"orders", "orders-relay", "orders-consumer", "identity-relay"} <= set(names)
    assert "identity-consumer" not in names
    made = {one.name: one for one in workloads("event-driven").processes}
    assert made["orders-relay"].settings == (("ROLES", "relay"),)
    assert not made["orders-relay"].answers
    # Nobody logs in there.
    assert [one.name for one in made.values() if one.signs] == ["identity"]


@pytest.mark.parametrize("pattern", ["monolith", "microservices"])
def test_more_load_is_more_instances(pattern: Pattern) -> None:
    calm = workloads(pattern).processes[0].resources
    busy = (
        workloads(
            pattern, SHOP + "requirements: {requests_per_second_avg: 20000, peak_to_average: 10}\n"
        )
        .processes[0]
        .resources
    )
    assert busy.instances > calm.instances
    assert busy.most > busy.instances


def test_who_calls_whom_over_http() -> None:
    assert workloads("monolith").calls == {}
    made = workloads("microservices").calls
    assert made["catalog"] == ("orders",)
    assert set(made["identity"]) == {"catalog", "orders", "notifications"}
    consumers = workloads("event-driven").calls
    assert list(consumers) == ["identity"]
    assert "orders-consumer" in consumers["identity"]
