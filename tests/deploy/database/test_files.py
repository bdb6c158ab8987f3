"""The files of a cluster and a pooler, in every pattern, judged by the programs that read them."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from blueprint_cli.deployment.beside import beside
from blueprint_cli.patterns import PATTERNS
from blueprint_cli.spec.reading import read_spec
from tests.deploy.kubernetes.programs import (
    CHECKERS,
    checkers,
    helm,
    kustomized,
    named,
    objects,
    run,
    same,
    validated,
)
from tests.rendered import files_of, render

OLDEST, NEWEST = "1.30", "1.37"
KEYS = (
    "platform.database.cluster=patroni",
    "platform.database.pooler=pgbouncer",
    "platform.deploy=[kubernetes]",
    "platform.cdn=varnish",
    "requirements.consistency=eventual",
)
NODES = "postgres-1:5432,postgres-2:5432"
PROJECTS = [*((pattern, "shop") for pattern in PATTERNS), ("event-driven", "clinic")]


def rendered(folder: Path, pattern: str, domain: str, *keys: str) -> Path:
    settings = [part for key in keys for part in ("--set", key)]
    return render(folder / "project", "--example", domain, "--pattern", pattern, *settings)


@pytest.fixture(scope="module", params=PROJECTS, ids="-".join)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rendered(tmp_path_factory.mktemp("files"), *request.param, *KEYS)


def composed(project: Path, *files: str) -> dict[str, dict[str, dict[str, object]]]:
    """The services that Compose reads; each secret is its own name."""
    text = "".join((project / file).read_text() for file in files)
    secrets = dict.fromkeys(re.findall(r"\$\{(\w+):\?", text), "secret")
    options = [part for file in files for part in ("-f", file)]
    result = subprocess.run(
        [
            CHECKERS / "docker-compose",
            *(*options, "--profile", "*", "config", "--format", "json", "--no-normalize"),
        ],
        cwd=project,
        env={**os.environ, **secrets},
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    services: dict[str, dict[str, dict[str, object]]] = json.loads(result.stdout)["services"]
    return services


@checkers
def test_every_process_finds_the_primary_by_the_pooler_and_around_it(project: Path) -> None:
    production = (project / "compose.production.yaml").exists()
    files = ["compose.yaml", *(["compose.production.yaml"] if production else [])]
    services = composed(project, *files)
    found = {name: one.get("environment") or {} for name, one in services.items()}
    serving = {
        name: settings for name, settings in found.items() if "READ_DATABASE_URL" in settings
    }
    migrating = [settings for settings in found.values() if "ADMIN_DATABASE_URL" in settings]

    assert serving
    assert migrating
    for settings in serving.values():
        assert "@pgbouncer:6432/" in str(settings["DATABASE_URL"])
        assert settings["DATABASE_PREPARED_STATEMENTS"] == "false"
        assert f"@{NODES}/" in str(settings["DIRECT_DATABASE_URL"])
        assert "target_session_attrs=read-write" in str(settings["DIRECT_DATABASE_URL"])
        assert "target_session_attrs=prefer-standby" in str(settings["READ_DATABASE_URL"])
    for settings in migrating:
        assert f"@{NODES}/" in str(settings["MIGRATION_DATABASE_URL"])
    roles = str(found["pgbouncer"]["POOLED_ROLES"]).split()
    assert {f"{role.upper()}_PASSWORD" for role in roles} <= found["pgbouncer"].keys()


@checkers
@pytest.mark.parametrize("image", ["patroni", "pgbouncer"])
def test_images_are_accepted(image: str, project: Path) -> None:
    result = run(CHECKERS / "hadolint", project / "deploy" / image / "Dockerfile")
    assert result.returncode == 0, result.stdout


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="there is no HAProxy")
def test_haproxy_accepts_its_file(project: Path) -> None:
    file = project / "deploy" / "patroni" / "haproxy.cfg"
    assert run("haproxy", "-c", "-f", file).returncode == 0
    file.with_name("planted.cfg").write_text(file.read_text().replace("option httpchk", "httpchk"))
    assert run("haproxy", "-c", "-f", file.with_name("planted.cfg")).returncode != 0


@checkers
def test_kubernetes_accepts_both_components(project: Path, tmp_path: Path) -> None:
    overlay = project / "deploy" / "kubernetes" / "overlays" / "production"
    manifests = tmp_path / "manifests.yaml"
    manifests.write_text(kustomized(overlay))
    for version in (OLDEST, NEWEST):
        assert not validated(version, manifests)
    # What a bill counts beside the processes is what stands there.
    found = named(objects(manifests.read_text()))
    for one in beside(read_spec(project / "blueprint.yaml").platform):
        kinds = ("Deployment", "StatefulSet")
        (spec,) = (found[kind, one.name]["spec"] for kind in kinds if (kind, one.name) in found)
        scaled = found.get(("HorizontalPodAutoscaler", one.name))
        assert one.pods == (scaled["spec"]["minReplicas"] if scaled else spec["replicas"])
        (container,) = spec["template"]["spec"]["containers"]
        asked = {"cpu": f"{one.cpu_millis}m", "memory": f"{one.memory_mib}Mi"}
        assert container["resources"]["requests"].items() >= asked.items()
    assert {"name: postgres-node", "name: etcd", "name: pgbouncer"} <= {
        line.strip() for line in manifests.read_text().splitlines()
    }


@checkers
def test_poolers_together_leave_the_server_room(project: Path) -> None:
    """In Compose there is one, in a cluster there are two, and the server is as large."""
    most = 60  # of PostgreSQL's 100: relays, migrations and people go around them
    ini = (project / "deploy" / "pgbouncer" / "pgbouncer.ini").read_text()
    (alone,) = re.findall(r"(?m)^default_pool_size = (\d+)$", ini)
    overlay = project / "deploy" / "kubernetes" / "overlays" / "production"
    spec = named(objects(kustomized(overlay)))["Deployment", "pgbouncer"]["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    env = {one["name"]: one.get("value") for one in container["env"]}
    databases = len(env["POOLED_ROLES"].split())
    assert int(alone) * databases <= most
    assert spec["replicas"] * int(env["POOL_SIZE"]) * databases <= most
    assert "$POOL_SIZE" in (project / "deploy" / "pgbouncer" / "start.sh").read_text()


@checkers
def test_a_chart_makes_of_cluster_pooler_and_edge_the_same(project: Path, tmp_path: Path) -> None:
    spec = project / "blueprint.yaml"
    answers = tmp_path / "answers.yaml"
    answers.write_text(spec.read_text().replace("[kubernetes]", "[helm]"))
    charted = render(tmp_path / "shop", "--answers", str(answers)) / "deploy" / "helm"
    for environment in ("development", "production"):
        kustomize = kustomized(project / "deploy/kubernetes/overlays" / environment)
        by_helm = helm(charted, environment)
        assert (by_helm["refused"], by_helm["messages"]) == ("", [])
        assert same(objects(kustomize)) == same(objects(by_helm["manifests"]))
    found = named(objects(by_helm["manifests"]))
    assert {("StatefulSet", name) for name in ("edge", "etcd", "postgres-node")} <= found.keys()
    # What is asked for in production alone: a server of one's own needs one of each.
    one = named(objects(helm(charted, "development")["manifests"]))
    assert not any(("StatefulSet", name) in one for name in ("edge", "etcd", "postgres-node"))
    # Each Secret that a pod names is one that External Secrets would bring.
    operated = helm(charted, "production", externalSecrets={"enabled": True})["manifests"]
    brought = {name for kind, name in named(objects(operated)) if kind == "ExternalSecret"}
    asked = set(re.findall(r"secret(?:Ref|KeyRef): \{name: ([\w-]+)", operated))
    for other in ("cloudnativePg", "postgres"):
        refused = helm(charted, "production", **{other: {"enabled": True}})["refused"]
        assert f"/{other}/enabled" in refused or "/patroni/enabled" in refused
    assert {"edge", "pgbouncer", "postgres"} <= asked <= brought


def test_one_of_the_two_is_rendered_without_the_other(tmp_path: Path) -> None:
    for key, there in {
        "platform.database.cluster=patroni": "deploy/patroni/",
        "platform.database.pooler=pgbouncer": "deploy/pgbouncer/",
    }.items():
        project = rendered(tmp_path / there, "monolith", "shop", key)
        files = files_of(project)
        brought = {path for path in files if path.startswith(("deploy/patroni", "deploy/pgb"))}
        assert brought
        assert all(path.startswith(there) for path in brought)
        assert "src/kit/replicas.py" not in files  # nothing may lag: nobody said so
        compose = (project / "compose.yaml").read_text()
        assert ("pgbouncer:6432" in compose) == ("pooler" in key)
        assert (NODES in compose) == ("cluster" in key)
        assert "READ_DATABASE_URL" not in compose
