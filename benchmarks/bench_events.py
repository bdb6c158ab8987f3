"""Events a second from the outbox to the projection, beside a loop by hand with the same rows.

EVENTS (20000) in each of ROUNDS (5).
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from measure import machine

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from tests.projects.event_driven.real_kafka import running_kafka  # noqa: E402 - the tests' brokers serve here too

BLUEPRINT = Path(sys.executable).with_name("blueprint")
EVENTS = int(os.environ.get("EVENTS") or 20_000)
ROUNDS = int(os.environ.get("ROUNDS") or 5)
AT_LEAST = 0.7
PREPARE = """
import pathlib, sys
from dev.brokers import declared
from dev.postgres import EmbeddedPostgres
from confluent_kafka.admin import AdminClient
from kit.migrations import upgrade
from kit_kafka import topics
from kit_kafka.settings import KafkaSettings
import os
with EmbeddedPostgres(pathlib.Path("var/benchmark"), durable=True) as server:
    url = server.database("bench")
    upgrade(url, ["orders", "analytics", "kit_kafka"])
    os.environ["DATABASE_URL"] = url
    settings = KafkaSettings()
    topics.create(AdminClient(settings.kafka_client("bench")), declared(), settings)
    print(url, flush=True)
    sys.stdin.read()
"""
SIDES = {"ours": "events_ours.py", "by hand": "events_by_hand.py"}


@contextmanager
def shop_on_kafka() -> Iterator[tuple[Path, dict[str, str]]]:
    """The project, set up, and the environment of its processes: one broker, one database."""
    with tempfile.TemporaryDirectory(prefix="blueprint-benchmark-") as scratch:
        project = Path(scratch) / "shop"
        options = (
            "--example",
            "shop",
            "--pattern",
            "event-driven",
            "--no-git",
            "--output",
            str(project),
        )
        subprocess.run([BLUEPRINT, "new", "shop", *options], check=True, capture_output=True)
        inherited = {key: value for key, value in os.environ.items() if "MAKE" not in key}
        make = ["make", ".venv/ready"]
        subprocess.run(make, cwd=project, env=inherited, check=True, capture_output=True)
        with running_kafka(Path(scratch) / "kafka") as kafka:
            environment = inherited | {
                "ENVIRONMENT": "test",
                "LOG_LEVEL": "WARNING",
                "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
                "PYTHONPATH": str(HERE / "rivals"),
            }
            with subprocess.Popen(
                [project / ".venv/bin/python", "-c", PREPARE],
                cwd=project,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            ) as holder:
                if holder.stdin is None or holder.stdout is None:
                    raise AssertionError("both are pipes")
                try:
                    yield project, environment | {"DATABASE_URL": holder.stdout.readline().strip()}
                finally:
                    holder.stdin.close()


def main() -> int:
    with shop_on_kafka() as (project, environment):
        return measured(project, environment)


def measured(project: Path, environment: dict[str, str]) -> int:
    rates: dict[str, list[float]] = {side: [] for side in SIDES}
    memory: dict[str, float] = dict.fromkeys(SIDES, 0)
    for _ in range(ROUNDS):
        for side, script in SIDES.items():
            done = subprocess.run(
                [project / ".venv/bin/python", HERE / "rivals" / script, str(EVENTS)],
                cwd=project,
                env=environment,
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
            rate, mebibytes = map(float, done.stdout.splitlines()[-1].split())
            rates[side].append(rate)
            memory[side] = max(memory[side], mebibytes)
    print(
        f"### Events from outbox to projection\n\n{EVENTS:,} events, {ROUNDS} alternating rounds\n"
    )
    print("| side | events a second | MiB at most |\n| --- | ---: | ---: |")
    for side, found in rates.items():
        print(f"| {side} | {statistics.median(found):,.0f} | {memory[side]:.0f} |")
    ratios = [ours / rival for ours, rival in zip(rates["ours"], rates["by hand"], strict=True)]
    ratio = statistics.median(ratios)
    verdict = "met" if ratio >= AT_LEAST else "**not met**"
    print(f"\nRatio {ratio:.2f}, at least {AT_LEAST}: {verdict}.\n\n{machine()}")
    return 0 if ratio >= AT_LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
