"""Stands where granian would: serves the same application by functions-framework.

So a project's own tests and `make dev` run with what Cloud Run runs, and are not changed for it.
Of an event-driven service it serves the API alone; the rest is granian's, as in a worker pool.
"""

import os
import subprocess
import sys
from pathlib import Path

arguments = dict(zip(sys.argv[1:], sys.argv[2:], strict=False))
module = arguments["--factory"].partition(".")[0]
environment = os.environ | {
    "COMPOSITION": f"{module}.composition",
    "SETTLE_SECONDS": "5",
}
if "KAFKA_BOOTSTRAP_SERVERS" in environment:
    environment["ROLES"] = "api"
    real = [one for one in environment["PYTHONPATH"].split(os.pathsep) if one != sys.path[0]]
    others = os.environ | {"PYTHONPATH": os.pathsep.join(real), "ROLES": "relay,consumer"}
    rest = [sys.executable, "-m", "granian", *sys.argv[1:]]
    rest[rest.index("--port") + 1] = "0"
    subprocess.Popen(rest, env=others)
os.execve(  # noqa: S606 - the process that was asked for
    sys.executable,
    [
        *(sys.executable, "-m", "functions_framework", "--asgi", "--target", "http"),
        *("--source", str(Path("deploy/google-functions/main.py").resolve())),
        *("--host", "127.0.0.1", "--port", arguments["--port"]),
    ],
    environment,
)
