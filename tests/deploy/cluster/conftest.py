"""One node and one engine for all tests of this folder."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.cluster import images, programs
from tests.deploy.cluster.cluster import PROGRAMS, Cluster, running
from tests.deploy.cluster.images import Engine

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
