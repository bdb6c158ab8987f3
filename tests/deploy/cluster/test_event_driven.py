"""The shop where events flow, on the node with one Kafka: an API, a relay and consumers each."""

import time
from collections.abc import Iterator

import pytest

from tests.deploy.cluster.by_kustomize import Overlay
from tests.deploy.cluster.cluster import Cluster
from tests.deploy.cluster.conftest import applied_shop
from tests.deploy.cluster.deployed import report
from tests.deploy.cluster.images import Engine

pytestmark = pytest.mark.project

CONTEXTS = ("identity", "catalog", "orders", "notifications", "analytics")
ROLLED_OUT = ("catalog", "catalog-relay", "catalog-consumer")


@pytest.fixture(scope="module")
def events(
    cluster: Cluster, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Overlay]:
    """Applied, migrated and ready."""
    project = tmp_path_factory.mktemp("event-driven") / "events"
    deployed = applied_shop(cluster, engine, project, "event-driven", CONTEXTS)
    yield deployed
    deployed.remove()


@pytest.fixture(scope="module")
def users(events: Overlay) -> dict[str, str]:
    return events.make_users("identity", "admin")


def test_the_suite_passes_through_the_gateway(events: Overlay, users: dict[str, str]) -> None:
    begun = time.monotonic()
    said = events.black_box(events.address(), users)
    assert " passed" in said
    report(events, "suite", took=round(time.monotonic() - begun, 1), said=said.split("\n")[-2])


def test_a_context_is_rolled_out_without_a_failed_request(
    events: Overlay, users: dict[str, str]
) -> None:
    admin = events.authorization(events.address(), users["ADMIN_EMAIL"])
    with events.under_load(events.address(), 20, ["GET /v1/products"], authorization=admin) as load:
        time.sleep(2)
        events.kubectl("rollout", "restart", *(f"deployment/{name}" for name in ROLLED_OUT))
        events.wait_until_rolled_out(*ROLLED_OUT)
        time.sleep(2)
    report(events, "release", **load.said)
    assert load.said["failures"] == 0, load.said
