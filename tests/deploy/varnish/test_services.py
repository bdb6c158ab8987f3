"""Where each context is a process: its own events purge what was kept of its answers."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.deploy.varnish.edges import Seen, show, wait_until
from tests.deploy.varnish.running import Regions, running

pytestmark = pytest.mark.project

DOCTORS, PRODUCTS = "/v1/clinic/doctors", "/v1/products"


@pytest.fixture(scope="module", params=["microservices", "event-driven"])
def regions(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Regions]:
    spec = Path(__file__).with_name("services.yaml")
    with running(tmp_path_factory.mktemp("services"), spec, request.param) as made:
        yield made


def at_both(regions: Regions, path: str, condition: Callable[[Seen], bool]) -> None:
    """Both edges answer so before long; how long it took is printed."""
    took = wait_until(lambda: all(condition(one.ask(path)) for one in regions.edges), path, 10)
    show(f"{path}: at both edges after {took:.2f} s")


def test_changes_are_seen_at_both_edges(regions: Regions) -> None:
    doctor = regions.row(DOCTORS, {"name": "Ada"})
    body = {
        "sku": uuid.uuid4().hex[:12],
        "name": "Teapot",
        "description": "",
        "price_cents": 100,
        "currency": "EUR",
        "stock": 10,
    }
    product = regions.row(PRODUCTS, body, name="admin")
    for path in doctor, DOCTORS, product:
        at_both(regions, path, lambda seen: seen.kept)
    regions.change("PATCH", doctor, {"name": "Grace"}, if_match='"1"')
    regions.change("DELETE", product, name="admin")
    for path in doctor, DOCTORS:
        at_both(regions, path, lambda seen: b"Grace" in seen.content)
    at_both(regions, product, lambda seen: seen.status == 404)


def test_reads_go_on_without_the_services(regions: Regions) -> None:
    """The last one: there is no origin afterwards."""
    at_both(regions, DOCTORS, lambda seen: seen.kept)
    regions.kill_origin()
    for edge in regions.edges:
        assert edge.ask(DOCTORS).status == 200
        assert edge.ask(f"{DOCTORS}?room=never").status == 503
