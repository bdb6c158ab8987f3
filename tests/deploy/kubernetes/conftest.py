"""Projects for Kubernetes, each rendered once, and what Kustomize and Helm make of them."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.deploy.kubernetes.programs import helm, kustomized
from tests.rendered import render

Project = Callable[..., Path]
Made = Callable[..., str]


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """`project(target, pattern, domain, gateway)`: the folder of a rendered project."""

    @cache
    def made(target: str, pattern: str, domain: str = "shop", gateway: str = "nginx") -> Path:
        return render(
            tmp_path_factory.mktemp(f"{target}-{pattern}-{domain}") / "project",
            *("--example", domain, "--pattern", pattern),
            *("--set", f"platform.deploy=[{target}]", "--set", f"platform.gateway={gateway}"),
        )

    return made


@pytest.fixture(scope="session")
def made(project: Project) -> Made:
    """`made(target, pattern, environment, domain, gateway)`: the objects, as YAML."""

    @cache
    def text(
        target: str, pattern: str, environment: str, domain: str = "shop", gateway: str = "nginx"
    ) -> str:
        folder = project(target, pattern, domain, gateway) / "deploy" / target
        if target == "kubernetes":
            return kustomized(folder / "overlays" / environment)
        answer = helm(folder, environment)
        assert answer["refused"] == ""
        assert answer["messages"] == []
        manifests: str = answer["manifests"]
        return manifests

    return text
