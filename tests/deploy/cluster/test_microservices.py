"""The shop as services on the node: each its own image, its database, its policies."""

import time
from collections.abc import Iterator

import pytest

from tests.deploy.cluster.by_kustomize import Overlay
from tests.deploy.cluster.cluster import Cluster
from tests.deploy.cluster.conftest import applied_shop
from tests.deploy.cluster.deployed import report
from tests.deploy.cluster.images import Engine

pytestmark = pytest.mark.project

SERVICES = ("identity", "catalog", "orders", "notifications")


@pytest.fixture(scope="module")
def shop(
    cluster: Cluster, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Overlay]:
    """Applied, migrated and ready."""
    project = tmp_path_factory.mktemp("microservices") / "shop"
    deployed = applied_shop(cluster, engine, project, "microservices", SERVICES)
    yield deployed
    deployed.remove()


@pytest.fixture(scope="module")
def users(shop: Overlay) -> dict[str, str]:
    return shop.make_users("identity", "admin")


def test_the_suite_passes_through_the_gateway(shop: Overlay, users: dict[str, str]) -> None:
    begun = time.monotonic()
    with shop.followed() as log:
        said = shop.black_box(shop.address(), {**users, "SERVER_LOG": str(log)})
    assert " passed" in said
    assert "skipped" not in said
    report(shop, "suite", took=round(time.monotonic() - begun, 1), said=said.split("\n")[-2])


def test_a_service_is_rolled_out_without_a_failed_request(
    shop: Overlay, users: dict[str, str]
) -> None:
    admin = shop.authorization(shop.address(), users["ADMIN_EMAIL"])
    with shop.under_load(shop.address(), 20, ["GET /v1/products"], authorization=admin) as load:
        time.sleep(2)
        shop.kubectl("rollout", "restart", "deployment/catalog")
        shop.wait_until_rolled_out("catalog")
        time.sleep(2)
    report(shop, "release", **load.said)
    assert load.said["failures"] == 0, load.said
