"""What operators read, held to the definitions that their own projects publish."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from blueprint_cli.patterns import PATTERNS
from blueprint_cli.spec.platform import Platform, refusals
from tests.deploy.kubernetes import programs
from tests.deploy.kubernetes.conftest import Project
from tests.deploy.kubernetes.programs import helm, kustomized, named, objects, pods, same
from tests.rendered import render

pytestmark = [
    programs.checkers,
    pytest.mark.skipif(shutil.which("go") is None, reason="definitions come as Go modules: golang"),
]

# Where a release has its definitions. Strimzi's are in no registry that is asked here.
DEFINITIONS = {
    "github.com/cloudnative-pg/cloudnative-pg@v1.27.0": "config/crd/bases",
    "github.com/kedacore/keda/v2@v2.18.0": "config/crd/bases",
    "github.com/external-secrets/external-secrets@v1.3.2": "config/crds/bases",
    "sigs.k8s.io/gateway-api@v1.4.0": "config/crd/standard",
}
# Whose service has the name that the context had before.
RENAMED = """\
blueprint: 1
contexts:
  identity: {}
  notifications:
    reactions: [{when: quays.StayPlanned, do: email, to: captain, text: planned}]
  quays:
    service: harbour_master
    entities:
      Stay:
        fields: {captain: ref identity.User}
        commands: {create: {takes: [captain], by: user, emits: StayPlanned}}
"""
OF_STRIMZI = "kafka.strimzi.io"
COMPONENTS = ("cloudnative-pg", "external-secrets", "gateway-api")
WITH_EVENTS = (*COMPONENTS, "strimzi", "keda")
ENABLED = {"cloudnative-pg": "cloudnativePg", "external-secrets": "externalSecrets"}
ENABLED |= {"gateway-api": "gatewayApi", "strimzi": "strimzi", "keda": "keda"}
ENABLED |= {"kafka": "kafka", "postgres": "postgres"}


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """As the API server is asked to be: a field that a definition does not have is an error."""
    schema = deepcopy(schema)

    def close(one: object) -> None:
        if isinstance(one, list):
            for each in one:
                close(each)
        if isinstance(one, dict):
            open_ended = one.get("x-kubernetes-preserve-unknown-fields")
            if isinstance(one.get("properties"), dict) and not open_ended:
                one.setdefault("additionalProperties", False)
            for each in one.values():
                close(each)

    close(schema)
    schema["properties"] |= {"metadata": {"type": "object"}}
    return schema


@pytest.fixture(scope="module")
def schemas() -> dict[tuple[str, str], dict[str, Any]]:
    """By version of an API and kind."""
    found = {}
    for module, folder in DEFINITIONS.items():
        # Several at once, and in a folder without a go.mod of its own.
        told = subprocess.run(
            ["go", "mod", "download", "-json", module], cwd="/", check=True, capture_output=True
        )
        for path in (Path(json.loads(told.stdout)["Dir"]) / folder).glob("*.yaml"):
            spec = yaml.load(path.read_text(), yaml.CSafeLoader).get(
                "spec", {}
            )  # or a list of files
            for version in spec.get("versions", ()):
                name = f"{spec['group']}/{version['name']}", spec["names"]["kind"]
                found[name] = strict(version["schema"]["openAPIV3Schema"])
    return found


def wrong(one: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    validator = jsonschema.Draft202012Validator(schema)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(one)]


def of_operators(text: str) -> Iterator[dict[str, Any]]:
    for one in objects(text):
        group = one["apiVersion"].partition("/")[0]
        if group.startswith("gateway.") or ("." in group and not group.endswith(".k8s.io")):
            yield one


def overlay(project: Path, components: tuple[str, ...], folder: Path) -> Path:
    """An overlay that takes these components beside those of production."""
    made = shutil.copytree(project / "deploy" / "kubernetes", folder / "kubernetes")
    path = made / "overlays" / "production" / "kustomization.yaml"
    said = yaml.safe_load(path.read_text())
    said["components"] += [f"../../components/{name}" for name in components]
    path.write_text(yaml.safe_dump(said))
    return path.parent


@pytest.mark.parametrize("pattern", PATTERNS)
def test_operators_know_what_they_get(
    pattern: str, project: Project, schemas: dict[tuple[str, str], dict[str, Any]], tmp_path: Path
) -> None:
    components = WITH_EVENTS if pattern == "event-driven" else COMPONENTS
    found = list(
        of_operators(kustomized(overlay(project("kubernetes", pattern), components, tmp_path)))
    )
    values = {ENABLED[name]: {"enabled": True} for name in components}
    chart = project("helm", pattern) / "deploy" / "helm"
    by_helm = list(of_operators(helm(chart, "production", **values)["manifests"]))
    assert {(one["kind"], one["metadata"]["name"]) for one in found} == {
        (one["kind"], one["metadata"]["name"]) for one in by_helm
    }
    known = 0
    for one in [*found, *by_helm]:
        if not one["apiVersion"].startswith(OF_STRIMZI):
            known += 1
            assert wrong(one, schemas[one["apiVersion"], one["kind"]]) == [], one
    assert known > len(components)

    one = next(one for one in found if one["kind"] == "Cluster")
    one["spec"]["instance"] = one["spec"].pop("instances")
    assert "instance" in wrong(one, schemas[one["apiVersion"], one["kind"]])[0]


def test_processes_believe_an_operators_certificates(project: Project, tmp_path: Path) -> None:
    """URLs in production say verify-full, and no operator's authority is one of the system's."""
    components = ("cloudnative-pg", "strimzi")
    made = kustomized(overlay(project("kubernetes", "event-driven"), components, tmp_path))
    chart = project("helm", "event-driven") / "deploy" / "helm"
    values = {ENABLED[name]: {"enabled": True} for name in components}
    by_helm = helm(chart, "production", **values)["manifests"]
    both = [same(objects(made)), same(objects(by_helm))]
    assert both[0] == both[1]
    for (kind, name), one in both[0].items():
        for pod in pods([one] if name != "gateway" else []):
            spec, (container,) = pod["spec"], pod["spec"]["containers"]
            secrets = {
                volume["secret"]["secretName"]: volume["secret"].get("items")
                for volume in spec["volumes"]
                if "secret" in volume
            }
            # The operator's own key is in its Secret as well.
            for authority in ("postgres-ca", *(["kafka-cluster-ca-cert"] * (kind == "Deployment"))):
                assert secrets[authority] == [{"key": "ca.crt", "path": "ca.crt"}], name
            held = {each["name"]: each.get("value") for each in container.get("env", ())}
            for source in container.get("envFrom", ()):
                held |= source.get("configMapRef", {})
            mounted = {each["mountPath"] for each in container["volumeMounts"]}
            assert str(Path(held["PGSSLROOTCERT"]).parent) in mounted, name
            if kind == "Deployment":
                assert str(Path(held["KAFKA_SSL_CA_LOCATION"]).parent) in mounted, name


def test_consumers_have_one_autoscaler(project: Project, tmp_path: Path) -> None:
    made = objects(kustomized(overlay(project("kubernetes", "event-driven"), ("keda",), tmp_path)))
    chart = project("helm", "event-driven") / "deploy" / "helm"
    by_helm = objects(helm(chart, "production", keda={"enabled": True})["manifests"])
    for found in (made, by_helm):
        by_lag = {
            one["spec"]["scaleTargetRef"]["name"] for one in found if one["kind"] == "ScaledObject"
        }
        by_cpu = {
            one["spec"]["scaleTargetRef"]["name"]
            for one in found
            if one["kind"] == "HorizontalPodAutoscaler"
        }
        assert {"orders-consumer", "analytics"} <= by_lag
        assert not by_lag & by_cpu


@pytest.mark.parametrize(("one", "other"), [("cloudnative-pg", "postgres"), ("strimzi", "kafka")])
def test_two_servers_of_one_name_exclude_each_other(
    one: str, other: str, project: Project, tmp_path: Path
) -> None:
    both = overlay(project("kubernetes", "event-driven"), (one, other), tmp_path)
    refused = programs.run(programs.CHECKERS / "kubectl", "kustomize", both)
    assert refused.returncode != 0
    assert "already registered id" in refused.stdout
    chart = project("helm", "event-driven") / "deploy" / "helm"
    values = {ENABLED[name]: {"enabled": True} for name in (one, other)}
    assert f"/{ENABLED[other]}/enabled" in helm(chart, "production", **values)["refused"]


def test_keda_does_not_scale_by_a_broker_that_asks_nobody_to_log_in(project: Project) -> None:
    chart = project("helm", "event-driven") / "deploy" / "helm"
    on = {"enabled": True}
    assert "/kafka/enabled" in helm(chart, "development", keda=on)["refused"]
    assert helm(chart, "production", keda=on)["refused"] == ""


def test_keda_believes_the_certificates_of_strimzis_brokers(
    project: Project, tmp_path: Path
) -> None:
    chart = project("helm", "event-driven") / "deploy" / "helm"
    for components in (("keda",), ("keda", "strimzi")):
        folder = tmp_path / components[-1]
        made = kustomized(overlay(project("kubernetes", "event-driven"), components, folder))
        values = {ENABLED[name]: {"enabled": True} for name in components}
        both = [made, helm(chart, "production", **values)["manifests"]]
        for found in (named(objects(text)) for text in both):
            taken = found["TriggerAuthentication", "kafka"]["spec"]["secretTargetRef"]
            held = {one["parameter"]: (one["name"], one["key"]) for one in taken}
            authority = ("kafka-cluster-ca-cert", "ca.crt") if "strimzi" in components else None
            assert held.get("ca") == authority


@pytest.mark.parametrize("domain", ["shop", "clinic", "renamed"])
def test_a_context_writes_and_reads_its_own_topics_and_those_of_its_document(
    domain: str, project: Project, tmp_path: Path
) -> None:
    """As its AsyncAPI document says; that they suffice, the shop's suite shows on Apache Kafka."""
    if domain == "renamed":
        answers = tmp_path / "answers.yaml"
        answers.write_text(RENAMED)
        chosen = ("--pattern", "event-driven", "--set", "platform.deploy=[kubernetes]")
        folder = render(tmp_path / "shop", "--answers", str(answers), *chosen)
    else:
        folder = project("kubernetes", "event-driven", domain)
    document = json.loads((folder / "docs" / "asyncapi.json").read_text())
    wanted: dict[str, dict[str, set[str]]] = {}
    for name, one in document["operations"].items():
        topic = one["channel"]["$ref"].rpartition("/")[2]
        # A type has the context's name, a topic that of the service.
        context = name.partition("-")[0] if one["action"] == "receive" else topic.partition(".")[0]
        wanted.setdefault(context, {"send": set(), "receive": set()})[one["action"]].add(topic)
    users = {
        one["metadata"]["name"]: one["spec"]["authorization"]["acls"]
        for one in objects(kustomized(overlay(folder, ("strimzi",), tmp_path)))
        if one["kind"] == "KafkaUser"
    }

    def may(context: str, operation: str, topic: str) -> bool:
        for acl in users[f"kafka-{context.replace('_', '-')}"]:
            name, how = acl["resource"].get("name", ""), acl["resource"].get("patternType")
            fits = topic.startswith(name) if how == "prefix" else topic == name
            if acl["resource"]["type"] == "topic" and fits and operation in acl["operations"]:
                return True
        return False

    assert wanted
    for context, topics in wanted.items():
        for topic in document["channels"]:
            own = topic.startswith(f"{context}.")
            assert may(context, "Write", topic) == own, (context, topic)
            assert may(context, "Read", topic) == (own or topic in topics["receive"])
            assert own or topic not in topics["send"]


def secrets(found: list[dict[str, Any]]) -> Iterator[str]:
    """The names of the Secrets that objects are or ask for."""
    text = json.dumps(found)
    yield from re.findall(r'"secretName": "([^"]+)"', text)
    yield from re.findall(r'"secret(?:Key)?Ref": {[^}]*"name": "([^"]+)"', text)
    yield from (one["metadata"]["name"] for one in found if one["kind"] == "ExternalSecret")


def test_no_context_has_the_name_of_what_stands_beside_it(tmp_path: Path) -> None:
    """What projects of different contexts have in common is named by no context of theirs."""
    keys = ["platform.deploy=[helm]", "platform.cdn=varnish"]
    keys += ["platform.database.cluster=patroni", "platform.database.pooler=pgbouncer"]
    chosen = [part for key in keys for part in ("--set", key)]
    names: list[set[str]] = []
    for domain in ("library", "shop"):
        where = ("--example", domain, "--pattern", "event-driven")
        chart = render(tmp_path / domain, *where, *chosen) / "deploy" / "helm"
        found: list[dict[str, Any]] = []
        on = {"enabled": True}
        values = {"externalSecrets": on, "kafka": on}
        for database in ("patroni", "postgres", "cloudnativePg"):
            others = {one: {"enabled": one == database} for one in ("patroni", "postgres")}
            more = values | others | ({"cloudnativePg": on} if database == "cloudnativePg" else {})
            if database == "cloudnativePg":
                more |= {"strimzi": on, "keda": on, "kafka": {"enabled": False}}
            made = helm(chart, "production", **more)
            assert made["refused"] == ""
            found += objects(made["manifests"])
        of_contexts = {"ServiceAccount", "Deployment", "StatefulSet", "Service", "Job", "CronJob"}
        of_contexts |= {"HorizontalPodAutoscaler", "PodDisruptionBudget", "KafkaUser", "Database"}
        held = {one["metadata"]["name"] for one in found if one["kind"] in of_contexts}
        names.append(held | set(secrets(found)))
    platform = Platform(deploy=["helm"], cdn="varnish")
    ready_made = re.compile(r"(database-|kafka-)?(identity|notifications)\b")
    beside = {name for name in names[0] & names[1] if not ready_made.match(name)}
    assert {"gateway", "postgres-ca", "signing-keys", "kafka.keda"} <= beside
    for name in (one for one in beside if "." not in one):
        context = name.replace("-", "_")
        refused = refusals(platform, "shop", [context], stores={}, pattern="event-driven")
        assert [one.path for one in refused] == [("contexts", context)], name
