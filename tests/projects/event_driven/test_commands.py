"""What an operator types while the shop runs on Apache Kafka does what its help says."""

import json
import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from blueprint_cli.ports import free_port
from tests.projects.event_driven.conftest import Project
from tests.projects.event_driven.real_kafka import RealKafka, running_kafka

pytestmark = pytest.mark.project

READY_SECONDS = 120.0
SETTLE_SECONDS = 60.0
PASSWORD = "seven lamps over the harbour"  # noqa: S105 - of a database that lives for a test
SHORTENED = """
from confluent_kafka.admin import *
from kit_kafka.settings import KafkaSettings
admin = AdminClient(KafkaSettings().kafka_client("test"))
entry = ConfigEntry("retention.ms", "60000", incremental_operation=AlterConfigOpType.SET)
resource = ConfigResource(ResourceType.TOPIC, "orders.events", incremental_configs=[entry])
admin.incremental_alter_configs([resource])[resource].result()
"""


class Shop:
    """`make dev`, and what is typed beside it."""

    def __init__(self, project: Project, kafka: RealKafka, folder: Path) -> None:
        self._project = project
        self._log = folder / "log"
        self._port = free_port()
        self._token = ""
        self.environment = {
            "DEV_STATE": str(folder / "state"),
            "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
            "PORT": str(self._port),
            "RELOAD": "0",
        }
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [project.folder / ".venv/bin/python", "-m", "dev"],
                cwd=project.folder,
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=log,
            )

    def wait_until_ready(self) -> None:
        """Until it says so; then make an administrator and log in."""
        deadline = time.monotonic() + READY_SECONDS
        while "Ready in" not in (said := self._log.read_text("utf-8", "replace")):
            assert self._process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.1)
        self.make("admin", "EMAIL=ada@example.com", f"PASSWORD={PASSWORD}")
        who = {"email": "ada@example.com", "password": PASSWORD}
        self._token = self.ask("POST", "/v1/auth/login", who)["access_token"]

    def stop(self) -> None:
        """As Ctrl-C does."""
        self._process.terminate()
        self._process.wait()

    def make(self, *arguments: str, expect: int = 0, **environment: str) -> str:
        """What `make` prints."""
        done = self._project.run("make", *arguments, **(self.environment | environment))
        assert done.returncode == expect, done.stdout
        return done.stdout

    def ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """The answer of the gateway."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{path}",
            None if body is None else json.dumps(body).encode(),
            {
                "Content-Type": "application/json",
                "Authorization": f"Bearer {self._token}",
                "Idempotency-Key": os.urandom(12).hex(),
            },
            method=method,
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - http on loopback
            return json.loads(answer.read())

    def order(self) -> None:
        """One piece of a product of its own, until it is confirmed."""
        price = {"price_cents": 1250, "currency": "EUR", "stock": 1}
        product = {"sku": os.urandom(6).hex(), "name": "Teapot", "description": ""}
        made = self.ask("POST", "/v1/products", product | price)
        lines = [{"product_id": made["id"], "quantity": 1}]
        order = self.ask("POST", "/v1/orders", {"lines": lines})
        deadline = time.monotonic() + SETTLE_SECONDS
        while order["status"] == "pending":
            assert time.monotonic() < deadline
            order = self.ask("GET", f"/v1/orders/{order['id']}")
        assert order["status"] == "confirmed"

    def confirmed(self) -> int:
        """How many orders `make sales` knows as confirmed, over all days."""
        days = re.findall(r"^\d{4}-\d\d-\d\d +\d+ +(\d+)", self.make("sales"), re.MULTILINE)
        return sum(map(int, days))

    def confirmed_becomes(self, count: int) -> None:
        """Wait for it."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while (found := self.confirmed()) != count:
            assert time.monotonic() < deadline, found

    def notified_becomes(self, count: int) -> None:
        """Wait until there are so many notifications."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while (found := len(self.ask("GET", "/v1/notifications?limit=100")["items"])) != count:
            assert time.monotonic() < deadline, found
            time.sleep(0.1)

    def sql(self, database: str, *command: str) -> None:
        """Run psql, or what stands for it, in a service's database."""
        inside = ("-m", "dev.database", "--database", database, ".venv/bin/python", "-c")
        script = (
            "import os, sys, psycopg\n"
            "with psycopg.connect(os.environ['DATABASE_URL']) as c: c.execute(sys.argv[1])"
        )
        done = self._project.python(*inside, script, *command, **self.environment)
        assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealKafka]:
    """A broker of this file's own: what is replayed is counted."""
    with running_kafka(tmp_path_factory.mktemp("kafka")) as running:
        yield running


@pytest.fixture(scope="module")
def shop(
    project: Project, kafka: RealKafka, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    """The shop, ready."""
    running = Shop(project, kafka, tmp_path_factory.mktemp("running"))
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.stop()


def test_topics_are_made_what_the_code_says(project: Project, kafka: RealKafka) -> None:
    def make_topics(**environment: str) -> str:
        done = project.run(
            "make", "topics", KAFKA_BOOTSTRAP_SERVERS=kafka.bootstrap_servers, **environment
        )
        assert done.returncode == 0, done.stdout
        return done.stdout.strip()

    make_topics()
    assert make_topics() == "the topics are as declared"
    shortened = project.python(
        *("-c", SHORTENED),
        DATABASE_URL="postgresql://not-used:here@nowhere/none",
        KAFKA_BOOTSTRAP_SERVERS=kafka.bootstrap_servers,
    )
    assert shortened.returncode == 0, shortened.stdout
    said = make_topics(KAFKA_PARTITIONS="7").splitlines()
    assert "orders.events: 7 partitions" in said
    assert "orders.events: retention.ms is 1209600000, was 60000" in said
    assert make_topics(KAFKA_PARTITIONS="7") == "the topics are as declared"


def test_what_no_broker_answers_is_said(project: Project, tmp_path: Path) -> None:
    done = project.run("make", "topics", DEV_STATE=str(tmp_path))
    assert done.returncode != 0
    assert "no broker: start `make dev`, or set KAFKA_BOOTSTRAP_SERVERS" in done.stdout
    nobody = f"127.0.0.1:{free_port()}"
    done = project.run("make", "topics", KAFKA_BOOTSTRAP_SERVERS=nobody)
    assert done.returncode != 0
    assert f"error: no broker answers at KAFKA_BOOTSTRAP_SERVERS={nobody}" in done.stdout


def test_the_embedded_broker_needs_no_topics_made(project: Project, tmp_path: Path) -> None:
    address = tmp_path / "address"
    command = (project.folder / ".venv/bin/python", "-m", "dev.kafka", address)
    with subprocess.Popen(command, cwd=project.folder, stdout=subprocess.DEVNULL) as broker:
        deadline = time.monotonic() + SETTLE_SECONDS
        while not address.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        done = project.run("make", "topics", KAFKA_BOOTSTRAP_SERVERS=address.read_text())
        broker.terminate()
    assert done.returncode == 0, done.stdout
    assert "the embedded broker has its topics from `make dev`" in done.stdout


def test_a_lost_projection_is_replayed_from_a_time_on(shop: Shop) -> None:
    shop.order()
    between = datetime.now(UTC).isoformat()
    shop.order()
    shop.confirmed_becomes(2)
    shop.sql("analytics", "DELETE FROM analytics.orders")
    assert shop.confirmed() == 0
    assert "4 events applied" in shop.make("replay")
    assert shop.confirmed() == 2
    assert "2 events applied" in shop.make("replay", f"SINCE={between}")
    assert shop.confirmed() == 1
    # The consumer goes on where the replay ended, and nothing is counted twice.
    shop.order()
    shop.confirmed_becomes(2)
    assert "6 events applied" in shop.make("replay")
    assert shop.confirmed() == 3
    assert "error: SINCE" in shop.make("replay", "SINCE=yesterday", expect=2)


def test_a_snapshot_tells_the_topics_what_existed_before_them(shop: Shop, project: Project) -> None:
    shop.order()
    orders = len(shop.ask("GET", "/v1/orders?limit=100")["items"])
    shop.notified_becomes(orders)
    shop.sql("analytics", "DELETE FROM analytics.orders")
    statement = (project.folder / "deploy" / "snapshot.sql").read_text(encoding="utf-8")
    shop.sql("orders", statement)
    shop.confirmed_becomes(orders)
    # A notification that was sent already is not sent again.
    shop.order()
    shop.notified_becomes(orders + 1)
