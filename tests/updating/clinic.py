"""A clinic whose owner has edited every kind of file of its described context."""

import subprocess
from pathlib import Path

from tests.newcomer import IDENTITY
from tests.program import uncounted
from tests.rendered import BLUEPRINT

ENVIRONMENT = uncounted() | IDENTITY
# By the place in the context's package or tests: before which line a line is put.
EDITS = {
    "package/domain/appointment.py": ("    @classmethod\n", "    # Of the aggregate.\n"),
    "package/domain/within_opening_hours.py": ("def within", "# Of an open function.\n"),
    "package/application/appointment/move.py": ("class Move", "# Of a handler.\n"),
    "package/adapters/appointment/repository.py": ("class Sql", "# Of a repository.\n"),
    "package/adapters/publishing.py": ("@singledispatch", "# Of what is published.\n"),
    "package/entrypoints/appointment/routes.py": ("    @routes.get", "    # Of a route.\n"),
    "tests/test_appointment.py": ("def test_", "# Of a test.\n"),
    "blackbox/test_clinic_appointment.py": ("def test_", "# Of a test over HTTP.\n"),
}


def run(folder: Path, *command: str | Path) -> str:
    done = subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def place_of(edited: str, pattern: str) -> str:
    """Where an edited file of the clinic lies."""
    part, _, rest = edited.partition("/")
    service = "" if pattern == "monolith" else "services/clinic/"
    folders = {
        "package": f"{service}src/clinic",
        "tests": f"{service}tests/clinic",
        "blackbox": "tests/blackbox",
    }
    return f"{folders[part]}/{rest}"


def lost(project: Path, pattern: str) -> list[str]:
    """The edits that are not where they belong, each once."""
    return [
        edited
        for edited, (_, line) in EDITS.items()
        if (project / place_of(edited, pattern)).read_text().count(line) != 1
    ]


def edited_clinic(folder: Path, pattern: str) -> Path:
    """A project with every edit, all of it committed."""
    run(folder, BLUEPRINT, "new", "clinic", "--example", "clinic", "--pattern", pattern)
    project = folder / "clinic"
    commit(project, "bodies of open functions")
    for edited, (before, line) in EDITS.items():
        file = project / place_of(edited, pattern)
        head, found, rest = file.read_text().partition(before)
        assert found, edited
        file.write_text(f"{head}{line}{found}{rest}")
    commit(project, "edits")
    return project


def commit(project: Path, message: str) -> None:
    run(project, "git", "add", "--all")
    run(project, "git", "commit", "--quiet", "--allow-empty", "--message", message)
