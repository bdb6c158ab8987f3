"""The files of a project on events, judged by the programs that will read them."""

import copy
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.rendered import render

CHECKERS = Path(__file__).parents[3] / ".venv-checkers" / "bin"
pytestmark = pytest.mark.skipif(
    not (CHECKERS.parent / "ready").exists(),
    reason="the programs that check rendered files are not installed: make checkers",
)
# What AsyncAPI's authors publish; a data file, so it is fetched and not kept here.
ASYNCAPI_SCHEMAS = "@asyncapi/specs@6.11.1"
CONTEXTS = ("identity", "catalog", "orders", "notifications", "analytics")
SECRETS = dict.fromkeys(
    [
        "POSTGRES_PASSWORD",
        *(f"{context.upper()}_PASSWORD" for context in CONTEXTS),
        *(f"{context.upper()}_OWNER_PASSWORD" for context in CONTEXTS),
    ],
    "for this check alone",
)

COMMANDS = [
    "hadolint " + " ".join(f"services/{context}/Dockerfile" for context in CONTEXTS),
    "actionlint .github/workflows/ci.yml .github/workflows/events.yml",
    "zizmor --offline --no-progress --persona auditor .github",
    "docker-compose config --quiet",
    "docker-compose -f compose.yaml -f compose.production.yaml config --quiet",
    "checkov -d . --framework dockerfile github_actions secrets --compact --quiet --skip-download",
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checked") / "shop"
    return render(folder, "--example", "shop", "--pattern", "event-driven")


def check(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [CHECKERS / command[0], *command[1:]],
        cwd=folder,
        env={**os.environ, **SECRETS},
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[:40])
def test_it_passes(shop: Path, command: str) -> None:
    result = check(shop, *command.split())
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("path", "old", "new", "command"),
    [
        ("services/orders/Dockerfile", "USER 10001:10001", "USER root", 0),
        (".github/workflows/events.yml", "runs-on:", "run-on:", 1),
        (".github/workflows/events.yml", "permissions: {}", "permissions: write-all", 2),
        ("compose.yaml", "healthcheck:", "heathcheck:", 3),
        ("compose.production.yaml", "volumes: !override", "volumnes: !override", 4),
        ("services/orders/Dockerfile", "USER 10001:10001", "USER root", 5),
    ],
)
def test_a_planted_fault_is_caught(  # noqa: PLR0913 - a fault is four values
    *, path: str, old: str, new: str, command: int, shop: Path, tmp_path: Path
) -> None:
    planted = tmp_path / "shop"
    shutil.copytree(shop, planted)
    text = (planted / path).read_text(encoding="utf-8")
    assert old in text
    (planted / path).write_text(text.replace(old, new), encoding="utf-8")
    assert check(planted, *COMMANDS[command].split()).returncode != 0


def test_in_production_one_of_three_brokers_may_fail(shop: Path) -> None:
    files = ("-f", "compose.yaml", "-f", "compose.production.yaml")
    found = json.loads(check(shop, "docker-compose", *files, "config", "--format", "json").stdout)
    services: dict[str, Any] = found["services"]
    brokers = [name for name in services if name.startswith("kafka-")]
    assert len(brokers) == 3
    for name in brokers:
        assert services[name]["environment"]["KAFKA_MIN_INSYNC_REPLICAS"] == "2"
        assert services[name]["volumes"][0]["source"] == name
    roles = {
        name: each["environment"].get("ROLES")
        for name, each in services.items()
        if each.get("environment")
    }
    assert (roles["orders"], roles["orders-relay"], roles["orders-consumer"]) == (
        "api",
        "relay",
        "consumer",
    )


def test_the_asyncapi_document_is_valid_and_a_broken_one_is_not(shop: Path, tmp_path: Path) -> None:
    fetched = check(tmp_path, "npm", "pack", "--silent", ASYNCAPI_SCHEMAS)
    assert fetched.returncode == 0, fetched.stdout
    (archive,) = tmp_path.glob("*.tgz")
    with tarfile.open(archive) as packed:
        file = packed.extractfile("package/schemas/3.0.0.json")
        assert file is not None
        schema = json.load(file)
    validator = jsonschema.Draft7Validator(schema)
    document = json.loads((shop / "docs" / "asyncapi.json").read_text(encoding="utf-8"))
    assert [error.message for error in validator.iter_errors(document)] == []
    broken = copy.deepcopy(document)
    next(iter(broken["operations"].values()))["action"] = "shout"
    assert not validator.is_valid(broken)
