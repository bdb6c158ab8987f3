"""Memory of a relay and of a consumer over a million events on Apache Kafka: flat, or it leaks.

Both as production runs them, each a process of its own; a producer fills the outbox and waits while
more than a few thousand events are on their way. EVENTS (1000000).
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from bench_events import shop_on_kafka
from measure import machine
from service import serving

from blueprint_cli.ports import free_port

EVENTS = int(os.environ.get("EVENTS") or 1_000_000)
STEP = EVENTS // 10
WARM_UP_EVENTS = EVENTS // 10
GROWTH_ALLOWED = 1.05
# Runs in the project's environment: fills the outbox, prints how many events have arrived.
PRODUCE = """
import os, sys, time
from events_common import FILL, arrived
url, count, batch, ahead = os.environ["DATABASE_URL"], int(sys.argv[1]), 1000, 5000
filled = 0
while (there := arrived(url)) < count:
    print(there, flush=True)
    if filled < count and filled - there < ahead:
        FILL(url, batch)
        filled += batch
    else:
        time.sleep(0.1)
print(there, flush=True)
"""


def resident_mib(parent: int) -> float:
    """Resident memory of a server's worker, in MiB."""
    (worker,) = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    status = Path(f"/proc/{worker}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def main() -> int:
    """Print a row for each tenth of the events."""
    print(f"### Memory over {EVENTS:,} events\n")
    print("| events | relay, MiB | consumer, MiB |\n| ---: | ---: | ---: |")
    with shop_on_kafka() as (project, environment):
        python = project / ".venv/bin/python"

        def server(context: str, role: str, port: int) -> tuple[list[str | Path], dict[str, str]]:
            address = ("--host", "127.0.0.1", "--port", str(port))
            factory = ("--factory", f"{context}_service.server:create_app")
            command: list[str | Path] = [python, "-m", "granian", "--interface", "asgi", "--no-ws"]
            more = {"ROLES": role, "IDENTITY_URL": f"http://127.0.0.1:{port}"}
            return [*command, *address, *factory], environment | more

        here, there = free_port(), free_port()
        relay, of_relay = server("orders", "relay", here)
        consumer, of_consumer = server("analytics", "consumer", there)
        with (
            serving(relay, here, "/readyz", cwd=project, env=of_relay) as publishing,
            serving(consumer, there, "/readyz", cwd=project, env=of_consumer) as consuming,
            subprocess.Popen(
                [python, "-c", PRODUCE, str(EVENTS)],
                cwd=project,
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
            ) as producing,
        ):
            began, shown, warm = time.monotonic(), 0, [0.0, 0.0]
            sizes = warm
            for line in producing.stdout or ():
                arrived = int(line)
                if arrived < shown:
                    continue
                sizes = [resident_mib(each.pid) for each in (publishing, consuming)]
                if arrived <= WARM_UP_EVENTS + STEP // 2:
                    warm = sizes
                print(f"| {arrived:,} | {sizes[0]:.0f} | {sizes[1]:.0f} |", flush=True)
                shown = (arrived // STEP + 1) * STEP
            took = time.monotonic() - began
    growth = max(now / then for now, then in zip(sizes, warm, strict=True))
    verdict = "met" if growth <= GROWTH_ALLOWED else "**not met**"
    print(f"\nAfter {took:.0f} s at most {growth:.3f} of the memory after the first tenth,")
    print(f"at most {GROWTH_ALLOWED}: {verdict}.\n\n{machine()}")
    return 0 if growth <= GROWTH_ALLOWED else 1


if __name__ == "__main__":
    sys.exit(main())
