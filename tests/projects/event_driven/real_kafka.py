"""Apache Kafka for the tests: its jars by Maven, brokers in KRaft mode on loopback."""

import base64
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from blueprint_cli.ports import free_port

POM = Path(__file__).with_name("pom.xml")
READY_SECONDS = 60.0
_JVM = ("java", "-Xmx320m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


def jars() -> Path:
    """The folder of Kafka's jars, fetched once per machine; skips where none can be had."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "backend-blueprint-tests" / f"kafka-{_fingerprint()}"
    if folder.is_dir():
        return folder
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: no Apache Kafka to test against")
    partial = folder.with_name(f"{folder.name}.{os.getpid()}")
    fetched = subprocess.run(
        [
            *("mvn", "--quiet", "--batch-mode", "--file", str(POM)),
            *("dependency:copy-dependencies", f"-DoutputDirectory={partial}"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if fetched.returncode != 0:
        pytest.skip(f"Apache Kafka's jars cannot be fetched: {fetched.stdout[-500:]}")
    with contextlib.suppress(OSError):  # another worker was faster
        partial.rename(folder)
    shutil.rmtree(partial, ignore_errors=True)
    return folder


def _fingerprint() -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, POM.read_text(encoding="utf-8")))[:8]


@dataclass
class Broker:
    """One node, broker and controller in one."""

    number: int
    port: int
    controller_port: int
    folder: Path
    extra: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where clients find it."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, or start it again with the data that it has."""
        log = (self.folder / "log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [*_JVM, "-cp", f"{jars()}/*", "kafka.Kafka", str(self.folder / "properties")],
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """As a crash would end it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def answers(self) -> bool:
        """Whether it listens."""
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class RealKafka:
    """One broker, or three of which one may fail."""

    def __init__(
        self, folder: Path, brokers: int = 1, extra: Mapping[str, str] | None = None
    ) -> None:
        self.brokers = [
            Broker(number, free_port(), free_port(), folder / f"broker-{number}", extra or {})
            for number in range(1, brokers + 1)
        ]
        self._cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")

    @property
    def bootstrap_servers(self) -> str:
        """All brokers."""
        return ",".join(broker.address for broker in self.brokers)

    def start(self) -> None:
        """Start all of them and wait until they answer."""
        voters = ",".join(
            f"{each.number}@127.0.0.1:{each.controller_port}" for each in self.brokers
        )
        for broker in self.brokers:
            broker.folder.mkdir(parents=True)
            properties = broker.folder / "properties"
            properties.write_text(_properties(broker, voters, len(self.brokers)), encoding="utf-8")
            subprocess.run(
                [
                    *(*_JVM, "-cp", f"{jars()}/*", "kafka.tools.StorageTool", "format"),
                    *(f"--cluster-id={self._cluster}", "-c", str(properties)),
                ],
                check=True,
                capture_output=True,
            )
        for broker in self.brokers:
            broker.start()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Until every broker that runs answers."""
        deadline = time.monotonic() + READY_SECONDS
        for broker in self.brokers:
            while broker.process is not None and not broker.answers():
                if time.monotonic() > deadline or broker.process.poll() is not None:
                    text = (broker.folder / "log").read_text(encoding="utf-8", errors="replace")
                    pytest.fail(f"Kafka is not ready:\n{text[-3000:]}")
                time.sleep(0.1)

    def stop(self) -> None:
        """Kill them: nobody needs what they hold."""
        for broker in self.brokers:
            broker.kill()


@contextlib.contextmanager
def running_kafka(
    folder: Path, brokers: int = 1, extra: Mapping[str, str] | None = None
) -> Iterator[RealKafka]:
    """Brokers for as long as the block lasts."""
    kafka = RealKafka(folder, brokers, extra)
    try:
        kafka.start()
        yield kafka
    finally:
        kafka.stop()


def _properties(broker: Broker, voters: str, brokers: int) -> str:
    copies = str(min(3, brokers))
    values = {
        "process.roles": "broker,controller",
        "node.id": str(broker.number),
        "controller.quorum.voters": voters,
        "listeners": (
            f"PLAINTEXT://127.0.0.1:{broker.port},CONTROLLER://127.0.0.1:{broker.controller_port}"
        ),
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{broker.port}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(broker.folder / "data"),
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "2",
        # As in the generated compose file: a consumer that died is missed after seconds.
        "group.initial.rebalance.delay.ms": "0",
        "group.consumer.min.session.timeout.ms": "3000",
        "group.consumer.session.timeout.ms": "6000",
        "group.consumer.min.heartbeat.interval.ms": "500",
        "group.consumer.heartbeat.interval.ms": "1000",
        "group.min.session.timeout.ms": "3000",
        "replica.lag.time.max.ms": "5000",
        "broker.session.timeout.ms": "4000",
        "broker.heartbeat.interval.ms": "500",
        "controller.quorum.election.timeout.ms": "1000",
        "controller.quorum.fetch.timeout.ms": "2000",
        "num.network.threads": "2",
        "num.io.threads": "2",
        "log.cleaner.enable": "true",
        "log.cleaner.dedupe.buffer.size": "4194304",
    } | dict(broker.extra)
    return "".join(f"{name}={value}\n" for name, value in values.items())
