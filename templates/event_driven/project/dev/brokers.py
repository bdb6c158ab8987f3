"""The brokers of this machine: those of KAFKA_BOOTSTRAP_SERVERS, or the embedded one of `make dev`.

`python -m dev.brokers COMMAND...` runs a command with KAFKA_BOOTSTRAP_SERVERS set to them.
"""

import os
import socket
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from dev.contexts import SERVICES
from dev.database import STATE
from kit.commands import BAD_INPUT, UNAVAILABLE
from kit.messages import ContractEvent
from kit_kafka.catalogue import event_classes
from kit_kafka.settings import Role
from kit_kafka.topics import Topic, dead_letters_of, topic_of

VARIABLE = "KAFKA_BOOTSTRAP_SERVERS"
PARTITIONS = 6
"""As KAFKA_PARTITIONS' default."""


def address_file(state: Path) -> Path:
    """Where the embedded broker writes its address."""
    return state / "kafka" / "address"


def answers(address: str) -> bool:
    """Whether something listens at HOST:PORT."""
    host, _, port = address.rpartition(":")
    if not port.isdecimal():
        return False
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, int(port))) == 0


def reads_of(service: str) -> tuple[type[ContractEvent], ...]:
    """The event classes that a service's consumer handles."""
    reads: tuple[type[ContractEvent], ...] = import_module(f"{service}_service.composition").READS
    return reads


def roles_of(service: str) -> tuple[Role, ...]:
    """In which roles a service has something to do."""
    roles: tuple[Role, ...] = import_module(f"{service}_service.composition").ROLES
    return roles


def declared() -> list[Topic]:
    """Every topic of the project."""
    found = [topic_of(kind) for kind in event_classes()]
    found += [dead_letters_of(service) for service in SERVICES if reads_of(service)]
    return list({topic.name: topic for topic in found}.values())


def topics(partitions: int) -> dict[str, int]:
    """Their names, with the number of partitions of each."""
    return {topic.name: topic.partitions or partitions for topic in declared()}


def command(file: Path, wanted: dict[str, int]) -> list[str]:
    """What runs the embedded broker with these topics."""
    arguments = [f"{name}={count}" for name, count in wanted.items()]
    return [sys.executable, "-m", "dev.kafka", str(file), *arguments]


def main(arguments: list[str]) -> int:
    if not arguments:
        print("usage: python -m dev.brokers COMMAND...", file=sys.stderr)
        return BAD_INPUT
    address = os.environ.get(VARIABLE)
    if not address:
        file = address_file(STATE.absolute())
        address = file.read_text(encoding="ascii") if file.exists() else ""
        if not answers(address):
            print(f"error: no broker: start `make dev`, or set {VARIABLE}", file=sys.stderr)
            return UNAVAILABLE
    try:
        done = subprocess.run(arguments, env=os.environ | {VARIABLE: address}, check=False)
    except OSError as error:
        print(f"error: {arguments[0]} cannot be run: {error.strerror}", file=sys.stderr)
        return BAD_INPUT
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
