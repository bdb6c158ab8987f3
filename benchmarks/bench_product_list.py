"""The product list beside the article's stack, on the same PostgreSQL, rows and JSON."""

import json
import statistics
import urllib.request
from pathlib import Path

from measure import machine
from service import (
    HERE,
    WORKERS,
    Load,
    Project,
    generated_project,
    load,
    processor_seconds,
    products,
    rival_environment,
    serving,
)

from blueprint_cli.ports import free_port

ROUNDS = 5
SECONDS = 8
PATH = "/v1/products?limit=20"
AT_LEAST = 2.5


def same_json(first: str, second: str) -> None:
    """Both servers list the same products with the same fields."""
    pages = []
    for url in (first, second):
        with urllib.request.urlopen(url) as answer:  # noqa: S310 - http on loopback
            pages.append(json.load(answer)["items"])
    if [item["id"] for item in pages[0]] != [item["id"] for item in pages[1]]:
        raise SystemExit("the servers list different products")
    if pages[0][0].keys() != pages[1][0].keys():
        raise SystemExit("the servers answer with different fields")


def measured(project: Project, rivals: Path) -> dict[str, list[tuple[Load, float]]]:
    """By name, each round's load and the milliseconds of processor that a request took."""
    ours, theirs = free_port(), free_port()
    gunicorn: list[str | Path] = [rivals / "gunicorn", "--workers", str(WORKERS), "--threads", "16"]
    gunicorn += ["--bind", f"127.0.0.1:{theirs}", "flask_shop:create_app()"]
    env = project.environment
    with (
        serving(
            [*project.serve, "--host", "127.0.0.1", "--port", str(ours)],
            ours,
            "/readyz",
            cwd=project.folder,
            env=env,
        ) as granian,
        serving(gunicorn, theirs, PATH, cwd=HERE / "rivals", env=env) as flask,
    ):
        sides = {
            "generated project, granian": (f"http://127.0.0.1:{ours}{PATH}", granian.pid),
            "Flask, Flask-SQLAlchemy, gunicorn threads": (
                f"http://127.0.0.1:{theirs}{PATH}",
                flask.pid,
            ),
        }
        same_json(*(url for url, _ in sides.values()))
        results: dict[str, list[tuple[Load, float]]] = {name: [] for name in sides}
        for turn in range(ROUNDS + 1):
            for name, (url, pid) in sides.items():
                seconds = SECONDS if turn else 3
                before = processor_seconds(pid, project.database_pid)
                seen = load(url, seconds=seconds)
                used = processor_seconds(pid, project.database_pid) - before
                if seen.errors:
                    raise SystemExit(f"{name}: {seen.errors} errors")
                if turn:
                    results[name].append((seen, used / (seen.per_second * seconds) * 1000))
        return results


def main() -> None:
    """Print the table."""
    rivals = rival_environment()
    with generated_project() as project:
        project.sql(products(1_000))
        project.sql("ANALYZE catalog.products")
        results = measured(project, rivals)
    print("### Product list, 20 of 1,000 rows\n")
    print("| stack | requests a second | p99, ms | processor, ms a request |")
    print("| --- | ---: | ---: | ---: |")
    medians = {}
    for name, rounds in results.items():
        rate = statistics.median(seen.per_second for seen, _ in rounds)
        p99 = statistics.median(seen.p99_ms for seen, _ in rounds)
        processor = statistics.median(used for _, used in rounds)
        medians[name] = (rate, p99, processor)
        print(f"| {name} | {rate:,.0f} | {p99:.1f} | {processor:.2f} |")
    (our_rate, our_p99, our_processor), (their_rate, their_p99, their_processor) = medians.values()
    ratio = our_rate / their_rate
    verdict = "met" if ratio >= AT_LEAST and our_p99 < their_p99 else "**not met**"
    print(f"\nRatio {ratio:.2f}, at least {AT_LEAST} with a lower p99: {verdict}.")
    print(f"Requests for the same processor time: {their_processor / our_processor:.2f} times.")
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()
