"""What the network costs: the services beside the monolith, on one PostgreSQL, with the same rows.

Three requests: 20 of 1,000 products, an order by its id, an order from placing until it is
confirmed. Each of the monolith, of the service itself, and of the service through the gateway.
Everybody is logged in, so the gateway's cache of the product list is passed by; its limits are
those of `make dev`, beyond what two cores reach. The log goes to a file, as JSON, everywhere.
"""

import http.client
import json
import re
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from measure import machine
from service import (
    WORKERS,
    Project,
    generated_folder,
    generated_project,
    load,
    processor_seconds,
    products,
    serving,
    token_of_a_customer,
)

from blueprint_cli.ports import free_port

ROUNDS = 3
SECONDS = 4
CONNECTIONS = 4
LIST = "/v1/products?limit=20"
LOOK_EVERY_SECONDS = 0.005
CONFIRMED_WITHIN_SECONDS = 30
OK, CREATED = 200, 201


@dataclass(frozen=True)
class Side:
    """Where the products and the orders are asked for, and what serves them."""

    products: str
    orders: str
    token: str
    processes: tuple[int, ...]

    @property
    def headers(self) -> dict[str, str]:
        """Of a customer's request."""
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}


@dataclass(frozen=True)
class Seen:
    """Milliseconds within which 50 and 99 of 100 came, how many a second, processor for each."""

    p50_ms: float
    p99_ms: float
    per_second: float
    processor_ms: float


def asked(connection: http.client.HTTPConnection, side: Side, path: str) -> dict[str, str]:
    """The JSON behind a path."""
    connection.request("GET", path, headers=side.headers)
    answer = connection.getresponse()
    content: dict[str, str] = json.loads(answer.read())
    if answer.status != OK:
        raise SystemExit(f"GET {path}: {answer.status}")
    return content


def order(connection: http.client.HTTPConnection, side: Side, product: str) -> str:
    """Place an order and look until it is confirmed; its id."""
    body = json.dumps({"lines": [{"product_id": product, "quantity": 1}]})
    headers = {**side.headers, "Idempotency-Key": uuid.uuid4().hex}
    connection.request("POST", "/v1/orders", body, headers)
    answer = connection.getresponse()
    placed = json.loads(answer.read())
    if answer.status != CREATED:
        raise SystemExit(f"POST /v1/orders: {answer.status} {placed}")
    until = time.monotonic() + CONFIRMED_WITHIN_SECONDS
    while asked(connection, side, f"/v1/orders/{placed['id']}")["status"] != "confirmed":
        if time.monotonic() > until:
            raise SystemExit("an order is not confirmed")
        time.sleep(LOOK_EVERY_SECONDS)
    return str(placed["id"])


def reading(side: Side, base: str, path: str) -> Seen:
    """A path, again and again."""
    before = processor_seconds(*side.processes)
    seen = load(base + path, seconds=SECONDS, connections=CONNECTIONS, token=side.token)
    used = processor_seconds(*side.processes) - before
    if seen.errors:
        raise SystemExit(f"{base}{path}: {seen.errors} errors")
    processor = used / (seen.per_second * SECONDS) * 1000
    return Seen(seen.p50_ms, seen.p99_ms, seen.per_second, processor)


def ordering(side: Side, products: list[str]) -> Seen:
    """Orders, each until it is confirmed before the next."""
    began, before = time.monotonic(), processor_seconds(*side.processes)
    took: list[float] = []
    lock = threading.Lock()

    def client(number: int) -> None:
        connection = http.client.HTTPConnection(urlsplit(side.orders).netloc, timeout=30)
        count = number
        while time.monotonic() < began + SECONDS:
            started = time.perf_counter()
            order(connection, side, products[count % len(products)])
            with lock:
                took.append((time.perf_counter() - started) * 1000)
            count += CONNECTIONS
        connection.close()

    with ThreadPoolExecutor(CONNECTIONS) as clients:
        list(clients.map(client, range(CONNECTIONS)))
    seconds = time.monotonic() - began
    used = processor_seconds(*side.processes) - before
    percentiles = statistics.quantiles(took, n=100)
    return Seen(percentiles[49], percentiles[98], len(took) / seconds, used / len(took) * 1000)


@contextmanager
def services(server: Project) -> Iterator[tuple[Project, str, Mapping[str, str], int]]:
    """The services on the server of `server`: their catalog, gateway, own addresses, process."""
    port = free_port()
    with (
        generated_folder("microservices") as (folder, environment),
        tempfile.TemporaryDirectory() as state,
    ):
        variables = environment | {
            "DATABASE_URL": server.environment["DATABASE_URL"],
            "DEV_STATE": state,
            "GRANIAN_WORKERS": str(WORKERS),
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "INFO",
            "PORT": str(port),
            "PYTHONUNBUFFERED": "1",
            "RELOAD": "0",
        }
        log = Path(state) / "log"
        run = 'exec "$0" -m dev > "$1" 2>&1'
        command: list[str | Path] = ["sh", "-c", run, folder / ".venv/bin/python", log]
        with serving(command, port, "/v1/products", cwd=folder, env=variables) as process:
            while "Ready in" not in log.read_text():
                time.sleep(0.1)
            own = dict(
                re.findall(r"^  (\w+) +(http://[\d.:]+)/readyz", log.read_text(), re.MULTILINE)
            )
            url = urlsplit(variables["DATABASE_URL"])._replace(path="/catalog").geturl()
            catalog = Project(folder, {**variables, "DATABASE_URL": url}, server.database_pid)
            yield catalog, f"http://127.0.0.1:{port}", own, process.pid


def rows_of(project: Project) -> list[str]:
    """The products that are put there; their ids."""
    project.sql(products(1_000))
    project.sql("ANALYZE catalog.products")
    return [str(row[0]) for row in project.sql("SELECT id::text FROM catalog.products LIMIT 200")]


def measured(monolith: Project) -> dict[str, dict[str, list[Seen]]]:
    """By request and side, what each round saw; the first one is not counted."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with (
        serving(
            [*monolith.serve, "--host", "127.0.0.1", "--port", str(port)],
            port,
            "/readyz",
            cwd=monolith.folder,
            env=monolith.environment,
        ) as granian,
        services(monolith) as (catalog, gateway, own, process),
    ):
        database = monolith.database_pid
        one = Side(base, base, token_of_a_customer(base), (granian.pid, database))
        token = token_of_a_customer(gateway)
        direct = Side(own["catalog"], own["orders"], token, (process, database))
        sides = {
            "the monolith": one,
            "services, directly": direct,
            "services, through the gateway": replace(direct, products=gateway, orders=gateway),
        }
        ours, theirs = rows_of(monolith), rows_of(catalog)
        products = {name: ours if side is one else theirs for name, side in sides.items()}
        known = {}
        for name, side in sides.items():
            connection = http.client.HTTPConnection(urlsplit(side.orders).netloc, timeout=30)
            known[name] = order(connection, side, products[name][0])
            connection.close()
        requests: dict[str, Callable[[str, Side], Seen]] = {
            "product list": lambda _, side: reading(side, side.products, LIST),
            "order by its id": lambda name, side: reading(
                side, side.orders, f"/v1/orders/{known[name]}"
            ),
            "order until confirmed": lambda name, side: ordering(side, products[name]),
        }
        results: dict[str, dict[str, list[Seen]]] = {
            request: {name: [] for name in sides} for request in requests
        }
        for turn in range(ROUNDS + 1):
            for request, measure in requests.items():
                for name, side in sides.items():
                    seen = measure(name, side)
                    if turn:
                        results[request][name].append(seen)
        return results


def median(rounds: list[Seen]) -> Seen:
    """Of each figure."""
    return Seen(
        *(
            statistics.median(getattr(seen, figure) for seen in rounds)
            for figure in ("p50_ms", "p99_ms", "per_second", "processor_ms")
        )
    )


def main() -> None:
    """Print the table."""
    with generated_project() as monolith:
        results = measured(monolith)
    print("### What the network costs\n")
    print(
        "| request | of | median, ms | p99, ms | a second | processor, ms "
        "| median, times | a second, times | processor, times |"
    )
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for request, sides in results.items():
        base = median(sides["the monolith"])
        for name, rounds in sides.items():
            seen = median(rounds)
            print(
                f"| {request} | {name} | {seen.p50_ms:.1f} | {seen.p99_ms:.1f} "
                f"| {seen.per_second:,.0f} | {seen.processor_ms:.2f} "
                f"| {seen.p50_ms / base.p50_ms:.2f} | {seen.per_second / base.per_second:.2f} "
                f"| {seen.processor_ms / base.processor_ms:.2f} |"
            )
    print(f"\n{CONNECTIONS} connections, {WORKERS} workers of each server, {ROUNDS} rounds.")
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()
