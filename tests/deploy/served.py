"""A project served by what functions run: its own black-box suite, with the target's program."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from tests.newcomer import SHARED, run

HERE = Path(__file__).parent
# What tries every operation of a document takes longer than all else; it passed by hand.
WHOLE_DOCUMENT = "tests/blackbox/test_whole_document.py"


def libraries(project: Path, target: str) -> Path:
    """A folder with what a target adds to the application, as the project has locked it."""
    locked = project / "deploy" / f"{target}-functions" / "requirements.txt"
    name = f"{target}-{hashlib.sha256(locked.read_bytes()).hexdigest()[:16]}"
    folder = SHARED / name
    SHARED.mkdir(exist_ok=True)
    with FileLock(SHARED / f"{name}.lock"):
        if not folder.exists():
            partial = SHARED / f"{name}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            uv = Path(sys.executable).with_name("uv")
            options = (
                "--no-deps",
                "--require-hashes",
                "--target",
                partial,
                "--requirement",
                locked,
            )
            subprocess.run(
                [uv, "pip", "install", "--quiet", "--python", sys.executable, *options], check=True
            )
            partial.rename(folder)
    return folder


def path_of(project: Path, target: str) -> str:
    """PYTHONPATH with the program that stands where granian would, and what it needs."""
    return f"{HERE / target}:{libraries(project, target)}"


def black_box(project: Path, target: str, *selected: str, **variables: str) -> str:
    """The project's black-box suite passes, or what is selected of it; what it says."""
    command = (".venv/bin/python", "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider")
    tests = selected or ("tests/blackbox", "--deselect", WHOLE_DOCUMENT)
    done = run(project, *command, *tests, PYTHONPATH=path_of(project, target), **variables)
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout
