"""Packages depend one way, as pyproject.toml says; a planted violation is caught."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check a copy of the program's source against the contracts."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": ""},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "src" / "blueprint_cli", tmp_path / "blueprint_cli")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_no_import_runs_back_up(copy: Path) -> None:
    result = lint_imports(copy)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("path", "line", "broken"),
    [
        ("recommendation/scoring.py", "import blueprint_cli.cost.bill", "stands higher"),
        ("git/command.py", "import blueprint_cli.record.record", "stands higher"),
        ("creating/create.py", "import blueprint_cli.updating.plan", "stands higher"),
        ("updating/plan.py", "import blueprint_cli.cli.terminal", "stands higher"),
        ("updating/plan.py", "import copier", "know Copier"),
        ("engines/copier.py", "import copier", "know Copier"),
        ("engines/engine.py", "import cookiecutter", "knows Cookiecutter"),
        ("cli/evolve.py", "import blueprint_cli.cli.update", "import each other"),
    ],
)
def test_a_planted_violation_is_caught(path: str, line: str, broken: str, copy: Path) -> None:
    place = copy / "blueprint_cli" / path
    place.write_text(f"{place.read_text()}\n{line}\n")
    result = lint_imports(copy)
    assert result.returncode == 1, result.stdout
    assert any(broken in kept and "BROKEN" in kept for kept in result.stdout.splitlines())


def test_a_module_without_a_place_is_caught(copy: Path) -> None:
    (copy / "blueprint_cli" / "utils.py").write_text("")
    result = lint_imports(copy)
    assert result.returncode == 1
    assert "blueprint_cli.utils" in result.stdout
