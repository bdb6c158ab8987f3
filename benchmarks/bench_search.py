"""A search of the product list beside looking into every row, on the same PostgreSQL and rows.

Ours is the whole request over HTTP; the rival is the statement alone, without a server around it.
"""

import statistics
import time
import urllib.parse
import urllib.request
from collections.abc import Callable

from measure import machine
from service import generated_project, products, serving

from blueprint_cli.ports import free_port

PRODUCTS = 1_000_000
ROUNDS = 7
AT_LEAST = 10
# Of one product, of eleven, of none.
TERMS = ("product 739512", "sku-50000", "nothing like it")
# Plans each time, and gives the milliseconds that the server took.
SCAN = """
import os, sys, time, psycopg
statement = (
    "SELECT id FROM catalog.products WHERE deleted_at IS NULL AND strpos(search, %s) > 0"
    " ORDER BY id DESC LIMIT 21"
)
with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
    began = time.perf_counter()
    connection.execute(statement, (sys.argv[1],)).fetchall()
    print((time.perf_counter() - began) * 1000)
"""


def milliseconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Print the table."""
    port = free_port()
    ours: dict[str, list[float]] = {term: [] for term in TERMS}
    rival: dict[str, list[float]] = {term: [] for term in TERMS}
    with generated_project() as project:
        project.sql(products(PRODUCTS))
        project.sql("VACUUM ANALYZE catalog.products")
        command = [*project.serve, "--host", "127.0.0.1", "--port", str(port)]
        with serving(command, port, "/readyz", cwd=project.folder, env=project.environment):
            for turn in range(ROUNDS + 1):
                for term in TERMS:
                    query = urllib.parse.urlencode({"q": term})
                    url = f"http://127.0.0.1:{port}/v1/products?{query}"
                    seen = milliseconds(lambda: urllib.request.urlopen(url).read())  # noqa: B023 - called at once
                    scanned = float(project.python("-c", SCAN, term))
                    if turn:
                        ours[term].append(seen)
                        rival[term].append(scanned)
    print(f"### Search among {PRODUCTS:,} products\n")
    print("| term | ours over HTTP, ms | every row, the statement alone, ms | ratio |")
    print("| --- | ---: | ---: | ---: |")
    ratios = []
    for term in TERMS:
        mine, theirs = statistics.median(ours[term]), statistics.median(rival[term])
        ratios.append(theirs / mine)
        print(f"| `{term}` | {mine:.1f} | {theirs:.1f} | {ratios[-1]:.1f} |")
    verdict = "met" if min(ratios) >= AT_LEAST else "**not met**"
    print(f"\nSmallest ratio {min(ratios):.1f}, at least {AT_LEAST}: {verdict}.")
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()
