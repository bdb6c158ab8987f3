"""The import contracts hold, and each of them catches what it forbids."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.contexts import CONTEXTS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FIRST, SECOND = CONTEXTS[:2]
# Into which module which line goes, and the contract that has to notice.
PLANTED = {
    "Within a context imports point inwards": (
        f"{FIRST}/domain/errors.py",
        f"import {FIRST}.adapters",
    ),
    "An application knows neither the kit nor a contract": (
        f"{FIRST}/application/views.py",
        "import kit.ids",
    ),
    "A context reaches another one only from its adapters through the other's facade": (
        f"{FIRST}/adapters/tables.py",
        f"import {SECOND}.adapters.tables",
    ),
    "The app stands on contexts, contexts on the kit, the kit and the contracts on nothing of"
    " ours": ("kit/clock.py", f"import {SECOND}.domain.errors"),
    "The kit and the contracts do not know each other": (
        "contracts/__init__.py",
        "import kit.ids",
    ),
}


def lint_imports(root: Path) -> tuple[int, str]:
    """The exit code and what was printed, without line breaks."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_the_contracts_hold() -> None:
    code, printed = lint_imports(ROOT)
    assert code == 0, printed


def test_each_contract_catches_a_planted_violation(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, line in PLANTED.values():
        with (tmp_path / "src" / path).open("a", encoding="utf-8") as module:
            module.write(f"\n{line}\n")
    code, printed = lint_imports(tmp_path)
    assert code == 1, printed
    for name in PLANTED:
        assert f"{name} BROKEN" in printed
    assert " KEPT" not in printed
