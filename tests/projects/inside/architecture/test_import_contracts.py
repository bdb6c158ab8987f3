"""The import contracts hold, and each of them catches what it forbids."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.planted import FOLDERS, PLANTED, SOURCES

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def lint_imports(root: Path) -> tuple[int, str]:
    """The exit code and what was printed, without line breaks."""
    sources = [str(path) for path in root.glob(SOURCES)]
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=root,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sources), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_the_contracts_hold() -> None:
    code, printed = lint_imports(ROOT)
    assert code == 0, printed


def test_each_contract_catches_a_planted_violation(tmp_path: Path) -> None:
    for part in FOLDERS:
        shutil.copytree(ROOT / part, tmp_path / part)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, line in PLANTED.values():
        with (tmp_path / path).open("a", encoding="utf-8") as module:
            module.write(f"\n{line}\n")
    code, printed = lint_imports(tmp_path)
    assert code == 1, printed
    for name in PLANTED:
        assert f"{name} BROKEN" in printed
    assert " KEPT" not in printed
