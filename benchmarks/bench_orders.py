"""Orders from placing to confirmed, beside a plain endpoint that does it in one transaction.

Ours answers `pending` at once and settles the order through outbox, reservation and state machine;
its clock runs until the last order is confirmed, as its row tells. The rival's order is confirmed
when it answers.
"""

import os
import statistics
import sys
import time
import uuid
from pathlib import Path
from typing import NamedTuple

from measure import machine
from service import (
    HERE,
    WORKERS,
    Project,
    generated_project,
    load,
    processor_seconds,
    products,
    rival_environment,
    serving,
    token_of_a_customer,
    wait_for_the_last_order,
)

from blueprint_cli.ports import free_port

ROUNDS = 5
SECONDS = 8
AT_LEAST = 0.8

RIVAL_TABLES = """
CREATE SCHEMA rival;
CREATE TABLE rival.products (
    id uuid PRIMARY KEY, price_cents int NOT NULL, currency text NOT NULL,
    stock int NOT NULL CHECK (stock >= 0)
);
CREATE TABLE rival.orders (
    id uuid PRIMARY KEY, idempotency_key text NOT NULL UNIQUE, status text NOT NULL,
    total_cents int NOT NULL, currency text NOT NULL, created_at timestamptz NOT NULL
);
CREATE TABLE rival.order_lines (
    order_id uuid REFERENCES rival.orders, product_id uuid REFERENCES rival.products,
    quantity int NOT NULL, unit_price_cents int NOT NULL, PRIMARY KEY (order_id, product_id)
);
INSERT INTO rival.products SELECT id, price_cents, currency, stock FROM catalog.products
"""
CONFIRMED = {
    "ours": "SELECT count(*) FROM orders.orders WHERE status = 'confirmed'",
    "rival": "SELECT count(*) FROM rival.orders WHERE status = 'confirmed'",
}
LAST = "SELECT extract(epoch FROM max(updated_at)) FROM orders.orders"


def count(project: Project, statement: str) -> int:
    ((number,),) = project.sql(statement)
    return int(str(number))


class Round(NamedTuple):
    """Orders confirmed a second, milliseconds of processor for each, answers that came late."""

    per_second: float
    processor_ms: float
    late: int


def place_orders(project: Project, side: str, base: str, pid: int) -> Round:
    """Place orders for some seconds.

    Counts the confirmed ones over the time until the last one is, and the processor time of each
    with its notification and its e-mail: nothing of it is left to the rival's turn.
    """
    before = count(project, CONFIRMED[side])
    used = processor_seconds(pid, project.database_pid)
    os.environ["RUN"] = uuid.uuid4().hex
    started = time.time()
    seen = load(f"{base}/v1/orders", seconds=SECONDS, script=HERE / "rivals/place_orders.lua")
    ended = time.time()
    if side == "ours":
        wait_for_the_last_order(project)
        ((last,),) = project.sql(LAST)
        ended = max(ended, float(str(last)))
    took = ended - started
    if seen.errors:
        sys.exit(f"{side}: {seen.errors} errors")
    used = processor_seconds(pid, project.database_pid) - used
    confirmed = count(project, CONFIRMED[side]) - before
    return Round(confirmed / took, used / confirmed * 1000, seen.late)


def measured(project: Project, rivals: Path) -> dict[str, list[Round]]:
    ours, theirs = free_port(), free_port()
    uvicorn: list[str | Path] = [rivals / "uvicorn", "--factory", "plain_orders:create_app"]
    uvicorn += ["--host", "127.0.0.1", "--port", str(theirs), "--workers", str(WORKERS)]
    env = project.environment
    with (
        serving(
            [*project.serve, "--host", "127.0.0.1", "--port", str(ours)],
            ours,
            "/readyz",
            cwd=project.folder,
            env=env,
        ) as granian,
        serving(uvicorn, theirs, "/openapi.json", cwd=HERE / "rivals", env=env) as plain,
    ):
        bases = {"ours": f"http://127.0.0.1:{ours}", "rival": f"http://127.0.0.1:{theirs}"}
        os.environ["TOKEN"] = token_of_a_customer(bases["ours"])
        products = project.sql("SELECT id::text FROM catalog.products")
        os.environ["PRODUCTS"] = ",".join(str(row[0]) for row in products)
        pids = {"ours": granian.pid, "rival": plain.pid}
        results: dict[str, list[Round]] = {side: [] for side in bases}
        for turn in range(ROUNDS + 1):
            for side, base in bases.items():
                seen = place_orders(project, side, base, pids[side])
                if turn:
                    results[side].append(seen)
        return results


def main() -> None:
    """Print the table."""
    rivals = rival_environment()
    with generated_project() as project:
        project.sql(products(50, description=""))
        project.sql(RIVAL_TABLES)
        results = measured(project, rivals)
    ours, rival = (
        [statistics.median(each) for each in zip(*rounds, strict=True)]
        for rounds in results.values()
    )
    ratio = ours[0] / rival[0]
    print("### Orders, placed until confirmed\n")
    print("| what | orders a second | processor, ms an order |\n| --- | ---: | ---: |")
    print(f"| generated project: the whole process | {ours[0]:,.0f} | {ours[1]:.2f} |")
    print(f"| plain FastAPI and SQLAlchemy, one transaction | {rival[0]:,.0f} | {rival[1]:.2f} |")
    verdict = "met" if ratio >= AT_LEAST else "**not met**"
    print(f"\nRatio {ratio:.2f}, at least {AT_LEAST}: {verdict}.")
    print(f"Orders for the same processor time: {rival[1] / ours[1]:.2f} times.")
    late = {side: sum(each.late for each in rounds) for side, rounds in results.items()}
    if any(late.values()):
        print(
            f"Answers after more than two seconds: {late['ours']} of ours, {late['rival']} of its."
        )
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()
