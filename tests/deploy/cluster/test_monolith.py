"""A described application as one process on the node: everything that happens to a release."""

import time
from collections.abc import Iterator

import pytest

from tests.deploy.cluster.by_kustomize import Overlay
from tests.deploy.cluster.conftest import RELEASES
from tests.deploy.cluster.deployed import report

pytestmark = pytest.mark.project

ROLES = ("admin", "desk", "doctor")
_TENTH_OF_A_CORE = 200  # per cent of what a pod asks for
# Neither is answered by the gateway's cache, nor is the second sent again by the gateway.
READ = "GET /v1/clinic/doctors"
WRITE = 'POST /v1/clinic/doctors {"account": "UUID", "name": "Ada", "speciality": "general"}'


@pytest.fixture(scope="module")
def running(clinic: Overlay) -> Iterator[Overlay]:
    """Applied, migrated and ready."""
    begun = time.monotonic()
    said = clinic.apply()
    assert "arning" not in said, said
    report(clinic, "apply", took=round(time.monotonic() - begun, 1))
    yield clinic
    clinic.remove()


@pytest.fixture(scope="module")
def desk(running: Overlay) -> str:
    """The header of who may read and write doctors."""
    running.make_users("server", "desk")
    return running.authorization(running.address(), "desk@example.com")


def test_every_overlay_is_accepted_strictly_and_without_a_warning(running: Overlay) -> None:
    for overlay in sorted(path.name for path in running.folder.parent.iterdir()):
        manifests = running.manifests(overlay)
        namespace = f"{running.project.name}-{overlay}"
        running.cluster.ask("create", "namespace", namespace)
        said = running.cluster.kubectl(
            *("apply", "--server-side", "--force-conflicts", "--dry-run=server"),
            *("--validate=strict", "--filename", "-"),
            given=manifests,
        )
        assert "arning" not in said, said


def test_what_is_wrong_is_refused(running: Overlay) -> None:
    manifests = running.manifests()
    typo = manifests.replace("readinessProbe:", "readynessProbe:", 1)
    assert typo != manifests
    strict = ("apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename", "-")
    refused = running.cluster.ask(*strict, given=typo)
    assert refused.returncode != 0
    assert "readynessProbe" in refused.stdout

    as_root = running.pod("as-root", ["true"], user=0)
    refused = running.ask("apply", "--filename", "-", given=as_root)
    assert refused.returncode != 0
    assert "restricted" in refused.stdout


def test_the_suite_passes_through_the_gateway(running: Overlay) -> None:
    users = running.make_users("server", *ROLES)
    begun = time.monotonic()
    said = running.black_box(running.address(), users)
    assert " passed" in said
    report(running, "suite", took=round(time.monotonic() - begun, 1), said=said.split("\n")[-2])


def test_a_release_and_the_way_back_fail_no_request(running: Overlay, desk: str) -> None:
    """The second release's migration is additive: the first one runs on its schema."""
    for release in reversed(RELEASES):
        begun = time.monotonic()
        with running.under_load(running.address(), 20, [READ, WRITE], authorization=desk) as load:
            time.sleep(2)
            running.release(release)
            time.sleep(2)
        report(running, f"release {release}", took=round(time.monotonic() - begun, 1), **load.said)
        assert load.said["failures"] == 0, load.said
        assert load.said["sent"] > 100


def test_it_is_scaled_under_load(running: Overlay, desk: str) -> None:
    running.wait_until_idle("server", _TENTH_OF_A_CORE)
    running.target("server", _TENTH_OF_A_CORE)
    running.allow("server", 1, 2)
    begun = time.monotonic()
    with running.under_load(
        running.address(), 100, [READ], authorization=desk, seconds=100
    ) as load:
        while (wanted := running.wanted("server")) < 2 and time.monotonic() - begun < 90:
            time.sleep(1)
        seconds = time.monotonic() - begun
    report(running, "scaled", took=round(seconds, 1), to=wanted, **load.said)
    assert wanted >= 2, running.kubectl("describe", "hpa", "server")


def test_a_pod_that_is_killed_fails_no_read(running: Overlay, desk: str) -> None:
    running.scale("server", 2)
    with running.under_load(running.address(), 20, [READ], authorization=desk) as load:
        for _ in range(2):
            running.wait_until_each_is_asked("server", READ.rpartition(" ")[2])
            victim = running.ready_pods("server")[0]
            running.kill(victim)
            running.wait_until_rolled_out("server")
            running.wait_for_pods("server", 2)
    report(running, "killed", **load.said)
    assert load.said["failures"] == 0, load.said


def test_a_drain_waits_for_the_disruption_budget(running: Overlay) -> None:
    running.scale("server", 2)
    running.wait_for_pods("server", 2)
    try:
        drained = running.ask(
            *("drain", "node-1", "--pod-selector", "app.kubernetes.io/name=server"),
            *("--ignore-daemonsets", "--delete-emptydir-data", "--timeout=15s"),
        )
        assert drained.returncode != 0
        assert "disruption budget" in drained.stdout
        assert running.ready_pods("server")
    finally:
        running.kubectl("uncordon", "node-1")
    running.wait_for_pods("server", 2)


@pytest.mark.parametrize(("component", "reaches"), [("server", True), ("stranger", False)])
def test_only_its_own_pods_reach_the_database(
    running: Overlay, component: str, *, reaches: bool
) -> None:
    address = running.pod_address("app.kubernetes.io/name=postgres")
    code = f"import socket; socket.create_connection(({address!r}, 5432), 3); print('reached')"
    # A pod is known to the policies some seconds after it has an address.
    attempts = 15 if reaches else 5
    script = f"""
import time
for _ in range({attempts}):
    try:
        {code}
        break
    except OSError as error:
        print(error)
    time.sleep(1)
"""
    labels = {"app.kubernetes.io/component": component}
    said = running.run_pod(f"probe-{component}", ["python", "-c", script], labels)
    assert ("reached" in said) == reaches, said
