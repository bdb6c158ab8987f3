"""Events a second from the outbox to the projection, beside a loop by hand with the same rows.

EVENTS=1000000 ROUNDS=1 shows whether memory stays flat.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import machine

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from tests.events.real_kafka import running_kafka  # noqa: E402 - the tests' brokers serve here too

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


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch) / "shop"
        options = ("--defaults", "--pattern", "event-driven", "--no-git", "--output", str(project))
        subprocess.run([BLUEPRINT, "new", "shop", *options], check=True, capture_output=True)
        make = ["make", ".venv/ready"]
        subprocess.run(make, cwd=project, check=True, capture_output=True)
        with running_kafka(Path(scratch) / "kafka") as kafka:
            environment = os.environ | {
                "ENVIRONMENT": "test",
                "LOG_LEVEL": "WARNING",
                "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
                "PYTHONPATH": str(HERE / "rivals"),
            }
            return measured(project, environment)


def measured(project: Path, environment: dict[str, str]) -> int:
    python = project / ".venv/bin/python"
    holder = subprocess.Popen(
        [python, "-c", PREPARE],
        cwd=project,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        url = holder.stdout.readline().strip() if holder.stdout else ""
        environment = environment | {"DATABASE_URL": url}
        rates: dict[str, list[float]] = {side: [] for side in SIDES}
        memory: dict[str, float] = dict.fromkeys(SIDES, 0)
        for _ in range(ROUNDS):
            for side, script in SIDES.items():
                done = subprocess.run(
                    [python, HERE / "rivals" / script, str(EVENTS)],
                    cwd=project,
                    env=environment,
                    check=True,
                    capture_output=True,
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
    print(
        f"\nOurs is {ratio:.2f} of the loop by hand; at least {AT_LEAST} is the goal.\n{machine()}"
    )
    return 0 if ratio >= AT_LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
