"""In CI a few tests that failed beside others run once more, alone; all else stays failed."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[1] / "tools" / "again.py"
# As one for which a machine had no time: the first time alone.
ONCE = """
from pathlib import Path

def test_{name}():
    file = Path("{name}.txt")
    first = not file.exists()
    file.touch()
    assert not first
"""
ALWAYS = "def test_always():\n    assert False\n"


def run(place: Path, *tests: str) -> tuple[int, str]:
    """Return the exit code of pytest and then the program, and what it printed."""
    for name in tests:
        text = ALWAYS if name == "always" else ONCE.format(name=name)
        (place / f"test_{name}.py").write_text(text)
    (place / "pytest.ini").touch()
    first = subprocess.run([sys.executable, "-m", "pytest"], cwd=place, check=False).returncode
    again = [sys.executable, str(PROGRAM), str(first)]
    done = subprocess.run(again, cwd=place, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_what_passes_alone_is_named(tmp_path: Path) -> None:
    code, said = run(tmp_path, "one", "two")
    assert code == 0
    last = said.splitlines()[-1]
    assert last.startswith("PASSED ALONE")
    assert "test_one.py::test_one" in last
    assert "test_two.py::test_two" in last


@pytest.mark.parametrize("tests", [("one", "always"), ("always",), ("a", "b", "c", "d")])
def test_what_fails_twice_or_is_many_has_failed(tests: tuple[str, ...], tmp_path: Path) -> None:
    code, said = run(tmp_path, *tests)
    assert code == 1
    assert "PASSED ALONE" not in said


def test_what_is_not_a_failed_test_has_failed(tmp_path: Path) -> None:
    (tmp_path / "test_broken.py").write_text("import nothing_of_this_name\n")
    code, said = run(tmp_path, "one")
    assert code == 2
    assert not said
