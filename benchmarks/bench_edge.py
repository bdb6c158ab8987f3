"""Reads through the edge beside the same reads of the application, while products come and go."""

import json
import statistics
import sys
import tempfile
import threading
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from measure import machine
from service import Load, generated_project, load, products, serving

from blueprint_cli.ports import free_port
from tests.deploy.varnish.edges import TOKEN, Edge, Seen, ask

ROUNDS = 3
SECONDS = 6
READS = 300
PAGES = 20
AT_LEAST = 3.0
ANSWERS = "platform: {cdn: varnish}\ncontexts: {identity: {}, notifications: {}, catalog: {}}\n"
LIST = "/v1/products?limit=20"


def pages(url: str) -> list[str]:
    """The first pages of the list."""
    found, path = [], LIST
    for _ in range(PAGES):
        found.append(path)
        with urllib.request.urlopen(f"{url}{path}") as answer:  # noqa: S310 - http on loopback
            path = f"{LIST}&cursor={json.load(answer)['next_cursor']}"
    return found


def first_bytes(url: str, paths: list[str]) -> list[Seen]:
    """One reader, one request after the other."""
    return [ask(url, paths[number % len(paths)]) for number in range(READS)]


def measured(edge: Edge, ours: str) -> dict[str, tuple[list[Load], list[Seen]]]:
    """By name, each round's load and reads; every second all lists are purged, as by an event."""
    sides = {"through the edge": edge.url, "the application": ours}
    results: dict[str, tuple[list[Load], list[Seen]]] = {name: ([], []) for name in sides}
    paths = pages(ours)
    stopped = threading.Event()

    def change() -> None:
        while not stopped.wait(1):
            edge.purge("/v1/products")

    changing = threading.Thread(target=change)
    changing.start()
    try:
        for turn in range(ROUNDS + 1):
            for name, url in sides.items():
                seen = load(f"{url}{LIST}", seconds=SECONDS if turn else 2)
                reads = first_bytes(url, paths)
                if seen.errors:
                    raise SystemExit(f"{name}: {seen.errors} errors")
                if turn:
                    results[name][0].append(seen)
                    results[name][1].extend(reads)
    finally:
        stopped.set()
        changing.join()
    return results


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        answers = Path(folder) / "answers.yaml"
        answers.write_text(ANSWERS)
        edge = Edge(Path(folder) / "edge")
        with generated_project(answers) as project:
            project.sql(products(1_000))
            project.sql("ANALYZE catalog.products")
            port = free_port()
            env = {**project.environment, "EDGE_URLS": edge.purges, "EDGE_PURGE_TOKEN": TOKEN}
            command = [*project.serve, "--host", "127.0.0.1", "--port", str(port)]
            with serving(command, port, "/readyz", cwd=project.folder, env=env):
                edge.start(project.folder / "deploy/varnish", f"http://127.0.0.1:{port}")
                try:
                    results = measured(edge, f"http://127.0.0.1:{port}")
                finally:
                    edge.stop()
    print(f"### An edge: the product list, and {PAGES} pages of it, purged every second\n")
    print("| | requests a second | first byte, ms | kept |")
    print("| --- | ---: | ---: | ---: |")
    medians = {}
    for name, (rounds, reads) in results.items():
        rate = statistics.median(one.per_second for one in rounds)
        first = statistics.median(one.seconds for one in reads)
        kept = statistics.fmean(one.kept for one in reads)
        medians[name] = (rate, first)
        print(f"| {name} | {rate:,.0f} | {first * 1000:.2f} | {kept:.0%} |")
    (our_rate, our_first), (rate, first) = medians.values()
    verdict = "met" if our_rate / rate >= AT_LEAST else "**not met**"
    print(f"\nRatio {our_rate / rate:.1f}, at least {AT_LEAST}: {verdict}.")
    print(f"The first byte comes {first / our_first:.1f} times as fast.")
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()
