"""A described context on three real nodes of MariaDB with Galera, behind HAProxy."""

import contextlib
import json
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from tests.deploy.database.shop import Client
from tests.deploy.galera.cluster import Cluster, missing, running
from tests.deploy.served import WHOLE_DOCUMENT
from tests.newcomer import environment, run, set_up
from tests.rendered import render

pytestmark = [
    pytest.mark.project,
    pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}"),
]
MODEL = Path(__file__).parents[2] / "templates" / "mysql.yaml"
START = Path(__file__).parents[2] / "described" / "start.py"
CLIENTS = 4
SECONDS = 12.0
KILLED_AFTER = 3.0
# Of the cluster to leave a node behind, and of HAProxy to see it, on two busy cores.
AT_MOST_SECONDS = 30.0
UPDATES = 25
CREATED = 201
BERTHS = "/v1/quays/berths"
# What the driver raises where a server closes a connection before it says its name.
CLOSED_AT_ONCE = """
import asyncio
from unittest import mock
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError
from kit.mysql.database import Database

async def ask():
    database = Database(make_url("mysql+asyncmy://nobody@127.0.0.1:1/none"), "none")
    error = RuntimeError("Transport does not expose socket instance")
    with mock.patch("asyncmy.connect", side_effect=error):
        try:
            await database.ping()
        except OperationalError as error:
            print(error.orig)

asyncio.run(ask())
"""

# An event that is delivered twice, as a relay may after a node was killed.
DELIVERED_TWICE = """
import asyncio, logging, os, uuid
from kit.mysql.database import Database, url_of
from kit.mysql.inbox import first_time
from quays.adapters.tables import inbox

async def deliver():
    logging.basicConfig()
    database = Database(url_of(os.environ["MYSQL_DATABASE_URL"], "quays"), "quays")
    about = uuid.uuid4()
    for _ in range(2):
        async with database.sessions.begin() as session:
            print(await first_time(session, inbox, "Stay.end after quays.StayPlanned", about, 1))
    await database.close()

asyncio.run(deliver())
"""


class App:
    """The project's server, and tokens of it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the server is not ready: see server.log"
        self.url: str = json.loads(line)["url"]

    def client(self, role: str) -> Client:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{uuid4()} {role}\n")
        self._process.stdin.flush()
        return Client(self.url, self._process.stdout.readline().strip())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = render(
        tmp_path_factory.mktemp("galera") / "project",
        *("--answers", str(MODEL), "--defaults", "--set", "platform.mysql=galera"),
    )
    set_up(folder)
    return folder


@pytest.fixture(scope="module")
def cluster(project: Path) -> Iterator[Cluster]:
    with (
        tempfile.TemporaryDirectory(prefix="galera-") as folder,
        running(project / "deploy" / "galera", Path(folder)) as cluster,
    ):
        migrate = ("-m", "kit.mysql.migrate", "app:ON_MYSQL")
        nobody = "postgresql://nobody@127.0.0.1:1/none"
        done = run(
            project,
            *(".venv/bin/python", *migrate),
            DATABASE_URL=nobody,
            MYSQL_DATABASE_URL=cluster.url,
        )
        assert done.returncode == 0, done.stdout
        yield cluster


@contextlib.contextmanager
def served(project: Path, url: str) -> Iterator[App]:
    process = subprocess.Popen(
        [".venv/bin/python", str(START)],
        cwd=project,
        env=environment() | {"MYSQL_DATABASE_URL": url},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield App(process)
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture(scope="module")
def app(project: Path, cluster: Cluster) -> Iterator[App]:
    """Through HAProxy, which takes the first node as long as that is there."""
    with served(project, cluster.url) as app:
        yield app


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print a figure that was measured, whatever becomes of other output."""

    def say_it(line: str) -> None:
        with capsys.disabled():
            print(f"\n{line}")  # noqa: T201 - figures for docs/deploy.md

    return say_it


def berth() -> dict[str, object]:
    return {"name": str(uuid4())}


def test_it_is_clean(project: Path) -> None:
    done = run(project, "make", "lint")
    assert done.returncode == 0, done.stdout


def test_a_connection_that_ends_as_it_begins_is_unavailable_not_an_error(project: Path) -> None:
    done = run(project, ".venv/bin/python", "-c", CLOSED_AT_ONCE, PYTHONPATH="src")
    assert "Transport does not expose socket instance" in done.stdout, done.stdout
    assert "Traceback" not in done.stdout


def test_a_revision_of_it_can_be_asked_for_by_name(project: Path) -> None:
    written = run(project, "make", "migration", "MESSAGE=by hand", "CONTEXT=quays")
    revision = project / "src/quays/adapters/migrations/versions/0002_by_hand.py"
    assert written.returncode == 0, written.stdout
    assert revision.is_file()
    revision.unlink()
    unknown = run(project, "make", "migration", "MESSAGE=by hand", "CONTEXT=quay")
    assert unknown.returncode != 0
    assert "error: quay is none of identity, notifications, quays\n" in unknown.stdout


def test_its_own_tests_pass_on_the_cluster(project: Path, cluster: Cluster) -> None:
    command = (".venv/bin/python", "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider")
    tests = ("tests/mysql", "tests/quays", "tests/blackbox", "--deselect", WHOLE_DOCUMENT)
    done = run(project, *command, *tests, TEST_MYSQL_URL=cluster.url)
    assert done.returncode == 0, done.stdout[-6000:]


def test_what_is_delivered_twice_is_noted_once_and_nobody_is_warned(
    project: Path, cluster: Cluster
) -> None:
    done = run(
        project,
        *(".venv/bin/python", "-c", DELIVERED_TWICE),
        PYTHONPATH="src",
        MYSQL_DATABASE_URL=cluster.url,
    )
    assert done.stdout == "True\nFalse\n"


def test_conflicts_between_nodes_are_run_anew(
    project: Path, app: App, cluster: Cluster, say: Callable[[str], None]
) -> None:
    before = cluster.conflicts
    with served(project, cluster.nodes[1].url) as other:
        first, second = app.client("pilot"), other.client("pilot")
        made = first.ask("POST", BERTHS, berth())
        place = made.headers["location"]

        def change(client: Client, who: str) -> int:
            done = 0
            for number in range(UPDATES):
                body = {"rank": f"{who} {number}"}
                answer = client.ask("PATCH", place, body, **{"If-Match": "*"})
                assert answer.status in {200, 503}, answer
                done += answer.status == 200
            return done

        with ThreadPoolExecutor(2) as both:
            counts = list(both.map(change, (first, second), ("one", "other")))
        version = second.ask("GET", place).json["version"]
    say(f"{cluster.conflicts - before} conflicts in {sum(counts)} updates of one row on two nodes")
    assert cluster.conflicts > before
    assert version == 1 + sum(counts)
    assert sum(counts) > UPDATES


def test_nothing_confirmed_is_lost_when_a_node_is_killed(
    app: App, cluster: Cluster, say: Callable[[str], None]
) -> None:
    confirmed: list[tuple[float, str]] = []
    client = app.client("pilot")
    there = ids_of(client)
    ends = time.monotonic() + SECONDS

    def create(_: int) -> None:
        while time.monotonic() < ends:
            key, body = str(uuid4()), berth()
            deadline = time.monotonic() + AT_MOST_SECONDS
            while True:
                answer = client.ask("POST", BERTHS, body, **{"Idempotency-Key": key})
                if answer.status == CREATED:
                    break
                assert answer.status in {409, 503, 504}, answer
                assert time.monotonic() < deadline, answer
                time.sleep(0.1)
            confirmed.append((time.monotonic(), answer.json["id"]))

    killing = threading.Timer(KILLED_AFTER, cluster.nodes[0].kill)
    killing.start()
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(create, range(CLIENTS)))
    killing.join()
    after = ids_of(client) - there
    times = sorted(moment for moment, _ in confirmed)
    gap = max(late - early for early, late in pairwise(times))
    lost = {id_ for _, id_ in confirmed} - after
    say(f"{len(confirmed)} confirmed, {len(lost)} lost, {gap:.1f} s without writes")
    assert lost == set()
    # What was repeated under its key was stored once.
    assert len(after) == len(confirmed)
    assert cluster.nodes[1].status("wsrep_cluster_size") == "2"


def ids_of(client: Client) -> set[str]:
    found: set[str] = set()
    query = {"limit": "100"}
    while True:
        page = client.ask("GET", f"{BERTHS}?{urlencode(query)}").json
        found |= {one["id"] for one in page["items"]}
        if not page["next_cursor"]:
            return found
        query["cursor"] = page["next_cursor"]
