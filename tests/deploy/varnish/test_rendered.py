"""The files of the edge, judged by Docker's programs and compared with what a project is."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from blueprint_cli.spec.reading import read_spec
from tests.deploy.kubernetes import programs
from tests.projects.test_checkers import CHECKERS
from tests.rendered import files_of, render

HERE = Path(__file__).parent
PATTERNS = ("monolith", "microservices", "event-driven")
needs_checkers = pytest.mark.skipif(
    not (CHECKERS.parent / "ready").exists(),
    reason="the programs that check rendered files are not installed: make checkers",
)


@pytest.fixture(scope="module", params=PATTERNS)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rendered") / "shop"
    return render(folder, "--answers", str(HERE / "shop.yaml"), "--pattern", request.param)


@needs_checkers
def test_docker_takes_its_image_and_its_service(project: Path) -> None:
    lint = [str(CHECKERS / "hadolint"), "deploy/varnish/Dockerfile"]
    done = subprocess.run(lint, cwd=project, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    secrets = subprocess.run(
        ["make", "--no-print-directory", "keys"],
        cwd=project,
        check=False,
        capture_output=True,
        text=True,
    )
    assert "EDGE_PURGE_TOKEN" in secrets.stdout, secrets
    files = sorted(project.glob("compose*.yaml"))
    named = [part for file in reversed(files) for part in ("-f", str(file))]
    config = [
        str(CHECKERS / "docker-compose"),
        *named,
        "--profile",
        "*",
        "config",
        "--format",
        "json",
    ]
    done = subprocess.run(config, cwd=project, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    services = json.loads(done.stdout)["services"]
    published = {name for name, one in services.items() if one.get("ports")}
    assert published <= {"edge", "development"}
    assert "outside" not in services["gateway"]["networks"]
    token = services["edge"]["environment"]["EDGE_PURGE_TOKEN"]
    told = {
        name
        for name, one in services.items()
        if (one.get("environment") or {}).get("EDGE_URLS") == "http://edge:8081"
        and one["environment"]["EDGE_PURGE_TOKEN"] == token
    }
    assert told >= ({"server"} if "server" in services else {"identity", "catalog", "clinic"})
    assert len(token) > 20


def test_the_gateway_keeps_nothing_of_what_the_edge_is_told(project: Path) -> None:
    texts = [
        content.decode()
        for path, (_, content) in files_of(project).items()
        if path.endswith(".conf")
    ]
    assert not any("proxy_cache" in text for text in texts)
    assert any("set_real_ip_from" in text for text in texts)


def test_without_an_edge_nothing_of_it_is_there(tmp_path: Path) -> None:
    spec = tmp_path / "shop.yaml"
    spec.write_text((HERE / "shop.yaml").read_text().replace("cdn: varnish", ""))
    for pattern in ("monolith", "event-driven"):
        made = render(tmp_path / pattern, "--answers", str(spec), "--pattern", pattern)
        assert read_spec(made / "blueprint.yaml").platform.cdn is None
        for path, (_, content) in files_of(made).items():
            if not path.startswith(".blueprint/"):
                assert not any(
                    word in content for word in (b"EDGE_URLS", b"Varnish", b"Surrogate-Key")
                ), path
                assert not path.endswith("/edge.py")


@programs.checkers
@pytest.mark.parametrize("pattern", ["monolith", "event-driven"])
def test_a_cluster_has_two_that_each_purge_reaches(tmp_path: Path, pattern: str) -> None:
    spec = tmp_path / "shop.yaml"
    text = (HERE / "shop.yaml").read_text()
    spec.write_text(text.replace("cdn: varnish", "cdn: varnish, deploy: [kubernetes]"))
    made = render(tmp_path / "made", "--answers", str(spec), "--pattern", pattern)
    text = programs.kustomized(made / "deploy/kubernetes/overlays/production")
    written = tmp_path / "all.yaml"
    written.write_text(text)
    assert programs.validated("1.34", written) == ""
    found = programs.named(programs.objects(text))
    edges = found["StatefulSet", "edge"]["spec"]
    names = [f"{edges['serviceName']}"] * edges["replicas"]
    told = ",".join(f"http://edge-{number}.{name}:8081" for number, name in enumerate(names))
    rule = found["Ingress", "gateway"]["spec"]["rules"][0]["http"]["paths"][0]
    assert rule["backend"]["service"]["name"] == "edge"
    (reached,) = found["NetworkPolicy", "gateway"]["spec"]["ingress"]
    label = {"app.kubernetes.io/component": "edge"}
    assert reached["from"] == [{"podSelector": {"matchLabels": label}}]
    for (kind, name), one in found.items():
        if kind == "Deployment" and name != "gateway":
            (container,) = one["spec"]["template"]["spec"]["containers"]
            env = {each["name"]: each for each in container["env"]}
            assert env["EDGE_URLS"]["value"] == told
            assert "EDGE_PURGE_TOKEN" in env
    assert not any(kind == "Secret" and name == "edge" for kind, name in found)
    overlay = made / "deploy/kubernetes/overlays/production/kustomization.yaml"
    overlay.write_text(overlay.read_text().replace("components/ingress", "components/gateway-api"))
    found = programs.named(programs.objects(programs.kustomized(overlay.parent)))
    (rule,) = found["HTTPRoute", "gateway"]["spec"]["rules"]
    assert rule["backendRefs"] == [{"name": "edge", "port": 80}]


def test_a_secret_is_in_no_file(project: Path) -> None:
    ignored = {".env"}
    token = (project / ".env").read_text() if (project / ".env").exists() else ""
    values = [line.partition("=")[2] for line in token.splitlines() if "EDGE_PURGE" in line]
    for path, (_, content) in files_of(project).items():
        if path not in ignored:
            assert not any(value and value.encode() in content for value in values), path
    assert os.access(project / "deploy/varnish/edge.vcl", os.R_OK)
