"""Projects that are watched, each rendered once."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.rendered import render

Project = Callable[[str, str], Path]


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """`project(pattern, example)`: the folder of a rendered project."""

    @cache
    def made(pattern: str, example: str) -> Path:
        gateway = "haproxy" if example == "shop" else "nginx"
        return render(
            tmp_path_factory.mktemp(f"{pattern}-{example}") / "project",
            *("--example", example, "--pattern", pattern),
            *("--set", "platform.observability=grafana"),
            *("--set", f"platform.gateway={gateway}"),
        )

    return made
