"""A newcomer, whose environment holds nothing of what make and pytest put into ours."""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "Ada"), ("EMAIL", "ada@example.com"))
}
# Kept as long as our own environment.
SHARED = Path(sys.prefix) / "of-projects"
# How pip begins a script where the path of Python has a space.
_START = b"#!/bin/sh\n'''exec' \"%b/.venv/bin/python\" \"$0\" \"$@\"\n' '''"
_OURS = re.compile(r"MAKE|MFLAGS|PYTEST|COV|VIRTUAL_ENV|PYTHON|KAFKA|PS1|PROMPT")


def environment() -> dict[str, str]:
    """A newcomer's variables, with a name for git, and with uv on the path where we have one.

    What happens without uv is tested in tests/environment, and by the demo.
    """
    theirs = {name: value for name, value in os.environ.items() if not _OURS.match(name)}
    path = os.pathsep.join([os.environ["PATH"], *map(str, _folder_with_uv())])
    settings = {
        # The Python of these tests, which CI chooses for its speed.
        "PYTHON": str(Path(sys.executable).resolve()),
        # Compiled once, by both cores, and not by each process that first imports a module.
        "UV_COMPILE_BYTECODE": "1",
        # Our own workers use every core: a suite has none of its own, and so no second process.
        "PYTEST_XDIST_AUTO_NUM_WORKERS": "0",
        # What mypy knows of a package that two projects have, it need not find out twice; but two
        # of it at once write over each other.
        "MYPY_CACHE_DIR": str(SHARED / "mypy" / os.environ.get("PYTEST_XDIST_WORKER", "alone")),
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


def set_up(project: Path) -> None:
    """Make a project's environment; where another has had the same requirements, of a copy."""
    asked = [project / name for name in ("requirements-dev.txt", "dev/environment.mk")]
    name = hashlib.sha256(b"".join(path.read_bytes() for path in asked)).hexdigest()[:16]
    kept, environment = SHARED / name, project / ".venv"
    SHARED.mkdir(exist_ok=True)
    with FileLock(SHARED / f"{name}.lock"):
        if not kept.exists():
            _succeed(project, "make", ".venv/ready")
            partial = SHARED / f"{name}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(environment, partial, symlinks=True, copy_function=_link)
            _forget_projects(partial)
            partial.rename(kept)
            return
    shutil.copytree(kept, environment, symlinks=True, copy_function=_link)
    ready = environment / "ready"
    origin = ready.read_bytes().strip()
    for script in (environment / "bin").iterdir():
        if not script.is_symlink() and origin in (content := script.read_bytes()):
            content = content.replace(b"#!%b/.venv/bin/python" % origin, _START % origin, 1)
            _replace(script, content.replace(origin, bytes(project)))
    editable = ("--no-deps", "--no-build-isolation", "--editable", ".")
    _succeed(project, ".venv/bin/python", "-I", "dev/install.py", *editable)
    _replace(ready, bytes(project) + b"\n")


def _forget_projects(environment: Path) -> None:
    """Remove what makes an environment import a project, which another would import as its own."""
    for direct in environment.glob("lib/python*/site-packages/*.dist-info/direct_url.json"):
        if '"editable"' not in direct.read_text():
            continue
        installed = direct.parent
        for line in (installed / "RECORD").read_text().splitlines():
            (installed.parent / line.partition(",")[0]).unlink(missing_ok=True)
        shutil.rmtree(installed, ignore_errors=True)


def _succeed(project: Path, *command: str) -> None:
    done = run(project, *command)
    assert done.returncode == 0, done.stdout


def _link(source: str, destination: str) -> None:
    try:
        os.link(source, destination)
    except OSError:  # The temporary folder is on another file system.
        shutil.copy2(source, destination)


def _replace(file: Path, content: bytes) -> None:
    """Write a file anew, so that another name of the old one keeps what it holds."""
    mode = file.stat().st_mode
    file.unlink()
    file.write_bytes(content)
    file.chmod(mode)


def developers_own(project: Path) -> dict[Path, bytes]:
    """The e-mail and the keys of `make dev`, which no test has any business with."""
    folders = (project / "var" / "mailbox", project / "var" / "keys")
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in files}


def pass_own_checks(project: Path) -> str:
    """`make lint test` passes without a warning; what it says."""
    before = developers_own(project)
    result = run(project, "make", "lint", "test")
    assert developers_own(project) == before
    assert result.returncode == 0, result.stdout
    assert not re.findall(r"(?i)^.*\bwarning\b.*$", result.stdout, re.MULTILINE), result.stdout
    assert re.search(r"\d+ passed", result.stdout), result.stdout
    return result.stdout
