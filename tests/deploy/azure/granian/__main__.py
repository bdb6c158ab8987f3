"""Stands where granian would: serves the same application as functions of Azure, by `host.py`.

So a project's own tests and `make dev` run with what Azure runs, and are not changed for it.
"""

import os
import sys
from pathlib import Path

arguments = dict(zip(sys.argv[1:], sys.argv[2:], strict=False))
os.execve(  # noqa: S606 - the process that was asked for
    sys.executable,
    [sys.executable, str(Path(__file__).parents[1] / "host.py"), arguments["--port"]],
    os.environ | {"COMPOSITION": f"{arguments['--factory'].partition('.')[0]}.composition"},
)
