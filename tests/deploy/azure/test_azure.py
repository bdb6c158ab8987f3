"""What is rendered for Azure Functions, judged by what reads it, and run by its own library."""

import json
import os
import pickle
import re
import sqlite3
import subprocess
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from tests.deploy.served import black_box, path_of
from tests.newcomer import run, set_up
from tests.rendered import render

CHECKERS = Path(__file__).parents[3] / ".venv-checkers" / "bin"
CLINIC = Path(__file__).parents[2] / "domain" / "examples" / "clinic.yaml"
PATTERNS = ("monolith", "microservices", "event-driven")
TARGET = ("--set", "platform.deploy=[azure-functions]")
PLACE = Path("deploy") / "azure-functions"
with_checkers = pytest.mark.skipif(
    not (CHECKERS.parent / "ready").exists(),
    reason="the programs that check rendered files are not installed: make checkers",
)
OPEN = re.compile(r"^    raise NotImplementedError.*$", re.MULTILINE)
# Whether a file of Bicep parses: its compiler is to be had with .NET alone.
PARSED = """
import sys
from tree_sitter import Language, Parser
import tree_sitter_bicep
parser = Parser(Language(tree_sitter_bicep.language()))
sys.exit(any(parser.parse(open(path, "rb").read()).root_node.has_error for path in sys.argv[1:]))
"""
INDEXED = """
import json, sys
sys.path.insert(0, "deploy/azure-functions")
import function_app
found = function_app.app.get_functions()
read = {one.get_function_name(): json.loads(one.get_function_json()) for one in found}
print(json.dumps({name: one["bindings"][0] for name, one in read.items()}))
"""


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("azure")
    return {
        pattern: render(folder / pattern, "--example", "shop", "--pattern", pattern, *TARGET)
        for pattern in PATTERNS
    }


def schema() -> dict[str, Any]:
    """Of host.json, as schemastore.org publishes it and a package keeps it."""
    (kept,) = CHECKERS.parent.glob("lib/python*/site-packages/schemastore/cache.sqlite")
    with sqlite3.connect(kept) as database:
        for (answer,) in database.execute("SELECT value FROM responses"):
            if b"Azure Functions host.json" in answer[:400]:
                # Of a package that is installed by its hash.
                read: dict[str, Any] = json.loads(pickle.loads(answer)["_content"])  # noqa: S301
                return read
    pytest.fail("the package has no schema of host.json")


@with_checkers
def test_the_host_reads_its_file(shops: dict[str, Path]) -> None:
    validator = Draft4Validator(schema())
    for project in shops.values():
        host = json.loads((project / PLACE / "host.json").read_text())
        assert not list(validator.iter_errors(host))
    host["functionTimeout"] = "five minutes"
    assert list(validator.iter_errors(host))


@with_checkers
def test_bicep_parses(shops: dict[str, Path], tmp_path: Path) -> None:
    def parses(*files: Path) -> bool:
        command = [str(CHECKERS / "python"), "-c", PARSED, *map(str, files)]
        return subprocess.run(command, check=False).returncode == 0

    for project in shops.values():
        assert parses(*(project / PLACE).glob("*.bicep"))
    broken = tmp_path / "main.bicep"
    text = (shops["monolith"] / PLACE / "main.bicep").read_text()
    broken.write_text(text.replace("resource plan '", "resource plan ", 1))
    assert not parses(broken)


def test_each_app_runs_from_a_package_that_is_made(shops: dict[str, Path]) -> None:
    for pattern, project in shops.items():
        bicep = (project / PLACE / "main.bicep").read_text()
        run_from = re.findall(r"packages/\$\{tag\}/(\S+)\.zip", bicep)
        script = (project / PLACE / "package.sh").read_text()
        made = re.findall(r"^package (\S+)", script, re.MULTILINE)
        assert run_from == made
        assert len(made) == (1 if pattern == "monolith" else len({*made})) > 0
    bicep = (shops["event-driven"] / PLACE / "main.bicep").read_text()
    assert "name: 'analytics'" not in bicep.partition("var routes")[2]  # it answers nobody


def test_apps_of_one_storage_are_told_apart(shops: dict[str, Path]) -> None:
    """By default the host takes 32 characters of a name, and stops where another one has them."""
    app = (shops["microservices"] / PLACE / "app.bicep").read_text()
    assert "AzureFunctionsWebHost__hostid: uniqueString(resourceGroup().id, name)" in app


def test_the_plan_sees_how_far_a_consumer_lags(shops: dict[str, Path]) -> None:
    """Of Kafka's trigger, which Azure does not look at otherwise."""
    app = (shops["event-driven"] / PLACE / "app.bicep").read_text()
    (variable,) = re.findall(r"ScaleMonitoringEnabled: contains\(settings, '(\w+)'\)", app)
    for pattern, project in shops.items():
        settings = (project / PLACE / "main.bicep").read_text()
        assert (f"{variable}:" in settings) == (pattern == "event-driven")


def test_no_app_may_write_the_code_that_apps_run(shops: dict[str, Path]) -> None:
    app, main = (
        (shops["microservices"] / PLACE / name).read_text() for name in ("app.bicep", "main.bicep")
    )
    scopes = dict(re.findall(r"resource (\w+Rights) '.*?scope: (\w+)", app, re.DOTALL))
    assert scopes["packagesRights"] == "packages" != scopes["storageRights"]
    reader = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
    assert reader in app.partition("packagesRights")[2].partition("storageRights")[0]
    assert "package: '${releases." in main
    assert "packagesName: releases.name" in main


def test_no_secret_stands_in_a_file(shops: dict[str, Path]) -> None:
    for project in shops.values():
        settings = json.loads((project / PLACE / "local.settings.example.json").read_text())
        assert settings["Values"]["DATABASE_URL"] == ""
        bicep = (project / PLACE / "main.bicep").read_text()
        secrets = re.findall(r"secrets: \{(.*?)\n    \}", bicep, re.DOTALL)
        assert all(re.search(r"DATABASE_URL: 'shop-[a-z]+-database-url'", one) for one in secrets)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_an_older_release_is_deployed_by_its_tag(
    pattern: str, shops: dict[str, Path], tmp_path: Path
) -> None:
    called = tmp_path / "az"
    called.write_text('#!/bin/sh\necho "$@"\n')
    called.chmod(0o755)
    given = {
        "GROUP": "acme",
        "VAULT": "kept",
        "SUBNET_ID": "/subnets/1",
        "MAIL_FROM": "a@b.example",
    }
    kafka = {"KAFKA_BOOTSTRAP_SERVERS": "kafka:9092", "KAFKA_SASL_USERNAME": "user"}
    path = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    command = ("sh", f"{PLACE}/deploy.sh", "replace")
    done = run(shops[pattern], *command, **given, **kafka, **path, TAG="v0")
    assert done.returncode == 0, done.stdout
    asked = set(
        re.findall(
            r"^param (\w+)", (shops[pattern] / PLACE / "main.bicep").read_text(), re.MULTILINE
        )
    )
    told = set(re.findall(r"(\w+)=", done.stdout.partition("--parameters")[2]))
    assert told == asked - {"location"}
    assert "tag=v0" in done.stdout
    assert run(shops[pattern], *command, **given, **kafka, **path).returncode != 0


@pytest.fixture(scope="module")
def monolith(shops: dict[str, Path]) -> Path:
    set_up(shops["monolith"])
    return shops["monolith"]


def functions_of(project: Path, composition: str, **settings: str) -> dict[str, dict[str, Any]]:
    """The binding of each function as Azure's host gets it."""
    done = run(
        project,
        *(".venv/bin/python", "-c", INDEXED),
        PYTHONPATH=path_of(project, "azure"),
        COMPOSITION=composition,
        DATABASE_URL="postgresql://nobody@127.0.0.1:1/none",
        **settings,
    )
    assert done.returncode == 0, done.stdout
    found: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.project
def test_the_host_finds_the_functions(monolith: Path) -> None:
    found = functions_of(monolith, "app.composition")
    assert found["http_app_func"]["route"] == "/{*route}"
    assert found["work"]["schedule"] == "0 * * * * *"
    assert len(found) == 2


@pytest.mark.project
def test_a_consumers_topics_are_functions(shops: dict[str, Path]) -> None:
    project = shops["event-driven"]
    set_up(project)
    urls = {f"{name}_URL": "http://127.0.0.1:1" for name in ("IDENTITY", "CATALOG", "ORDERS")}
    settings = urls | {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
    found = functions_of(project, "orders_service.composition", **settings)
    topics = {name: one["topic"] for name, one in found.items() if one["type"] == "kafkaTrigger"}
    assert topics
    assert set(topics) == {f"events_{topic.replace('.', '__')}" for topic in topics.values()}
    assert {found[name]["consumerGroup"] for name in topics} == {"orders"}


@pytest.mark.project
def test_a_package_holds_the_project_and_its_functions(monolith: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "environment", with_pip=True)
    python = str(tmp_path / "environment" / "bin" / "python")
    command = ("sh", f"{PLACE}/package.sh", str(tmp_path))
    done = run(monolith, *command, SOURCES_ALONE="yes", PYTHON=python)
    assert done.returncode == 0, done.stdout
    with zipfile.ZipFile(tmp_path / "server.zip") as package:
        names = set(package.namelist())
    site = ".python_packages/lib/site-packages"
    assert {"function_app.py", "host.json", f"{site}/kit/instance.py"} <= names
    assert not any(name.startswith(("tests/", "dev/")) or ".env" in name for name in names)


@pytest.mark.project
def test_a_described_domain_passes_its_own_suite_as_functions(tmp_path: Path) -> None:
    project = render(tmp_path / "clinic", "--answers", str(CLINIC), *TARGET)
    set_up(project)
    for file in project.glob("src/*/domain/*.py"):  # what is left to its owner
        file.write_text(OPEN.sub("    return True", file.read_text()))
    assert "passed" in black_box(project, "azure")
