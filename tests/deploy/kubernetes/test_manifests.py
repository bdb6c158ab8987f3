"""What is applied to a cluster: the same from Kustomize and Helm, and accepted by its readers."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from blueprint_cli.patterns import PATTERNS
from tests.deploy.kubernetes import programs
from tests.deploy.kubernetes.conftest import Made, Project
from tests.deploy.kubernetes.programs import CHECKERS, named, objects, pods, same
from tests.rendered import render

pytestmark = programs.checkers

TARGETS = ("kubernetes", "helm")
ENVIRONMENTS = ("development", "staging", "production")
OLDEST, NEWEST = "1.30", "1.37"
SHOP = [(pattern, "shop", "nginx") for pattern in PATTERNS]
PROJECTS = [
    *SHOP,
    ("monolith", "clinic", "haproxy"),
    ("microservices", "library", "haproxy"),
    ("event-driven", "telemetry", "haproxy"),
]
# Of checkov, each with the reason why it is not heeded.
NOT_OF_CHECKOV = {
    "CKV_K8S_15": "a tag is one image for good, and a node that has it starts without the registry",
    "CKV_K8S_35": "settings are read from the environment; no other user is in the container",
    "CKV_K8S_43": "a digest is written by the release, which knows it: overlays, image.tag",
}
# Of the servers that are for development alone.
NOT_IN_DEVELOPMENT = {
    "CKV_K8S_40": "the users of the images of PostgreSQL and Kafka are 999 and 1000"
}
NOT_OF_KUBE_SCORE = {
    "container-image-pull-policy": NOT_OF_CHECKOV["CKV_K8S_15"],
    "deployment-has-host-podantiaffinity": "topologySpreadConstraints do it, over zones as well",
    "statefulset-has-host-podantiaffinity": "they are of one replica, for development",
    "horizontalpodautoscaler-replicas": "a relay or consumer that is away loses nothing",
}
NOT_OF_KUBE_SCORE_IN_DEVELOPMENT = {
    "container-security-context-user-group-id": NOT_IN_DEVELOPMENT["CKV_K8S_40"],
    "pod-probes-identical": "a server that is not ready is one that is to be started again, too",
    "statefulset-has-poddisruptionbudget": "one replica would forbid to drain its node",
}


@pytest.mark.parametrize("environment", ["development", "production"])
@pytest.mark.parametrize(("pattern", "domain", "gateway"), PROJECTS)
def test_both_make_the_same(
    pattern: str, domain: str, gateway: str, environment: str, made: Made
) -> None:
    kustomize, helm = (
        same(objects(made(target, pattern, environment, domain, gateway))) for target in TARGETS
    )
    assert kustomize.keys() == helm.keys()
    assert kustomize == helm


@pytest.mark.parametrize(
    ("pattern", "job", "program"),
    [
        ("monolith", "server-migrate", "kit.mysql.migrate app:ON_MYSQL"),
        ("microservices", "stock-migrate", "stock_service.composition:ON_MYSQL"),
    ],
)
def test_contexts_on_mysql_are_migrated_and_reached(
    pattern: str, job: str, program: str, tmp_path: Path
) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text(
        "blueprint: 1\n"
        "contexts:\n  identity: {}\n"
        "  stock: {store: mysql, entities: {Part: {fields: {name: text}}}}\n"
    )
    made = {}
    for target in TARGETS:
        chosen = ("--pattern", pattern, "--set", f"platform.deploy=[{target}]")
        folder = render(tmp_path / target, "--answers", str(answers), *chosen) / "deploy" / target
        made[target] = same(
            objects(
                programs.kustomized(folder / "overlays" / "production")
                if target == "kubernetes"
                else programs.helm(folder, "production")["manifests"]
            )
        )
    assert made["kubernetes"] == made["helm"]
    found = made["helm"]
    assert program in json.dumps(found["Job", job])
    service = job.removesuffix("-migrate")
    urls = {(service, "MYSQL_DATABASE_URL")}
    urls |= {(service, "DATABASE_URL")} if pattern == "monolith" else set()
    assert given(found["Job", job]["spec"]["template"]) == ({f"{service}-migration"}, urls)
    egress = found["NetworkPolicy", "to-database"]["spec"]["egress"]
    assert {port["port"] for port in egress[0]["ports"]} == {3306, 5432}
    # What is dumped is on PostgreSQL.
    backups = {name for kind, name in found if kind == "CronJob"}
    assert backups
    assert not any(name.startswith("stock") for name in backups)


def given(pod: dict[str, Any]) -> tuple[set[str], set[tuple[str, str]]]:
    """The Secrets that a pod gets whole, and those of which it gets a key."""
    whole = {one["secret"]["secretName"] for one in pod["spec"]["volumes"] if "secret" in one}
    keys = set()
    for container in pod["spec"]["containers"]:
        sources = container.get("envFrom", ())
        whole |= {one["secretRef"]["name"] for one in sources if "secretRef" in one}
        held = [one.get("valueFrom", {}).get("secretKeyRef") for one in container.get("env", ())]
        keys |= {(one["name"], one["key"]) for one in held if one}
    return whole, keys


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_migration_gets_urls_and_none_of_what_processes_log_in_with(
    pattern: str, target: str, made: Made
) -> None:
    jobs = [one for one in objects(made(target, pattern, "production")) if one["kind"] == "Job"]
    assert jobs
    for one in jobs:
        service = one["metadata"]["name"].removesuffix("-migrate")
        whole, keys = given(one["spec"]["template"])
        assert whole == {f"{service}-migration"}
        assert keys == {(service, "DATABASE_URL")}


@pytest.mark.parametrize("cdn", ["null", "varnish"])
def test_the_gateway_has_no_file_that_it_does_not_read(cdn: str, tmp_path: Path) -> None:
    chosen = ("--set", "platform.deploy=[kubernetes]", "--set", f"platform.cdn={cdn}")
    base = render(tmp_path / "shop", "--example", "shop", *chosen) / "deploy/kubernetes/base"
    generated = yaml.safe_load((base / "kustomization.yaml").read_text())["configMapGenerator"]
    (mounted,) = (one["files"] for one in generated if one["name"] == "gateway")
    rendered = {*base.glob("gateway/*")}
    assert {path.relative_to(base).as_posix() for path in rendered} == {*mounted}
    for path in rendered:
        others = {base / "gateway.yaml", *rendered} - {path}
        assert any(path.name in other.read_text() for other in others), path.name


@pytest.mark.parametrize("target", TARGETS)
def test_what_runs_for_development_has_room_on_two_cores(target: str, made: Made) -> None:
    """All processes, their database and broker; a release has one pod more of each."""
    found = objects(made(target, "event-driven", "development"))
    asked = [
        container["resources"]["requests"]
        for pod in pods(found)
        for container in pod["spec"]["containers"]
    ]
    assert sum(int(one["cpu"].removesuffix("m")) for one in asked) < 2000
    scalers = [one["spec"] for one in found if one["kind"] == "HorizontalPodAutoscaler"]
    assert {(one["minReplicas"], one["maxReplicas"]) for one in scalers} == {(1, 1)}


@pytest.fixture(scope="module")
def written(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file for each pattern in a folder for each environment; Helm's are the same objects."""
    folder = tmp_path_factory.mktemp("written")
    for environment in ("development", "production"):
        (folder / environment).mkdir()
        for pattern in PATTERNS:
            path = folder / environment / f"{pattern}.yaml"
            path.write_text(made("kubernetes", pattern, environment))
    return folder


def test_kubernetes_knows_every_field(written: Path) -> None:
    oldest = written / "development" / "event-driven.yaml"
    assert programs.validated(OLDEST, oldest) == ""
    assert programs.validated(NEWEST, *written.rglob("*.yaml")) == ""


def test_a_misspelt_field_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "planted.yaml"
    planted.write_text(
        "{apiVersion: v1, kind: Service, metadata: {name: gateway}, spec: {clusterIp: None}}"
    )
    assert "clusterIp" in programs.validated(NEWEST, planted)


def test_checkov_finds_nothing(written: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(written, tmp_path / "scanned")
    production = folder / "production" / "planted.yaml"
    text = (folder / "production" / "monolith.yaml").read_text()
    production.write_text(text.replace("allowPrivilegeEscalation: false", "", 1))
    found = programs.checkov(folder, NOT_OF_CHECKOV)
    planted = [one for one in found if one["file"].endswith("planted.yaml")]
    assert "CKV_K8S_20" in {one["check"] for one in planted}
    rest = {one["check"] for one in found if one not in planted and "production" in one["file"]}
    assert rest == set()
    assert {one["check"] for one in found if "development" in one["file"]} == {*NOT_IN_DEVELOPMENT}


@pytest.mark.skipif(
    not (CHECKERS / "kube-score").exists(), reason="kube-score wants Go: make checkers"
)
@pytest.mark.parametrize("environment", ["development", "production"])
def test_kube_score_finds_nothing(environment: str, written: Path, tmp_path: Path) -> None:
    ignored = {
        **NOT_OF_KUBE_SCORE,
        **(NOT_OF_KUBE_SCORE_IN_DEVELOPMENT if environment == "development" else {}),
    }
    options = [option for name in ignored for option in ("--ignore-test", name)]
    score = (CHECKERS / "kube-score", "score", "--output-format", "ci", "--exit-one-on-warning")
    files = sorted((written / environment).glob("*.yaml"))
    for path in files:
        result = programs.run(*score, *options, path)
        assert result.returncode == 0, result.stdout
    planted = tmp_path / "planted.yaml"
    text = re.sub(r"(?m)^ *readinessProbe:\n(?: {10}.*\n)+", "", files[-1].read_text())
    planted.write_text(text.replace("app.kubernetes.io/component: gateway", "app: gateway"))
    assert programs.run(*score, *options, planted).returncode == 1


@pytest.mark.parametrize("pattern", PATTERNS)
def test_pods_are_restricted_and_none_has_a_token(pattern: str, made: Made) -> None:
    for environment in ENVIRONMENTS:
        for pod in pods(objects(made("kubernetes", pattern, environment))):
            spec = pod["spec"]
            assert spec["automountServiceAccountToken"] is False
            assert spec["securityContext"]["runAsNonRoot"] is True
            assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
            for container in spec["containers"]:
                assert container["securityContext"] == {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                    "readOnlyRootFilesystem": True,
                }
                assert {"requests", "limits"} <= container["resources"].keys()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_process_has_the_time_that_it_takes_to_drain(pattern: str, made: Made) -> None:
    found = objects(made("kubernetes", pattern, "production"))
    settings = next(
        one["data"]
        for one in found
        if one["kind"] == "ConfigMap" and one["metadata"]["name"].startswith("settings")
    )
    drains = sum(float(settings[name]) for name in ("DRAIN_SECONDS", "SHUTDOWN_TIMEOUT_SECONDS"))
    processes = [
        one["spec"]["template"]["spec"]
        for one in found
        if one["kind"] == "Deployment" and one["metadata"]["name"] != "gateway"
    ]
    assert processes
    for spec in processes:
        waits = spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert waits + drains < spec["terminationGracePeriodSeconds"]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_policy_names_pods_that_are_there(pattern: str, made: Made) -> None:
    """A misspelt label would select nothing, and a Service or policy of nothing fails nowhere."""
    found = objects(made("kubernetes", pattern, "development"))
    labels = [pod["metadata"]["labels"] for pod in pods(found)]

    def selected(selector: dict[str, Any]) -> bool:
        return any(
            all(held.get(key) == value for key, value in selector.get("matchLabels", {}).items())
            and all(
                held.get(one["key"]) in one["values"]
                for one in selector.get("matchExpressions", [])
            )
            for held in labels
        )

    for (kind, name), one in named(found).items():
        spec = one.get("spec", {})
        wanted = [spec["selector"]] if kind == "PodDisruptionBudget" else []
        if kind == "Service":
            wanted = [{"matchLabels": spec["selector"]}]
        if kind == "NetworkPolicy":
            rules = [*spec.get("ingress", []), *spec.get("egress", [])]
            others = [
                other for rule in rules for other in (*rule.get("from", []), *rule.get("to", []))
            ]
            wanted = [spec["podSelector"]]
            wanted += [
                other["podSelector"]
                for other in others
                if "podSelector" in other and "namespaceSelector" not in other
            ]
        for selector in wanted:
            assert selected(selector), (kind, name, selector)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_secrets_of_development_are_those_that_pods_name(
    pattern: str, project: Project, made: Made, tmp_path: Path
) -> None:
    """Run with what `make keys` writes, and an identity that is played."""
    folder = tmp_path / "project"
    shutil.copytree(project("kubernetes", pattern), folder)
    subprocess.run(["make", "keys"], cwd=folder, check=True, capture_output=True)
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(
        '#!/bin/sh\nmkdir -p "$SIGNING_KEYS_DIRECTORY"\n: > "$SIGNING_KEYS_DIRECTORY/-k.key.json"\n'
    )
    python.chmod(0o755)
    said = subprocess.run(
        ["sh", "dev/cluster_secrets.sh"],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        check=True,
        capture_output=True,
        text=True,
    )
    secrets = named(yaml.safe_load_all(said.stdout))
    assert all(
        value and "$" not in value
        for one in secrets.values()
        for value in one.get("stringData", {}).values()
    )
    wanted = set(
        re.findall(
            r"secret(?:Ref|Name|KeyRef):?\s+(?:key: \w+\s+)?(?:name: )?([\w-]+)",
            made("kubernetes", pattern, "development"),
        )
    )
    assert {("Secret", name) for name in wanted} == secrets.keys()


def test_a_value_that_is_none_is_refused(project: Project) -> None:
    chart = project("helm", "monolith") / "deploy" / "helm"
    refused = programs.helm(chart, "production", settings={"DRAIN_SECONDS": 5})["refused"]
    assert "DRAIN_SECONDS" in refused
    assert "want string" in refused
    values: list[dict[str, Any]] = [
        {"ingres": {"enabled": True}},
        {"ingress": {"host": "not a host"}},
        {"ingress": {"host": "-a.example"}},
        {"gateway": {"replicas": {"min": 0, "max": 2}}},
        # What was taken away is no part that is off.
        {"ingress": None},
    ]
    for wrong in values:
        assert programs.helm(chart, "production", **wrong)["refused"], wrong
    for name in ("gateway", "server"):
        more = {"replicas": {"min": 3, "max": 2}}
        wrong = {"gateway": more} if name == "gateway" else {"processes": {name: more}}
        refused = programs.helm(chart, "production", **wrong)["refused"]
        assert f"replicas of {name}: min is above max" in refused


@pytest.mark.parametrize("database", ["postgres", "cloudnativePg", None])
def test_migrations_come_before_everything_but_a_database_of_the_charts_own(
    database: str | None, project: Project
) -> None:
    chart = project("helm", "monolith") / "deploy" / "helm"
    values = {database: {"enabled": True}} if database else {}
    found = named(objects(programs.helm(chart, "production", **values)["manifests"]))
    hooks = {
        one["metadata"]["annotations"]["helm.sh/hook"]
        for (kind, name), one in found.items()
        if kind == "Job" or name == "settings-of-migrations"
    }
    assert hooks == {f"{'post' if database else 'pre'}-install,pre-upgrade"}


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_an_environment_has_a_name_and_a_host_of_its_own(environment: str, made: Made) -> None:
    found = named(objects(made("kubernetes", "monolith", environment)))
    assert ("Namespace", f"shop-{environment}") in found
    host = {"staging": "staging.shop.example.com", "production": "shop.example.com"}[environment]
    ingress = found["Ingress", "gateway"]["spec"]
    assert ingress["rules"][0]["host"] == host
    assert ingress["tls"][0]["hosts"] == [host]
