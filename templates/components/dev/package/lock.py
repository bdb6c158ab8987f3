"""`make lock`: writes the requirements files, with the newest versions that are allowed, their
hashes, and neither an index address nor a path of this machine."""

import shutil
import subprocess
import sys
from pathlib import Path

from dev.contexts import LOCKS

HEADER = "# Made by `make lock`{}, for every supported Python and system.\n"
PIN = "requirements-uv.txt"
OPTIONS = (
    *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--upgrade"),
    *("--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"),
)


def main() -> int:
    uv = shutil.which("uv")
    if uv is None:
        print("error: `make lock` needs uv; it is a package: pip install uv", file=sys.stderr)
        return 3
    for name, inputs in {PIN: ("-",), **LOCKS}.items():
        done = subprocess.run(
            [uv, *OPTIONS, *inputs], input="uv\n", capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            print(f"error: {name} cannot be made:\n{done.stderr.strip()}", file=sys.stderr)
            return 1
        header = HEADER.format("" if name == PIN else " from pyproject.toml")
        Path(name).write_text(header + done.stdout, encoding="utf-8")
        print(f"{name}: {done.stdout.count('==')} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
