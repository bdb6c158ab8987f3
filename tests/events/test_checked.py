"""The files of a project on events, judged by the programs that will read them."""

import copy
import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.rendered import render

CHECKERS = Path(__file__).parents[2] / ".venv-checkers" / "bin"
pytestmark = pytest.mark.skipif(
    not (CHECKERS.parent / "ready").exists(),
    reason="the programs that check rendered files are not installed: make checkers",
)
# What AsyncAPI's authors publish; a data file, so it is fetched and not kept here.
ASYNCAPI_SCHEMAS = "@asyncapi/specs@6.11.1"
SECRETS = {
    f"{name}_{kind}": "for this check alone"
    for name, kind in (
        ("POSTGRES", "PASSWORD"),
        ("SERVICE_TOKEN", "SECRETS"),
        ("IDENTITY", "PASSWORD"),
        ("CATALOG", "PASSWORD"),
        ("ORDERS", "PASSWORD"),
        ("NOTIFICATIONS", "PASSWORD"),
        ("ANALYTICS", "PASSWORD"),
    )
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checked") / "shop"
    return render(folder, "--defaults", "--pattern", "event-driven")


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


@pytest.mark.parametrize(
    "command",
    [
        "hadolint services/analytics/Dockerfile services/orders/Dockerfile",
        "actionlint .github/workflows/ci.yml",
        "zizmor --offline --no-progress --persona auditor .github",
        "docker-compose config --quiet",
        "docker-compose -f compose.yaml -f compose.production.yaml config --quiet",
    ],
)
def test_it_passes(shop: Path, command: str) -> None:
    result = check(shop, *command.split())
    assert result.returncode == 0, result.stdout


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
