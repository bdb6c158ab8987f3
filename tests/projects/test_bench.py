"""`blueprint bench` of a project that runs: what it says, and what it leaves behind."""

import contextlib
import http.client
import json
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from blueprint_cli.benching.operators import announced
from blueprint_cli.benching.project import RunningProject, running
from blueprint_cli.benching.scraping import scraping
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.spec.reading import read_spec
from tests.newcomer import environment, run, set_up
from tests.rendered import files_of, render

pytestmark = pytest.mark.project
PROMETHEUS = shutil.which("prometheus")
BLUEPRINT = Path(sys.executable).with_name("blueprint")
EXAMPLES = Path(__file__).parents[2] / "templates/examples"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clinic that fits a bench of seconds, and whose desk may delete every row."""
    folder = tmp_path_factory.mktemp("bench")
    said = (EXAMPLES / "clinic.yaml").read_text(encoding="utf-8")
    said = said.replace(
        "          cancel: {", "          delete: {by: desk}\n          cancel: {", 1
    )
    answers = folder / "clinic.yaml"
    answers.write_text(said, encoding="utf-8")
    settings = (
        *("slo.throughput_rps=20", "slo.p95_ms=3600000", "slo.workload.rows=10"),
        "platform.observability=grafana",
    )
    chosen = [word for one in settings for word in ("--set", one)]
    place = render(folder / "clinic", "--answers", str(answers), "--defaults", *chosen)
    hours = "domain/within_opening_hours.py"
    shutil.copyfile(EXAMPLES / "clinic/clinic" / hours, place / "src/clinic" / hours)
    return place


def test_a_project_that_is_not_set_up_says_how(clinic: Path) -> None:
    result = run(clinic, BLUEPRINT, "bench")
    assert result.returncode == 3
    assert "make .venv/ready" in result.stdout
    assert run(clinic.parent, BLUEPRINT, "bench").returncode == 2
    # What is of no use whatever happens is said before that is looked at.
    small = run(clinic, BLUEPRINT, "bench", "--budget-minutes", "0.3")
    assert small.returncode == 2
    assert "it takes 0.7 min at least" in small.stdout


def test_it_is_measured_and_leaves_nothing_behind(ready: Path) -> None:
    clinic = ready
    before = files_of(clinic)
    temporary = Path(tempfile.mkdtemp(prefix="of-bench-"))  # its own: others may bench as well
    baseline, page, junit = (clinic.parent / f"bench.{kind}" for kind in ("json", "html", "xml"))

    done = run(
        clinic,
        *(BLUEPRINT, "bench", "--seconds", "3", "--workers", "1", "--no-climb"),
        *("--write-baseline", baseline, "--html", page, "--junit", junit, "--json"),
        *(("--prometheus", "own") if PROMETHEUS else ()),
        TMPDIR=str(temporary),
    )

    said = json.loads(done.stdout[done.stdout.index("{") :])
    step = said["at_slo"]
    asked = {one["route"]: one for one in step["routes"]}
    assert {
        "GET /v1/clinic/appointments/{id}",
        "GET /v1/clinic/appointments",
        "GET /v1/clinic/doctors/{id}",
        "POST /v1/clinic/appointments",
        "GET /v1/auth/me",
    } <= asked.keys()
    assert step["asked"] == 60
    assert sum(one["errors"] for one in asked.values()) == 0, asked
    assert any(one["name"].startswith("granian") for one in step["usage"])
    assert len(said["rounds_p95_ms"]) == 3
    # Those who booked were told, as the project's own tables have it.
    told = {one["name"]: one["effect"] for one in said["events"]}
    assert told["clinic.AppointmentBooked.v1"] == "notification booked"
    assert said["outbox"]["pending_end"] == 0
    assert any(one["name"].startswith("granian") for one in said["processes"])
    written = page.read_text(encoding="utf-8")
    assert "shop under load: " in written
    # A Prometheus beside it was asked what the dashboards ask.
    if PROMETHEUS:
        for title in ("Requests, requests a second", "Delivered, a second", "Rows by state"):
            assert f'aria-label="{title}: ' in written, title
        assert "Nothing to show of" not in written
    assert "<testsuites" in junit.read_text(encoding="utf-8")
    # A machine that is busy with other tests may be the limit; then it says so.
    assert done.returncode == (0 if said["valid"] else 3)
    assert baseline.exists() is said["valid"]
    new = files_of(clinic).keys() - before.keys()
    assert {path for path in new if "__pycache__" not in path} == set()
    assert list(temporary.glob("blueprint-bench-*")) == []
    shutil.rmtree(temporary)


@pytest.fixture(scope="module")
def ready(clinic: Path) -> Path:
    set_up(clinic)
    return clinic


@pytest.fixture(scope="module")
def started(ready: Path) -> Iterator[RunningProject]:
    spec = read_spec(ready / SPEC_FILE)
    with running(ready, spec, workers=1, behind_gateway=False) as project:
        yield project


@pytest.fixture(scope="module")
def accounts(started: RunningProject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with an account for each role but `user`, of whom some are registered."""
    file = tmp_path_factory.mktemp("accounts") / "accounts.json"
    said = {
        role: {"email": f"{role}@example.com", "password": secrets.token_urlsafe(16)}
        for role in ("desk", "doctor")
    }
    for role, one in said.items():
        started.give_role(one["email"], one["password"], role)
    file.touch(mode=0o600)
    file.write_text(json.dumps(said), encoding="utf-8")
    return file


class Desk:
    """Somebody who reads every row."""

    def __init__(self, project: RunningProject, accounts: Path) -> None:
        self._address = project.base_url.removeprefix("http://")
        said = json.loads(accounts.read_text(encoding="utf-8"))["desk"]
        self._token = self._ask("POST", "/v1/auth/login", said)["access_token"]

    def rows(self) -> list[str]:
        """Paths of all rows."""
        found = []
        for plural in ("doctors", "appointments"):
            path = f"/v1/clinic/{plural}"
            found += [
                f"{path}/{one['id']}" for one in self._ask("GET", f"{path}?limit=100")["items"]
            ]
        return found

    def _ask(self, method: str, path: str, body: Any = None) -> Any:  # noqa: ANN401 - JSON is of any type
        connection = http.client.HTTPConnection(self._address, timeout=30)
        headers = {"Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {self._token}"} if method == "GET" else {}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


def of_running(project: RunningProject, accounts: Path, *more: str) -> list[str]:
    options = ["--url", project.base_url, "--accounts", str(accounts), *more]
    return [str(BLUEPRINT), "bench", "--seconds", "3", *options]


def without_secrets(said: str, accounts: Path) -> str:
    for one in json.loads(accounts.read_text(encoding="utf-8")).values():
        assert one["password"] not in said
    return said


def test_one_that_is_up_is_asked_only_once_it_was_said_what_stays(
    clinic: Path, started: RunningProject, accounts: Path
) -> None:
    log = started.log.read_text(encoding="utf-8")
    refused = run(clinic, *of_running(started, accounts))
    assert refused.returncode == 2
    assert "it would leave behind" in refused.stdout
    assert "--leave-data" in refused.stdout
    elsewhere = run(clinic, *of_running(started, accounts, "--url", "http://192.0.2.1"))
    assert elsewhere.returncode == 2
    assert "--yes-this-host" in elsewhere.stdout
    assert "/v1/auth/login" not in started.log.read_text(encoding="utf-8")[len(log) :]


def test_one_that_is_up_has_the_rows_that_it_had(
    clinic: Path, started: RunningProject, accounts: Path, tmp_path: Path
) -> None:
    desk = Desk(started, accounts)
    before = desk.rows()
    processes = announced(started.log.read_text(encoding="utf-8"))
    with contextlib.ExitStack() as stack:
        scraped: tuple[str, ...] = ()
        if PROMETHEUS:
            seen = stack.enter_context(scraping(processes, clinic, tmp_path / "prometheus"))
            scraped = ("--prometheus", seen.url)
        asked_for = of_running(started, accounts, "--leave-data", "--json", *scraped)
        done = run(clinic, *asked_for)
    said = json.loads(without_secrets(done.stdout, accounts)[done.stdout.index("{") :])
    # How long events took, what waited and what was used is known to Prometheus alone.
    assert bool(said["unknown"]) is not bool(scraped)
    if scraped:
        times = {one["effect"]: one for one in said["events"]}
        assert times["consumer notifications"]["count"] > 0
        assert 0 < times["consumer notifications"]["p50_ms"] < 300_000
        assert said["outbox"]["starved"] == ""
        assert said["settled"] is None
        assert [one["name"] for one in said["processes"]] == list(processes)
        assert said["processes"][0]["memory_mb"] > 1
    assert desk.rows() == before
    assert [one["name"] for one in said["left"]] == ["users"]
    asked = {one["route"]: one for one in said["at_slo"]["routes"]}
    assert asked["POST /v1/clinic/appointments"]["asked"] > 0
    assert sum(one["errors"] for one in asked.values()) == 0, asked
    assert said["url"] == started.base_url
    assert said["climb"] == []


def test_an_interrupted_run_deletes_what_it_made(
    clinic: Path, started: RunningProject, accounts: Path
) -> None:
    desk = Desk(started, accounts)
    before = desk.rows()
    command = of_running(started, accounts, "--leave-data", "--seconds", "600")
    with subprocess.Popen(
        command,
        cwd=clinic,
        env=environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        assert process.stdout is not None
        while len(desk.rows()) < len(before) + 20:
            assert process.poll() is None, process.stdout.read()
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=300)
    assert process.returncode == 130, said
    assert "left behind in the project" in without_secrets(said, accounts)
    assert desk.rows() == before
