"""Programs that no package has, compiled once per machine and kept in the user's cache."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


def built(
    name: str,
    compiler: str,
    command: Callable[[Path], tuple[list[str], dict[str, str]]],
    program: str,
) -> Path:
    """A program that a compiler makes, once per machine; skips where it cannot.

    Args:
        name: of the program with its version, under which it is kept.
        compiler: what has to be on PATH.
        command: the command and variables that make it in an empty folder.
        program: its path in that folder.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    kept = cache / "backend-blueprint-tests" / name
    if kept.is_file():
        return kept
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed: no {name}")
    folder = kept.with_name(f"{name}.{os.getpid()}")
    folder.mkdir(parents=True)
    arguments, variables = command(folder)
    done = subprocess.run(
        arguments, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    try:
        if done.returncode:
            pytest.skip(f"{name} cannot be built: {done.stderr[-500:]}")
        with contextlib.suppress(OSError):  # another worker was faster
            (folder / program).rename(kept)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return kept
