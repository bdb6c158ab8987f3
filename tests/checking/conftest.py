"""A fresh default project for each test, rendered once."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from blueprint_cli.checking.check import check_project
from tests.rendered import render

Check = Callable[..., list[tuple[str, str, int | None]]]


@pytest.fixture(scope="session")
def pristine_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("pristine") / "shop", "--defaults")


@pytest.fixture
def shop(pristine_shop: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine_shop, tmp_path / "the shop"))


def found(project: Path) -> list[tuple[str, str, int | None]]:
    """What `check` finds: id, path and line."""
    return [
        (finding.rule.id, finding.found.path, finding.found.line)
        for finding in check_project(project).findings
    ]
