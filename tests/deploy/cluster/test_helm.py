"""The clinic by its chart: installed, asked through an Ingress, upgraded, rolled back."""

import time
from collections.abc import Iterator

import pytest

from tests.deploy.cluster.by_helm import Chart
from tests.deploy.cluster.by_kustomize import Overlay
from tests.deploy.cluster.cluster import Cluster
from tests.deploy.cluster.conftest import RELEASES, make_clinic
from tests.deploy.cluster.deployed import report
from tests.deploy.cluster.images import Engine
from tests.deploy.cluster.ingress import Controller
from tests.deploy.cluster.test_monolith import READ, ROLES, WRITE
from tests.deploy.kubernetes import programs

pytestmark = [pytest.mark.project, programs.checkers]

HOST = "clinic.example.com"


@pytest.fixture(scope="module")
def chart(
    cluster: Cluster, engine: Engine, clinic: Overlay, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Chart]:
    """Installed and ready, of the images that the clinic has anyway."""
    project = make_clinic(tmp_path_factory.mktemp("helm"), "helm")
    chart = Chart(cluster, project, {"ingress": {"enabled": True, "host": HOST}})
    chart.load_images(engine)
    assert {f"clinic:{release}" for release in RELEASES} <= clinic.cluster.images
    chart.prepare()
    begun = time.monotonic()
    assert chart.install(RELEASES[0])["status"] == "deployed"
    chart.wait_until_rolled_out()
    report(chart, "install", took=round(time.monotonic() - begun, 1))
    yield chart
    chart.remove()


@pytest.fixture(scope="module")
def users(chart: Chart) -> dict[str, str]:
    return chart.make_users("server", *ROLES)


def test_the_suite_passes_through_an_ingress(chart: Chart, users: dict[str, str]) -> None:
    begun = time.monotonic()
    url = Controller.start(chart.cluster).serve(chart, HOST)
    report(chart, "ingress", took=round(time.monotonic() - begun, 1))
    begun = time.monotonic()
    # But for generated requests, which take as long as all others and go the same way.
    said = chart.black_box(url, users, "--ignore=tests/blackbox/test_whole_document.py")
    assert " passed" in said
    report(chart, "suite", took=round(time.monotonic() - begun, 1), said=said.split("\n")[-2])


def test_an_upgrade_and_the_way_back_fail_no_request(chart: Chart, users: dict[str, str]) -> None:
    """The second release's migration is a hook before its pods, and additive."""
    url = chart.address()
    desk = chart.authorization(url, users["DESK_EMAIL"])
    for number, tag in enumerate(reversed(RELEASES), 2):
        begun = time.monotonic()
        with chart.under_load(url, 20, [READ, WRITE], authorization=desk) as load:
            time.sleep(2)
            release = chart.roll_back() if tag == RELEASES[0] else chart.upgrade(tag)
            time.sleep(2)
        report(chart, f"release {tag}", took=round(time.monotonic() - begun, 1), **load.said)
        assert (release["status"], release["revision"]) == ("deployed", number)
        assert f"clinic:{tag}" in chart.kubectl("get", "deployment/server", "--output", "yaml")
        assert load.said["failures"] == 0, load.said
        assert load.said["sent"] > 100
