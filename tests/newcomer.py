"""A newcomer, whose environment holds nothing of what make and pytest put into ours."""

import os
import re
import socket
import subprocess
from pathlib import Path

IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "Ada"), ("EMAIL", "ada@example.com"))
}
_OURS = re.compile(r"MAKE|MFLAGS|PYTEST|COV|VIRTUAL_ENV|PYTHON|KAFKA|PS1|PROMPT")


def environment() -> dict[str, str]:
    """His variables, with a name for git."""
    return {name: value for name, value in os.environ.items() if not _OURS.match(name)} | IDENTITY


def run(folder: Path, *command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command there as he would; what it says on both streams is in `stdout`."""
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
