"""Installing a new monolith's packages, nothing cached: with uv put in, with uv, with pip."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import machine
from service import BLUEPRINT

ROUNDS = 3
LIMIT = 0.2
# A setting of pip that uv does not know leaves the installation to pip.
WAYS = {
    "pip": {"PIP_NO_BINARY": "nothing"},
    "no uv on PATH: it is put in": {},
    "uv on PATH": {},
}


def without_uv() -> str:
    """PATH without the folders in which uv is."""
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if not (Path(folder) / "uv").exists())


def set_up(way: str, shop: Path, uv: Path) -> float:
    """Seconds of wall-clock time from no environment to a ready one; nothing is in a cache."""
    shutil.rmtree(shop / ".venv", ignore_errors=True)
    with tempfile.TemporaryDirectory() as caches:
        environment = {key: value for key, value in os.environ.items() if "MAKE" not in key}
        environment |= {"UV_CACHE_DIR": f"{caches}/uv", "PIP_CACHE_DIR": f"{caches}/pip"}
        environment |= WAYS[way] | {"PATH": without_uv()}
        if way == "uv on PATH":
            environment["PATH"] += f"{os.pathsep}{uv.parent}"
        make = ["make", ".venv/ready", f"PYTHON={Path(sys.executable).resolve()}"]
        began = time.perf_counter()
        subprocess.run(make, cwd=shop, env=environment, check=True, capture_output=True)
        return time.perf_counter() - began


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        shop, uv = Path(folder) / "shop", Path(folder) / "bin" / "uv"
        new: list[str | Path] = [BLUEPRINT, "new", "shop", "--example", "shop", "--no-git"]
        subprocess.run(new, cwd=folder, check=True, capture_output=True)
        set_up("no uv on PATH: it is put in", shop, uv)
        uv.parent.mkdir()
        shutil.copy(shop / ".venv/bin/uv", uv)
        rounds = [{way: set_up(way, shop, uv) for way in WAYS} for _ in range(ROUNDS)]
    medians = {way: statistics.median(taken[way] for taken in rounds) for way in WAYS}
    print("### Packages into `.venv`, nothing in a cache\n")
    print("| installed with | median, s | fastest | slowest | of pip's time |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for way, median in medians.items():
        seconds = [taken[way] for taken in rounds]
        ratio = median / medians["pip"]
        print(f"| {way} | {median:.1f} | {min(seconds):.1f} | {max(seconds):.1f} | {ratio:.2f} |")
    worst = medians["no uv on PATH: it is put in"] / medians["pip"]
    print(f"\nAt most {LIMIT} of pip's time: {'met' if worst <= LIMIT else '**not met**'}.\n")
    print(machine())


if __name__ == "__main__":
    main()
