"""Memory of each server process over a million requests: flat, or it leaks."""

import time
from pathlib import Path

from bench_product_list import PATH
from measure import machine
from service import generated_project, load, products, serving

from blueprint_cli.ports import free_port

REQUESTS = 1_000_000
SECONDS = 20
WARM_UP_REQUESTS = 100_000
GROWTH_ALLOWED = 1.05


def resident_mib(parent: int) -> list[float]:
    """Resident memory of the process's children, the workers, in MiB."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    sizes = []
    for pid in children:
        status = Path(f"/proc/{pid}/status").read_text()
        sizes.append(int(status.split("VmRSS:")[1].split()[0]) / 1024)
    return sizes


def main() -> None:
    """Print a row per hundred thousand requests or so."""
    port = free_port()
    url = f"http://127.0.0.1:{port}{PATH}"
    print("### Memory over a million requests\n")
    print("| requests | MiB of each worker |\n| ---: | --- |")
    with generated_project() as project:
        project.sql(products(1_000))
        command = [*project.serve, "--host", "127.0.0.1", "--port", str(port)]
        env = project.environment
        with serving(command, port, "/readyz", cwd=project.folder, env=env) as server:
            done, warm, shown = 0, 0.0, 0
            started = time.monotonic()
            while done < REQUESTS:
                done += int(load(url, seconds=SECONDS).per_second * SECONDS)
                sizes = resident_mib(server.pid)
                if not warm and done >= WARM_UP_REQUESTS:
                    warm = sum(sizes)
                if done >= shown:
                    print(
                        f"| {done:,} | {', '.join(f'{size:.0f}' for size in sizes)} |", flush=True
                    )
                    shown = done + REQUESTS // 10
            growth = sum(resident_mib(server.pid)) / warm
            took = time.monotonic() - started
    verdict = "met" if growth <= GROWTH_ALLOWED else "**not met**"
    print(f"\nAfter {took:.0f} s {growth:.3f} of the memory after the first {WARM_UP_REQUESTS:,}, ")
    print(f"at most {GROWTH_ALLOWED}: {verdict}.\n\n{machine()}")


if __name__ == "__main__":
    main()
