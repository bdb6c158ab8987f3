"""One node, one engine, and the clinic's images for all tests of this folder."""

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.deploy.cluster import images, programs
from tests.deploy.cluster.by_kustomize import Overlay
from tests.deploy.cluster.cluster import PROGRAMS, Cluster, running
from tests.deploy.cluster.deployed import blueprint, raise_limits, report, succeed
from tests.deploy.cluster.images import Engine
from tests.described.conftest import OPEN
from tests.newcomer import set_up

EXAMPLE = Path(__file__).parents[2] / "domain" / "examples" / "clinic.yaml"
# Of the clinic, in this order; the second has one field more.
RELEASES = ("local", "next")
_PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"


def _require(*names: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("a node takes root: namespaces, mounts, cgroups")
    for name in names:
        if shutil.which(name, path=_PATH) is None:
            pytest.skip(f"{name} is not installed; .ci/run says which packages bring it")
    if not Path("/usr/lib/cni/bridge").exists():
        pytest.skip("containernetworking-plugins is not installed")


@pytest.fixture(scope="session")
def kubernetes() -> Path:
    """The programs' folder; building them takes a quarter of an hour, once."""
    _require(*PROGRAMS)
    folder = programs.built()
    if folder is None and not os.environ.get("BLUEPRINT_NO_SKIPS"):
        pytest.skip("not built: .venv/bin/python -m tests.deploy.cluster.programs")
    try:
        return folder or programs.build()
    except programs.CannotBuildError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def cluster(kubernetes: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running(tmp_path_factory.mktemp("node") / "node", kubernetes) as started:
        yield started


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    _require(*images.PROGRAMS)
    with images.engine(tmp_path_factory.mktemp("engine") / "engine") as started:
        yield started


def make_clinic(folder: Path, target: str) -> Path:
    """The clinic for a target, which is open at all hours, with its environment and its keys."""
    project = folder / "clinic"
    blueprint(
        *("new", "clinic", "--defaults", "--answers", str(EXAMPLE), "--output", str(project)),
        *("--pattern", "monolith", "--set", f"platform.deploy=[{target}]"),
    )
    for file in project.glob("src/*/domain/*.py"):
        file.write_text(OPEN.sub("    return True", file.read_text()))
    raise_limits(project)
    succeed(project, "git", "commit", "--quiet", "--all", "--message", "Open at all hours")
    set_up(project)
    succeed(project, "make", "keys")
    return project


@pytest.fixture(scope="session")
def clinic(cluster: Cluster, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Overlay:
    """As one process, with images of both releases on the node."""
    project = make_clinic(tmp_path_factory.mktemp("monolith"), "kubernetes")
    begun = time.monotonic()
    engine.project(project, "clinic:local")
    built = time.monotonic() - begun
    blueprint("add", "field", "clinic.Appointment", "room: text(1..10) optional", folder=project)
    engine.project(project, "clinic:next")
    deployed = Overlay(cluster, project)
    deployed.load_images(engine, *(f"clinic:{release}" for release in RELEASES))
    report(deployed, "image", took=round(built, 1))
    return deployed


def applied_shop(
    cluster: Cluster, engine: Engine, project: Path, pattern: str, contexts: Sequence[str]
) -> Overlay:
    """The shop of a pattern with a service for each context, its images on the node; applied."""
    blueprint(
        *("new", project.name, "--example", "shop", "--output", str(project)),
        *("--pattern", pattern, "--set", "platform.deploy=[kubernetes]"),
    )
    set_up(project)
    succeed(project, "make", "keys")
    raise_limits(project)
    deployed = Overlay(cluster, project)
    begun = time.monotonic()
    deployed.load_images(engine, *engine.services(project, contexts))
    report(deployed, "images", took=round(time.monotonic() - begun, 1))
    begun = time.monotonic()
    said = deployed.apply()
    assert "arning" not in said, said
    report(deployed, "apply", took=round(time.monotonic() - begun, 1))
    return deployed
