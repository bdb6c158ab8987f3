"""`python -m dev.asyncapi`: write docs/asyncapi.json, made from the services' code."""

import sys
import tomllib

from dev.brokers import PARTITIONS, reads_of
from dev.contexts import SERVICES
from dev.database import ROOT
from kit_kafka.asyncapi import document, text_of

FILE = ROOT / "docs" / "asyncapi.json"


def current() -> str:
    """What the file has to hold."""
    name = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["name"]
    reads = {service: reads_of(service) for service in SERVICES}
    return text_of(document(name, "1", {k: v for k, v in reads.items() if v}, PARTITIONS))


def main() -> int:
    FILE.write_text(current(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
