"""One generated project and one Apache Kafka for all tests of this folder."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from blueprint_cli.ports import free_port
from tests import newcomer
from tests.inside import lay
from tests.projects.event_driven.real_kafka import RealKafka, running_kafka
from tests.rendered import render

PATTERN = "event-driven"
USERS = Path(__file__).with_name("users.py")
PASSWORD = "of-every-user"  # noqa: S105 - at a broker that lives for a test


class Project:
    """A generated project with its environment made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it, as somebody with these settings and none of ours."""
        return newcomer.run(self.folder, *command, **environment)

    def python(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """The project's own Python."""
        return self.run(".venv/bin/python", *arguments, **environment)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A shop on events, with the tests of the kit."""
    folder = tmp_path_factory.mktemp("events") / "shop"
    made = Project(lay(render(folder, "--example", "shop", "--pattern", PATTERN), PATTERN))
    newcomer.set_up(made.folder)
    return made


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealKafka]:
    """One broker, which asks for no password."""
    with running_kafka(tmp_path_factory.mktemp("kafka")) as running:
        yield running


@dataclass(frozen=True)
class Secured:
    """Where TLS and a password are asked for, and the certificate to believe."""

    bootstrap_servers: str
    certificate: Path


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """A broker that lets in the user `shop` with the password `right-one`, over TLS."""
    folder = tmp_path_factory.mktemp("secured")
    key, certificate, port = folder / "key.pem", folder / "certificate.pem", free_port()
    subject = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
    files = ("-keyout", str(key), "-out", str(certificate), "-days", "2")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *files, *subject],
        check=True,
        capture_output=True,
    )
    store = folder / "store.pem"
    store.write_text(key.read_text() + certificate.read_text())
    login = (
        'org.apache.kafka.common.security.plain.PlainLoginModule required user_shop="right-one";'
    )
    kafka = RealKafka(folder / "kafka")
    (broker,) = kafka.brokers
    inside = f"PLAINTEXT://127.0.0.1:{broker.port}"
    outside = f"SASL_SSL://127.0.0.1:{port}"
    broker.extra = {
        "listeners": f"{inside},{outside},CONTROLLER://127.0.0.1:{broker.controller_port}",
        "advertised.listeners": f"{inside},{outside}",
        "listener.security.protocol.map": (
            "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL"
        ),
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.sasl_ssl.plain.sasl.jaas.config": login,
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(store),
    }
    try:
        kafka.start()
        yield Secured(f"127.0.0.1:{port}", certificate)
    finally:
        kafka.stop()


@pytest.fixture(scope="session")
def guarded(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where brokers let in Strimzi's users, as a cluster's manifests have them, and no other."""
    folder = tmp_path_factory.mktemp("guarded")
    chosen = ("--pattern", PATTERN, "--set", "platform.deploy=[kubernetes]")
    manifests = render(folder / "shop", "--example", "shop", *chosen) / "deploy" / "kubernetes"
    found = yaml.safe_load_all((manifests / "components/strimzi/strimzi.yaml").read_text())
    kafka, port = RealKafka(folder / "kafka"), free_port()
    (broker,) = kafka.brokers
    inside = f"PLAINTEXT://127.0.0.1:{broker.port}"
    outside = f"SASL_PLAINTEXT://127.0.0.1:{port}"
    login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    broker.extra = {
        "listeners": f"{inside},{outside},CONTROLLER://127.0.0.1:{broker.controller_port}",
        "advertised.listeners": f"{inside},{outside}",
        "listener.security.protocol.map": (
            "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT"
        ),
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config": login,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }
    try:
        kafka.start()
        made = subprocess.run(
            [project.folder / ".venv/bin/python", USERS, kafka.bootstrap_servers, PASSWORD],
            input=json.dumps([one for one in found if one["kind"] == "KafkaUser"]),
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        yield f"127.0.0.1:{port}"
    finally:
        kafka.stop()
