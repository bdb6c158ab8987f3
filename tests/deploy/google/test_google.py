"""What is rendered for Google Cloud, judged by what reads it, and run by functions-framework."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from blueprint_cli.deployment.openapi import operations_of
from tests.deploy.served import black_box, path_of
from tests.inside import laid
from tests.newcomer import run, set_up
from tests.rendered import render

CHECKERS = Path(__file__).parents[3] / ".venv-checkers" / "bin"
CLINIC = Path(__file__).parents[2] / "domain" / "examples" / "clinic.yaml"
PATTERNS = ("monolith", "microservices", "event-driven")
TARGET = ("--set", "platform.deploy=[google-functions]")
PLACE = Path("deploy") / "google-functions"
# What deploy.sh asks gcloud for is there, but for what it makes.
GCLOUD = """\
#!/bin/sh
echo "gcloud $*" >>"$CALLS"
case "$*" in
*projectNumber*) echo 4242 ;;
*describe*) [ -z "${MISSING:-}" ] || case "$*" in *$MISSING*) exit 1 ;; esac ;;
*replace* | *api-configs*)
    for word; do case $word in /*.yaml | /*.json) cat "$word" >>"$CALLS" ;; esac; done
    ;;
esac
"""
SETTINGS = {
    "PROJECT_ID": "acme",
    "REGION": "europe-west1",
    "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
    "KAFKA_SASL_USERNAME": "user",
    "MAIL_FROM": "shop@example.com",
}


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("google")
    return {
        pattern: render(folder / pattern, "--example", "shop", "--pattern", pattern, *TARGET)
        for pattern in PATTERNS
    }


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("google") / "clinic"
    return render(place, "--answers", str(CLINIC), "--pattern", "microservices", *TARGET)


def gateway(project: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((project / PLACE / "gateway.json").read_text())
    return read


@pytest.mark.skipif(
    not (CHECKERS / "openapi-spec-validator").exists(),
    reason="openapi-spec-validator is not installed: make checkers",
)
def test_the_gateways_document_is_swagger(
    shops: dict[str, Path], clinic: Path, tmp_path: Path
) -> None:
    def valid(document: Path) -> bool:
        validator = (CHECKERS / "openapi-spec-validator", document)
        return subprocess.run(validator, check=False, capture_output=True).returncode == 0

    for project in (*shops.values(), clinic):
        assert valid(project / PLACE / "gateway.json")
    broken = gateway(clinic)
    broken["paths"]["/v1/clinic/doctors/{id}"]["get"]["parameters"] = []
    (tmp_path / "broken.json").write_text(json.dumps(broken))
    assert not valid(tmp_path / "broken.json")


def test_it_says_what_the_projects_own_document_says(shops: dict[str, Path], clinic: Path) -> None:
    for project in (shops["microservices"], shops["event-driven"], clinic):
        own = operations_of(json.loads((project / "gateway" / "openapi.json").read_text()))
        found = operations_of(gateway(project))
        assert {place: found[place] for place in own} == own
        assert {method for method, _ in found.keys() - own.keys()} <= {"HEAD", "OPTIONS"}
    # A monolith has no document of its own in a file; it answers what the services do together.
    together = operations_of(gateway(shops["monolith"]))
    assert together == operations_of(gateway(shops["microservices"]))


def test_who_answers_a_request(shops: dict[str, Path]) -> None:
    for pattern, address in (("monolith", "${SERVER_URL}"), ("microservices", "${ORDERS_URL}")):
        found = gateway(shops[pattern])
        backend = found["paths"]["/v1/orders/{id}"]["get"]["x-google-backend"]
        assert backend["address"] == address


def test_what_swagger_cannot_say_is_listed(shops: dict[str, Path]) -> None:
    readme = (shops["monolith"] / PLACE / "README.md").read_text()
    assert "NewProduct.description.default" in readme


def deployed(project: Path, folder: Path, command: str, **settings: str) -> tuple[int, str]:
    """Run deploy.sh with programs that write down how they are called; its exit code, and that."""
    programs = folder / "programs"
    programs.mkdir()
    for name, text in (("gcloud", GCLOUD), ("docker", GCLOUD.replace("gcloud $*", "docker $*"))):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    calls = folder / "calls"
    calls.touch()
    environment = {
        **os.environ,
        **SETTINGS,
        **settings,
        "CALLS": str(calls),
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
    }
    script = ["sh", str(project / PLACE / "deploy.sh"), command]
    done = subprocess.run(script, env=environment, check=False, capture_output=True, text=True)
    return done.returncode, calls.read_text() + done.stderr


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_release_has_its_images_migrations_services_and_gateway(
    pattern: str, shops: dict[str, Path], tmp_path: Path
) -> None:
    code, calls = deployed(shops[pattern], tmp_path, "release", TAG="v7")
    assert code == 0, calls
    assert "${" not in calls
    order = [calls.index(word) for word in ("docker push", "jobs execute", "services replace")]
    assert order == sorted(order)
    assert calls.count("--wait") == (1 if pattern == "monolith" else len(services(shops[pattern])))
    assert ("worker-pools replace" in calls) == (pattern == "event-driven")
    assert "api-gateway gateways" in calls
    if pattern == "microservices":
        assert "https://shop-catalog-4242.europe-west1.run.app" in calls


@pytest.mark.parametrize("pattern", PATTERNS)
def test_an_image_is_built_where_its_files_are(
    pattern: str, shops: dict[str, Path], tmp_path: Path
) -> None:
    place = shops[pattern] / PLACE
    _, calls = deployed(shops[pattern], tmp_path, "release", TAG="v7")
    builds = [line.split() for line in calls.splitlines() if line.startswith("docker build")]
    assert builds
    for words in builds:
        context = place / words[-1]
        file = words[words.index("--file") + 1] if "--file" in words else "Dockerfile"
        copied = re.findall(r"(?m)^COPY (?!--from)(\S+) ", (place / file).read_text())
        assert copied
        assert all((context / source).exists() for source in copied), (file, copied)


def test_a_context_may_have_a_digit_in_its_name(tmp_path: Path) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text(
        "contexts:\n  identity: {}\n  stores2:\n"
        "    entities: {Shelf: {fields: {name: text(1..20)}}}\n"
    )
    chosen = ("--answers", str(answers), "--pattern", "event-driven")
    project = render(tmp_path / "stores", *chosen, *TARGET)
    code, calls = deployed(project, tmp_path, "release", TAG="v1", MISSING="api-configs")
    assert code == 0, calls
    assert "${" not in calls
    assert '"address": "https://shop-stores2-4242.europe-west1.run.app"' in calls


def services(project: Path) -> list[str]:
    return [path.name for path in (project / "services").iterdir()]


def test_setup_says_which_secret_is_missing(shops: dict[str, Path], tmp_path: Path) -> None:
    missing = "shop-orders-service-key"
    code, calls = deployed(shops["microservices"], tmp_path, "setup", MISSING=missing)
    assert code != 0
    assert f"the secret {missing} is missing" in calls


@pytest.mark.parametrize("variable", ["TAG", "MAIL_FROM", "KAFKA_BOOTSTRAP_SERVERS"])
def test_a_release_says_what_it_was_not_given(
    variable: str, shops: dict[str, Path], tmp_path: Path
) -> None:
    """Before it builds or migrates anything: without these no service would start."""
    given = {"TAG": "v7", variable: ""}
    code, calls = deployed(shops["event-driven"], tmp_path, "release", **given)
    assert code != 0
    assert variable in calls
    assert "docker" not in calls


@pytest.mark.parametrize("pattern", PATTERNS)
def test_setup_enables_and_makes_what_is_used(
    pattern: str, shops: dict[str, Path], tmp_path: Path
) -> None:
    code, calls = deployed(shops[pattern], tmp_path, "setup", MISSING="shop-work")
    assert code == 0, calls
    (enabled,) = (line for line in calls.splitlines() if "services enable" in line)
    gateways = ("apigateway", "servicemanagement", "servicecontrol")
    assert all(f"{one}.googleapis.com" in enabled for one in gateways)
    pushed = pattern != "event-driven"
    readme = (shops[pattern] / PLACE / "README.md").read_text()
    assert ("pubsub topics create" in calls) == pushed
    assert ("pubsub.googleapis.com" in enabled) == pushed
    assert ("topic, schedule" in readme) == pushed


def test_setup_gives_each_service_its_own_secrets_and_pushes(
    shops: dict[str, Path], tmp_path: Path
) -> None:
    code, calls = deployed(shops["microservices"], tmp_path, "setup", MISSING="shop-work")
    assert code == 0, calls
    granted = re.findall(r"add-iam-policy-binding (\S+) --member serviceAccount:(\S+?)@", calls)
    assert ("shop-orders-database-url", "run-orders") in granted
    assert {account for name, account in granted if name.startswith("shop-orders-data")} == {
        "run-orders",
        "job-orders",
    }
    owners = {account for name, account in granted if "migration" in name}
    assert owners
    assert all(account.startswith("job-") for account in owners)
    jobs = (shops["microservices"] / PLACE / "jobs").iterdir()
    assert {
        found
        for job in jobs
        for found in re.findall(r"serviceAccountName: (\S+?)@", job.read_text())
    } == owners
    pushes = [line for line in calls.splitlines() if "subscriptions create" in line]
    assert len(pushes) == len(services(shops["microservices"]))
    assert all("--push-auth-service-account work-push@acme" in line for line in pushes)
    assert "--schedule * * * * *" in calls


def test_what_runs_is_what_the_project_consists_of(shops: dict[str, Path]) -> None:
    for project in shops.values():
        files = [*(project / PLACE).glob("*/*.yaml")]
        kinds = {"services": "Service", "jobs": "Job", "workers": "WorkerPool"}
        for file in files:
            found = YAML(typ="safe").load(file)
            assert found["kind"] == kinds[file.parent.name]
            assert len(found["metadata"]["name"]) <= 49
    workers = {one.stem for one in (shops["event-driven"] / PLACE / "workers").iterdir()}
    assert {"orders-relay", "orders-consumer", "analytics-consumer"} <= workers
    assert not (shops["event-driven"] / PLACE / "services" / "analytics.yaml").exists()
    assert not (shops["monolith"] / PLACE / "workers").exists()


def test_a_context_on_mysql_is_migrated_and_reached(tmp_path: Path) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text(
        "contexts:\n  identity: {}\n  stores:\n    store: mysql\n"
        "    entities: {Shelf: {fields: {name: text(1..20)}}}\n"
    )
    project = render(tmp_path / "stores", "--answers", str(answers), *TARGET)
    job, service = (
        (project / PLACE / name).read_text()
        for name in ("jobs/migrate.yaml", "services/server.yaml")
    )
    assert "python -m kit.mysql.migrate app:ON_MYSQL" in job
    assert "shop-server-mysql-migration-url" in job
    assert "shop-server-mysql-database-url" in service
    assert "shop-server-mysql-migration-url" not in service
    code, calls = deployed(project, tmp_path, "setup")
    assert code == 0, calls
    assert "shop-server-mysql-migration-url" in calls


@pytest.fixture(scope="module")
def monolith(shops: dict[str, Path]) -> Path:
    set_up(shops["monolith"])
    return shops["monolith"]


@pytest.mark.project
def test_an_instance_starts_once_whoever_calls_first(monolith: Path) -> None:
    with laid(monolith, "monolith"):
        tests = ("-m", "pytest", "-q", "-n0", "tests/kit/test_instance.py")
        done = run(monolith, ".venv/bin/python", *tests)
    assert done.returncode == 0, done.stdout


@pytest.mark.project
def test_what_is_pushed_is_done_and_nobody_else_may_push(monolith: Path) -> None:
    script = Path(__file__).with_name("pushing.py")
    done = run(monolith, ".venv/bin/python", str(script), PYTHONPATH=path_of(monolith, "google"))
    assert done.returncode == 0, done.stdout
    seen = json.loads(done.stdout.splitlines()[-1])
    assert set(seen["refused"].values()) == {401}
    # What waited for an outbox's relay is delivered by the push, and by nothing before.
    assert (seen["before"], seen["still"], seen["pushed"], seen["after"]) == (1, 1, 204, 0)
    assert seen["method"] == 405
    # Operators' endpoints are there for probes alone.
    assert (seen["outside"], seen["inside"]) == ([404, 404, 404], 200)
    assert seen["newline"] == "application/problem+json"
    # By Eventarc as well; and the keys of tokens come from a secret.
    assert (seen["again"], seen["event"], seen["worked"]) == (1, 200, 0)
    assert seen["unpacked"] == seen["keys"]


@pytest.mark.project
def test_the_shop_passes_its_own_suite_by_functions_framework(monolith: Path) -> None:
    assert "passed" in black_box(monolith, "google")


@pytest.mark.project
def test_services_pass_their_own_suite_by_functions_framework(shops: dict[str, Path]) -> None:
    project = shops["microservices"]
    set_up(project)
    assert "passed" in black_box(project, "google", "tests/blackbox/test_orders.py")
