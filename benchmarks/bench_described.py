"""A described entity beside the shop's, in one process: a list, and a create with its event."""

import os
import statistics
import sys
import uuid
from pathlib import Path
from typing import NamedTuple

from measure import machine
from service import (
    DESCRIPTION,
    HERE,
    Project,
    generated_project,
    load,
    processor_seconds,
    products,
    serving,
    token_of_a_customer,
    wait_for_the_last_order,
)

from blueprint_cli.ports import free_port

ROUNDS = 5
SECONDS = 8
TICKETS = f"""
    INSERT INTO desk.tickets
        (id, code, title, description, severity, cents, version, created_at, updated_at)
    SELECT uuidv7(), 'T-' || n, 'Ticket ' || n, '{DESCRIPTION}',
        CASE n % 2 WHEN 0 THEN 'low' ELSE 'high' END, 100 + n % 1000, 1, now(), now()
    FROM generate_series(1, 1000) AS n
"""  # noqa: S608 - ours


class Case(NamedTuple):
    """What is asked of ours and of the shop, and the ratio that is wanted."""

    title: str
    paths: tuple[str, str]
    scripts: tuple[Path, Path] | None
    at_least: float


CASES = (
    Case(
        "A list of 20 described rows, filtered and sorted",
        ("/v1/desk/tickets?limit=20&severity=low&sort=-cents", "/v1/products?limit=20"),
        None,
        0.9,
    ),
    Case(
        "A create with its event",
        ("/v1/desk/tickets", "/v1/orders"),
        (HERE / "rivals/open_tickets.lua", HERE / "rivals/place_orders.lua"),
        0.8,
    ),
)


def measured(project: Project, case: Case, base: str, pid: int) -> list[tuple[float, float]]:
    """For ours and for the shop: answers a second, milliseconds of processor for each."""
    seen: tuple[list[tuple[float, float]], ...] = ([], [])
    for turn in range(ROUNDS + 1):
        for side, path in enumerate(case.paths):
            os.environ["RUN"] = uuid.uuid4().hex
            used = processor_seconds(pid, project.database_pid)
            script = case.scripts[side] if case.scripts else None
            found = load(base + path, seconds=SECONDS if turn else 3, script=script)
            used = processor_seconds(pid, project.database_pid) - used
            wait_for_the_last_order(project)  # it would cost the next one's time
            if found.errors:
                sys.exit(f"{path}: {found.errors} errors")
            if turn:
                processor = used / (found.per_second * SECONDS) * 1000
                seen[side].append((found.per_second, processor))
    return [
        (statistics.median(rate for rate, _ in rounds), statistics.median(ms for _, ms in rounds))
        for rounds in seen
    ]


def show(case: Case, sides: list[tuple[float, float]]) -> None:
    print(f"### {case.title}\n")
    print("| what | requests a second | processor, ms a request |\n| --- | ---: | ---: |")
    for path, (rate, processor) in zip(case.paths, sides, strict=True):
        print(f"| `{path}` | {rate:,.0f} | {processor:.2f} |")
    (ours, _), (theirs, _) = sides
    verdict = "met" if ours / theirs >= case.at_least else "**not met**"
    print(f"\nRatio {ours / theirs:.2f}, at least {case.at_least}: {verdict}.\n")


def main() -> None:
    """Print the tables."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with generated_project(HERE / "tickets.yaml") as project:
        project.sql(products(1_000))
        project.sql(TICKETS)
        project.sql("ANALYZE catalog.products, desk.tickets")
        command = [*project.serve, "--host", "127.0.0.1", "--port", str(port)]
        with serving(
            command, port, "/readyz", cwd=project.folder, env=project.environment
        ) as server:
            os.environ["TOKEN"] = token_of_a_customer(base)
            rows = project.sql("SELECT id::text FROM catalog.products")
            os.environ["PRODUCTS"] = ",".join(str(row[0]) for row in rows)
            for case in CASES:
                show(case, measured(project, case, base, server.pid))
    print(machine())


if __name__ == "__main__":
    main()
