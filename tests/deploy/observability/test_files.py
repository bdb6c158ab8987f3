"""What watches a project: each file by its own program, and nothing open that need not be."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.observability import programs
from tests.deploy.observability.conftest import Project
from tests.projects.test_checkers import CHECKERS
from tests.rendered import BLUEPRINT, render

PATTERNS = ("monolith", "microservices", "event-driven")
WATCHING = {"alertmanager", "collector", "grafana", "jaeger", "prometheus"}
PROFILES = ("--profile", "observability", "--profile", "production", "--profile", "development")
# Who asks the servers, whose images have nothing to ask them with, and who makes whom they are.
ASKING = {"postgres-exporter", "postgres-monitor"}
CONFIGURATION = "deploy/observability/prometheus.yml"
MYSQL = Path(__file__).parents[2] / "templates/mysql.yaml"
# What is no process of the project's own, beside those that watch and those that end.
SERVERS = {"gateway", "kafka-1", "kafka-2", "kafka-3", "postgres"}

pytestmark = pytest.mark.parametrize("pattern", PATTERNS)
needs_checkers = pytest.mark.skipif(
    not (CHECKERS.parent / "ready").exists(),
    reason="the programs that check rendered files are not installed: make checkers",
)


def needs(program: str, package: str) -> pytest.MarkDecorator:
    reason = f"{program} is not installed: apt-get install {package}"
    return pytest.mark.skipif(shutil.which(program) is None, reason=reason)


def said(*command: str | Path, cwd: Path | None = None, **variables: str) -> tuple[int, str]:
    done = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | variables,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.returncode, done.stdout


def secrets(folder: Path) -> dict[str, str]:
    names = re.findall(r"\$\{(\w+):\?", (folder / "compose.yaml").read_text())
    return dict.fromkeys(names, "for-this-check")


def composed(folder: Path, *files: str) -> dict[str, Any]:
    """Compose's own reading of a project, every profile on."""
    options = (*files, *PROFILES, "config", "--format", "json")
    code, text = said(CHECKERS / "docker-compose", *options, cwd=folder, **secrets(folder))
    assert code == 0, text
    read: dict[str, Any] = json.loads(text)
    return read


@needs_checkers
def test_what_watches_is_closed_and_limited(project: Project, pattern: str) -> None:
    found = composed(project(pattern, "clinic"))
    watching = WATCHING | ASKING | {"nginx-exporter"}
    services = {name: found["services"][name] for name in watching}
    assert {"nginx-exporter"} & composed(project(pattern, "shop"))["services"].keys() == set()
    published: dict[str, str] = {}
    for name, service in services.items():
        assert service["profiles"] == ["observability"]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert int(service["mem_limit"]) <= 2**30
        assert re.search(r":v?\d+\.\d+(\.\d+)?(-trixie)?$", service["image"])
        assert "test" in service["healthcheck"] or name in {"collector", "nginx-exporter", *ASKING}
        assert all(
            one.get("read_only") for one in service.get("volumes", ()) if one["type"] == "bind"
        )
        for port in service.get("ports", ()):
            published[name] = port["host_ip"]
    assert published == {"grafana": "127.0.0.1", "prometheus": "127.0.0.1"}
    grafana = services["grafana"]["environment"]
    assert grafana["GF_AUTH_ANONYMOUS_ENABLED"] == grafana["GF_USERS_ALLOW_SIGN_UP"] == "false"
    for service in found["services"].values():
        for one in service.get("volumes", ()):
            assert one["type"] != "bind" or Path(one["source"]).exists(), one["source"]


@needs_checkers
def test_grafana_has_no_password_until_one_is_made(project: Project, pattern: str) -> None:
    folder = project(pattern, "shop")
    given = secrets(folder)
    del given["GRAFANA_PASSWORD"]
    command = (CHECKERS / "docker-compose", *PROFILES, "config", "--quiet")
    code, text = said(*command, cwd=folder, **given)
    assert code != 0
    assert "GRAFANA_PASSWORD" in text
    made = said("make", "--dry-run", "keys", cwd=folder, MAKEFLAGS="")[1]
    assert "GRAFANA_PASSWORD" in made


@needs_checkers
def test_every_process_is_asked(project: Project, pattern: str) -> None:
    folder = project(pattern, "shop")
    files: list[tuple[str, ...]] = [("-f", "compose.yaml")]
    if pattern == "event-driven":
        files.append(("-f", "compose.yaml", "-f", "compose.production.yaml"))
    running = {name for one in files for name in composed(folder, *one)["services"]}
    processes = {
        name for name in running - WATCHING - ASKING - SERVERS if not name.endswith("migrate")
    }
    configuration = yaml.safe_load((folder / CONFIGURATION).read_text())
    asked = {
        name
        for job in configuration["scrape_configs"]
        for one in job.get("dns_sd_configs", ())
        for name in one["names"]
    }
    assert asked - {"gateway"} == processes


@needs_checkers
@needs("promtool", "prometheus")
def test_every_server_is_asked(pattern: str, tmp_path: Path) -> None:
    folder = render(
        tmp_path / "project",
        *("--answers", str(MYSQL), "--pattern", pattern, "--set", "platform.observability=grafana"),
        *("--set", "platform.mysql=galera", "--set", "platform.database.cluster=patroni"),
    )
    services = composed(folder)["services"]
    asking = {
        name: str((one["command"] or [], one.get("environment")))
        for name, one in services.items()
        if name.endswith("-exporter") or name.startswith("postgres-exporter")
    }
    servers = {"postgres-1", "postgres-2", "galera-1", "galera-2", "galera-3", "gateway"}
    assert servers <= services.keys()
    for server in servers:
        [_] = (name for name, said in asking.items() if re.search(rf"\b{server}:", said))
    configuration = yaml.safe_load((folder / CONFIGURATION).read_text())
    asked = {
        target.partition(":")[0]
        for job in configuration["scrape_configs"]
        for one in job.get("static_configs", ())
        for target in one["targets"]
    }
    assert asked == asking.keys() | {"collector"}
    # What an exporter uses itself would look like what its server uses.
    for job in configuration["scrape_configs"]:
        if job["job_name"] in {"postgres", "mysql", "gateway"}:
            [dropped] = job["metric_relabel_configs"]
            assert dropped["action"] == "drop"
            assert re.fullmatch(dropped["regex"], "process_resident_memory_bytes")
            assert not re.fullmatch(dropped["regex"], "pg_stat_database_numbackends")
    code, text = said("promtool", "check", "config", "--syntax-only", folder / CONFIGURATION)
    assert code == 0, text
    code, text = said("promtool", "test", "rules", folder / "deploy/prometheus/servers_test.yml")
    assert code == 0, text


@needs("promtool", "prometheus")
def test_prometheus_takes_its_configuration_and_every_rule(
    project: Project, pattern: str, tmp_path: Path
) -> None:
    deploy = tmp_path / "deploy"
    shutil.copytree(project(pattern, "shop") / "deploy", deploy)
    file = deploy / "observability" / "prometheus.yml"
    sound = file.read_text().replace("/etc/prometheus/rules/", "../prometheus/")
    file.write_text(sound)
    code, text = said("promtool", "check", "config", file)
    assert code == 0, text
    rules = {one.name for one in (deploy / "prometheus").glob("*.yml")}
    named = {Path(one).name for one in yaml.safe_load(sound)["rule_files"]}
    assert named == {one for one in rules if not one.endswith("_test.yml")}
    file.write_text(sound.replace("dns_sd_configs", "dns_configs", 1))
    assert said("promtool", "check", "config", file)[0] != 0


@needs("amtool", "prometheus-alertmanager")
def test_alertmanager_takes_its_configuration(
    project: Project, pattern: str, tmp_path: Path
) -> None:
    sound = (project(pattern, "shop") / "deploy/observability/alertmanager.yml").read_text()
    file = tmp_path / "alertmanager.yml"
    file.write_text(sound)
    code, text = said("amtool", "check-config", file)
    assert code == 0, text
    for severity in ("page", "ticket"):
        route = ("amtool", "config", "routes", "test", f"--config.file={file}")
        assert said(*route, f"severity={severity}")[1].split()[-1] == severity
    file.write_text(sound.replace("receiver: page", "receiver: nobody"))
    assert said("amtool", "check-config", file)[0] != 0


def test_the_collector_takes_its_configuration(
    project: Project, pattern: str, tmp_path: Path
) -> None:
    collector = programs.collector()
    sound = (project(pattern, "shop") / "deploy/observability/collector.yaml").read_text()
    file = tmp_path / "collector.yaml"
    file.write_text(sound)
    assert said(collector, "validate", "--config", file) == (0, "")
    file.write_text(sound.replace("batch: {}", "batch: {nosuch: 1}"))
    assert said(collector, "validate", "--config", file)[0] != 0


@pytest.mark.parametrize("example", ["shop", "clinic"])
def test_dashboards_are_what_grafana_reads(
    project: Project, pattern: str, example: str, tmp_path: Path
) -> None:
    read = programs.grafana_schema()
    folder = project(pattern, example)
    boards = sorted((folder / "deploy/observability/dashboards").rglob("*.json"))
    spec = yaml.safe_load((folder / "blueprint.yaml").read_text())
    assert {*spec["contexts"], "dashboards"} <= {one.parent.name for one in boards}
    assert said(read, *boards) == (0, "")
    uids = [json.loads(one.read_text())["uid"] for one in boards]
    assert len(set(uids)) == len(uids)
    assert max(map(len, uids)) <= 40, "what Grafana allows"
    for text in ('"expr"', '"refId"', '"legend"', '"mode"'):
        planted = tmp_path / "planted.json"
        planted.write_text(boards[-1].read_text().replace(text, f'{text[:-1]}x"'))
        assert said(read, planted)[0] == 1, text


def test_a_context_that_has_the_name_of_one_of_them_is_refused(
    pattern: str, tmp_path: Path
) -> None:
    (tmp_path / "answers.yaml").write_text(
        "blueprint: 1\n"
        f"pattern: {pattern}\n"
        "platform: {observability: grafana}\n"
        "contexts: {identity: {}, notifications: {}, collector: {by: hand}}\n"
    )
    answers = ("--answers", "answers.yaml", "--dry-run")
    code, text = said(BLUEPRINT, "new", "shop", *answers, cwd=tmp_path)
    assert code == 2
    assert "collector" in text
