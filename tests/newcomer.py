"""A newcomer, whose environment holds nothing of what make and pytest put into ours."""

import contextlib
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "Ada"), ("EMAIL", "ada@example.com"))
}
_OURS = re.compile(r"MAKE|MFLAGS|PYTEST|COV|VIRTUAL_ENV|PYTHON|KAFKA|PS1|PROMPT")


def environment() -> dict[str, str]:
    """A newcomer's variables, with a name for git, and with uv on the path where we have one.

    What happens without uv is tested in tests/environment, and by the demo.
    """
    theirs = {name: value for name, value in os.environ.items() if not _OURS.match(name)}
    path = os.pathsep.join([os.environ["PATH"], *map(str, _folder_with_uv())])
    settings = {
        # Compiled once, by both cores, and not by each process that first imports a module.
        "UV_COMPILE_BYTECODE": "1",
        # Our own workers use every core: as many again in a suite would have half of one each.
        "PYTEST_XDIST_AUTO_NUM_WORKERS": "1",
    }
    return theirs | IDENTITY | {"PATH": path} | settings


def _folder_with_uv() -> list[Path]:
    """A folder that holds the uv of this environment and nothing else."""
    uv, folder = Path(sys.executable).with_name("uv"), Path(sys.prefix) / "uv-alone"
    if not uv.exists():
        return []
    folder.mkdir(exist_ok=True)
    with contextlib.suppress(FileExistsError):
        (folder / "uv").symlink_to(uv)
    return [folder]


def run(folder: Path, *command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command there as a newcomer would; what it says on both streams is in `stdout`."""
    return subprocess.run(
        command,
        cwd=folder,
        env=environment() | variables,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
