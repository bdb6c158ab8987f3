"""Stands where granian would: serves the same application by functions-framework.

So a project's own tests and `make dev` run with what Cloud Run runs, and are not changed for it.
Of an event-driven service it serves the API; what the service does beside is granian's still, as
it is a worker pool's.
"""

import itertools
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

OURS = str(Path(__file__).parents[1])


def by_granian(arguments: list[str], **changed: str) -> tuple[list[str], dict[str, str]]:
    """The command and environment of the real program."""
    path = [one for one in os.environ["PYTHONPATH"].split(os.pathsep) if one != OURS]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path)} | changed
    return [sys.executable, "-m", "granian", *arguments], environment


def by_functions_framework(port: str, composition: str, **changed: str) -> None:
    """Become it."""
    os.execve(  # noqa: S606 - the process that was asked for
        sys.executable,
        [
            *(sys.executable, "-m", "functions_framework", "--asgi", "--target", "http"),
            *("--source", str(Path("deploy/google-functions/main.py").resolve())),
            *("--host", "127.0.0.1", "--port", port),
        ],
        os.environ | {"COMPOSITION": composition} | changed,
    )


def main(arguments: list[str]) -> None:
    named = dict(itertools.pairwise(arguments))
    port, composition = named["--port"], f"{named['--factory'].partition('.')[0]}.composition"
    if "KAFKA_BOOTSTRAP_SERVERS" not in os.environ:
        by_functions_framework(port, composition)
    roles = set(import_module(composition).ROLES)
    others = roles - {"api"}
    if roles == others:
        command, environment = by_granian(arguments)
        os.execve(command[0], command, environment)  # noqa: S606 - it answers nobody
    if others:
        elsewhere = [*arguments]
        elsewhere[elsewhere.index("--port") + 1] = "0"
        command, environment = by_granian(elsewhere, ROLES=",".join(sorted(others)))
        subprocess.Popen(command, env=environment)
    by_functions_framework(port, composition, ROLES="api")


if __name__ == "__main__":
    main(sys.argv[1:])
