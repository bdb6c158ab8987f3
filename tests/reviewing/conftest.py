"""A project without a render, histories that tests make, and a real Prometheus with a past."""

import contextlib
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from blueprint_cli.ports import free_port
from tests.recommendation.conftest import run

__all__ = ["run"]

DAY = 86_400
# Friday, 20 November 2026, noon.
NOW = 1_795_176_000
SPEC = """\
blueprint: 1
project: {{name: shop}}
requirements: {requirements}
pattern: {pattern}
contexts: {{identity: {{}}, notifications: {{}}, catalog: {{}}, orders: {{}}}}
slo: {{p95_ms: 100, throughput_rps: 100, error_rate_percent: 0.1}}
"""

MakeProject = Callable[..., Path]


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(NOW))
    for name in ("PROMETHEUS_TOKEN", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def make_project(tmp_path: Path) -> MakeProject:
    def make(requirements: str = "{}", pattern: str = "monolith") -> Path:
        folder = tmp_path / "shop"
        (folder / ".blueprint").mkdir(parents=True)
        text = SPEC.format(requirements=requirements, pattern=pattern)
        (folder / "blueprint.yaml").write_text(text, encoding="utf-8")
        return folder

    return make


@dataclass
class History:
    """A repository whose commits are made at chosen days before now, by whom a test says."""

    folder: Path

    def git(self, *arguments: str, at: float = 0.0, who: str = "Ada <ada@example.com>") -> str:
        name, _, address = who.removesuffix(">").partition(" <")
        moment = f"{int(NOW - at * DAY)} +0000"
        identity = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", name), ("EMAIL", address), ("DATE", moment))
        }
        return subprocess.check_output(
            ["git", "-c", "init.defaultBranch=main", *arguments],
            cwd=self.folder,
            env={**os.environ, **identity, "GIT_CONFIG_GLOBAL": os.devnull},
            text=True,
        )

    def commit(
        self,
        *paths: str,
        at: float,
        who: str = "Ada <ada@example.com>",
        message: str = "Change it",
    ) -> None:
        for path in paths:
            place = self.folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("a", encoding="utf-8") as stream:
                stream.write("x\n")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message, at=at, who=who)

    def merge(self, *paths: str, at: float, ready: float) -> None:
        """Bring changes of a branch, each context's at a time of its own."""
        self.git("checkout", "--quiet", "-b", "work")
        for place, path in enumerate(paths):
            self.commit(path, at=ready - place * 0.01)
        self.git("checkout", "--quiet", "main")
        self.git("merge", "--quiet", "--no-ff", "-m", "Merge", "work", at=at)
        self.git("branch", "--quiet", "-D", "work")

    def tag(self, name: str, *, at: float) -> None:
        self.git("tag", "-a", name, "-m", name, at=at)


@pytest.fixture
def history(make_project: MakeProject) -> History:
    """A monolith whose first commit is a hundred days old."""
    found = History(make_project())
    found.git("init", "--quiet")
    found.commit("src/catalog/a.py", "src/orders/a.py", at=100)
    return found


HOURS = 6
STEP = 60
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1)


def _routes(second: int) -> Iterator[tuple[str, str, float, float, dict[float, float]]]:
    """Yield method, route, requests so far, seconds so far, and those within each bucket.

    In the last hour twice as many ask. A tenth of the orders take longer than half a second.
    """
    last = HOURS * 3600 - 3600
    busy = second + max(0, second - last)
    yield "GET", "/v1/products", 400.0 * busy, 4.0 * busy, dict.fromkeys(BUCKETS, 400.0 * busy)
    within = {one: (100.0 if one > 0.5 else 90.0) * busy for one in BUCKETS}
    yield "POST", "/v1/orders", 100.0 * busy, 20.0 * busy, within


def _samples() -> Iterator[str]:
    """Yield the past of two programs, the second of which is none of ours, as OpenMetrics."""
    for second in range(0, HOURS * 3600 + 1, STEP):
        at = NOW - HOURS * 3600 + second
        for method, route, requests, seconds, within in _routes(second):
            of = f'job="shop",method="{method}",route="{route}"'
            failed = requests * 0.02 if method == "POST" else 0.0
            yield f'http_requests_total{{{of},status="200"}} {requests - failed} {at}'
            yield f'http_requests_total{{{of},status="500"}} {failed} {at}'
            yield f"http_request_duration_seconds_sum{{{of}}} {seconds} {at}"
            for bucket, count in within.items():
                yield f'http_request_duration_seconds_bucket{{{of},le="{bucket}"}} {count} {at}'
            every = f'http_request_duration_seconds_bucket{{{of},le="+Inf"}} {requests} {at}'
            yield every
        operators = 'job="shop",method="GET",route="/livez"'
        yield f'http_requests_total{{{operators},status="200"}} {9000.0 * second} {at}'
        other = 'job="other",method="GET",route="/strange"'
        yield f'http_requests_total{{{other},status="200"}} {500.0 * second} {at}'
        yield f"http_request_duration_seconds_sum{{{other}}} {1.0 * second} {at}"
        small = 'job="small",method="GET",route="/v1/orders"'
        yield f'http_requests_total{{{small},status="200"}} {1.0 * second} {at}'
        yield f"http_request_duration_seconds_sum{{{small}}} {0.1 * second} {at}"
        for consumer in ("analytics", "billing"):
            of = f'job="stream",consumer="{consumer}"'
            yield f'consumer_events_total{{{of},outcome="handled"}} {300.0 * second} {at}'
            for partition in (0, 1):
                lag = f'consumer_lag_events{{{of},topic="orders",partition="{partition}"}}'
                yield f"{lag} 3 {at}"
        kafka = 'job="stream",outbox="orders",consumer="kafka",outcome="delivered"'
        yield f"relay_messages_total{{{kafka}}} {100.0 * second} {at}"
        grown = 100 * 2**20 + second / 60 * 2 * 2**20
        level = (200 + second // 60 % 7) * 2**20
        yield f'process_resident_memory_bytes{{job="shop",instance="leaks"}} {grown} {at}'
        yield f'process_resident_memory_bytes{{job="shop",instance="steady"}} {level} {at}'
        for instance, up in (("a", 1), ("b", float(second < HOURS * 3600 - 600))):
            yield f'up{{job="away",instance="{instance}"}} {up} {at}'
        yield f'database_up{{job="away",instance="a"}} 1 {at}'
        yield f'up{{job="none-of-ours",instance="c"}} 0 {at}'
        for consumer, events in (("stuck", second), ("well", 2000 * (second % 240 < 120))):
            of = f'job="away",consumer="{consumer}",topic="orders",partition="0"'
            yield f"consumer_lag_events{{{of}}} {events} {at}"
        waiting = max(0, second - HOURS * 3600 + 3600)
        yield f'outbox_oldest_message_seconds{{job="shop",outbox="orders"}} {waiting} {at}'
        yield f'outbox_oldest_message_seconds{{job="shop",outbox="catalog"}} 0.5 {at}'
        relayed = 'job="shop",outbox="orders",outcome="delivered"'
        for consumer in ("catalog", "notifications"):
            delivered = 60.0 * second
            yield f'relay_messages_total{{{relayed},consumer="{consumer}"}} {delivered} {at}'


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that knows six hours of a shop; its address."""
    with serving(tmp_path_factory.mktemp("prometheus"), _samples()) as url:
        yield url


@contextlib.contextmanager
def serving(folder: Path, samples: Iterable[str]) -> Iterator[str]:
    """Run a Prometheus that has the samples, lines of OpenMetrics, as its past; its address."""
    if shutil.which("prometheus") is None or shutil.which("promtool") is None:
        pytest.skip("prometheus is not installed: apt-get install prometheus")
    text = folder / "samples.txt"
    text.write_text("\n".join([*samples, "# EOF"]) + "\n", encoding="utf-8")
    blocks = ["promtool", "tsdb", "create-blocks-from", "openmetrics"]
    subprocess.run([*blocks, text, folder / "data"], check=True, capture_output=True)
    (folder / "prometheus.yml").write_text("global: {}\n", encoding="utf-8")
    port = free_port()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                "--storage.tsdb.retention.time=20y",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/-/ready", process, folder / "log")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - of this machine
                return
        except (urllib.error.URLError, OSError):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
