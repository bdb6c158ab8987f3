"""`make demo`: generated, started and driven as a newcomer would, in a path with a space."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def commands_below(folder: Path) -> list[str]:
    """The command lines of processes that run in, or were started from, the folder."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            command = (process / "cmdline").read_text(errors="replace").replace("\0", " ")
            where = str((process / "cwd").readlink())
        except OSError:  # it ended meanwhile
            continue
        if str(folder) in command or where.startswith(str(folder)):
            found.append(command)
    return found


@pytest.mark.project
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks for processes in /proc")
def test_the_demo_books_and_changes_the_model_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "a path, ünd more"
    folder.mkdir()

    result = subprocess.run(
        [sys.executable, ROOT / "tools" / "demo.py"],
        env={**os.environ, "TMPDIR": str(folder)},
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )

    assert result.returncode == 0, result.stdout
    assert "Recommended: monolith" in result.stdout
    assert "409 doctor_busy" in result.stdout
    assert "merged with the edit" in result.stdout
    assert result.stdout.rstrip().endswith("stopped")
    assert commands_below(folder) == []
    assert list(folder.iterdir()) == []
