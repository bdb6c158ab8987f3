"""From an empty folder, with a warm package cache, to the first 200: seconds, and where they go."""

import itertools
import os
import re
import signal
import statistics
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from measure import machine
from service import BLUEPRINT

from blueprint_cli.ports import free_port

ROUNDS = 3
STEPS = ("blueprint new", "packages into .venv", "make dev until ready", "first 200")


def once() -> list[float]:
    """Seconds that each step took."""
    environment = {key: value for key, value in os.environ.items() if "MAKE" not in key}
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder) / "shop"
        times = [time.perf_counter()]
        new: list[str | Path] = [BLUEPRINT, "new", "shop", "--example", "shop"]
        subprocess.run(new, cwd=folder, env=environment, check=True, capture_output=True)
        times.append(time.perf_counter())
        make = ["make", ".venv/ready"]
        subprocess.run(make, cwd=shop, env=environment, check=True, capture_output=True)
        times.append(time.perf_counter())
        port = free_port()
        with subprocess.Popen(
            ["make", "dev", f"PORT={port}"],  # noqa: S607 - make from PATH
            cwd=shop,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as server:
            try:
                for line in server.stdout or ():
                    if re.match(r"Ready", line):
                        break
                times.append(time.perf_counter())
                urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/products").close()
                times.append(time.perf_counter())
            finally:
                os.killpg(server.pid, signal.SIGINT)
        return [later - earlier for earlier, later in itertools.pairwise(times)]


def main() -> None:
    """Print the table; one run before the counted ones warms the package cache."""
    once()
    runs = [once() for _ in range(ROUNDS)]
    print("### From an empty folder to the first 200\n")
    print("| step | seconds |\n| --- | ---: |")
    for step, *taken in zip(STEPS, *runs, strict=True):
        print(f"| {step} | {statistics.median(taken):.2f} |")
    total = statistics.median(sum(run) for run in runs)
    print(f"| **all** | **{total:.2f}** |\n\n{machine()}")


if __name__ == "__main__":
    main()
